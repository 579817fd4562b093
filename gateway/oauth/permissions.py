"""Says in plain words what a program may do; every scope that the gateway knows has its words here."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple


class Permission(NamedTuple):
    """Some scopes of one kind, as people are asked for them.

    Attributes:
        title: What it is about.
        text: What of it the scopes are for, as a sentence.
        changes: Whether it can be changed, or seen only.
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
        "Who you are",
        {
            "user-read-private": "your name, country and kind of subscription",
            "user-read-email": "your e-mail address",
        },
    ),
    _Group(
        "What you play",
        {
            "user-read-playback-state": "your devices and what plays on them",
            "user-read-currently-playing": "what plays now",
            "user-read-recently-played": "what you played last",
            "user-read-playback-position": "how far you are in episodes and audiobooks",
            "user-top-read": "your favourite artists and tracks",
        },
    ),
    _Group("Your library", {"user-library-read": "the tracks, albums, shows and more that you have saved"}),
    _Group(
        "Your playlists",
        {
            "playlist-read-private": "those that only you can see",
            "playlist-read-collaborative": "those that you make together with others",
        },
    ),
    _Group("Whom you follow", {"user-follow-read": "artists and people"}),
    _Group(
        "What you play",
        {"user-modify-playback-state": "play, pause, skip, queue, and set the volume on your devices"},
        changes=True,
    ),
    _Group(
        "Your library", {"user-library-modify": "save and remove tracks, albums, shows and more"}, changes=True
    ),
    _Group(
        "Your playlists",
        {
            "playlist-modify-public": "create, rename, fill and empty those that everybody can see",
            "playlist-modify-private": "create, rename, fill and empty those that only you can see",
            "ugc-image-upload": "replace their covers",
        },
        changes=True,
    ),
    _Group("Whom you follow", {"user-follow-modify": "follow and unfollow artists and people"}, changes=True),
)


def permissions(scopes: Iterable[str]) -> Iterator[Permission]:
    """Yield what `scopes` allow: first what can be seen, then what can be changed, then unknown ones by name."""
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
