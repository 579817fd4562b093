"""Says in plain words what a program may do; every scope that the gateway knows has its words here."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple


class Permission(NamedTuple):
    """Some scopes of one kind, as people are asked for them.

    Attributes:
        title: What kind of thing it is.
        text: What the scopes allow, as a sentence.
        changes: Whether anything can be changed.
    """

    title: str
    text: str
    changes: bool


class _Group(NamedTuple):
    title: str
    words: Mapping[str, str]
    changes: bool = False


_GROUPS: Final = (
    _Group(
        "See who you are",
        {
            "user-read-private": "your name, country and kind of subscription",
            "user-read-email": "your e-mail address",
        },
    ),
    _Group(
        "See what you play",
        {
            "user-read-playback-state": "your devices and what plays on them",
            "user-read-currently-playing": "what is playing now",
            "user-read-recently-played": "what you played last",
            "user-read-playback-position": "how far you are in episodes and audiobooks",
            "user-top-read": "your favourite artists and tracks",
        },
    ),
    _Group(
        "Control playback",
        {"user-modify-playback-state": "play, pause, skip, queue, and set the volume on your devices"},
        changes=True,
    ),
    _Group("See your library", {"user-library-read": "what you have saved: tracks, albums, shows and more"}),
    _Group(
        "Change your library",
        {"user-library-modify": "save and remove tracks, albums, shows and more"},
        changes=True,
    ),
    _Group(
        "See your playlists",
        {
            "playlist-read-private": "your private playlists",
            "playlist-read-collaborative": "those that you make together with others",
        },
    ),
    _Group(
        "Change your playlists",
        {
            "playlist-modify-public": "create, fill and empty public playlists",
            "playlist-modify-private": "create, fill and empty private playlists",
            "ugc-image-upload": "give playlists a cover",
        },
        changes=True,
    ),
    _Group("See whom you follow", {"user-follow-read": "the artists and people whom you follow"}),
    _Group(
        "Change whom you follow", {"user-follow-modify": "follow and unfollow artists and people"}, changes=True
    ),
)


def permissions(scopes: Iterable[str]) -> Iterator[Permission]:
    """Yield what `scopes` allow, in the order in which it is easiest to read; unknown ones by their name."""
    left = set(scopes)
    for group in _GROUPS:
        words = [text for scope, text in group.words.items() if scope in left]
        left -= group.words.keys()
        if words:
            yield Permission(group.title, _sentence(words), group.changes)
    if left:
        yield Permission("Other things", _sentence(sorted(left)), changes=True)


def _sentence(words: list[str]) -> str:
    text = "; ".join(words)
    return f"{text[0].upper()}{text[1:]}."
