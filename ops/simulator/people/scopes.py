"""The scopes that a user can grant."""

from collections.abc import Mapping
from typing import Final

WORDS: Final[Mapping[str, str]] = {
    "app-remote-control": "Control the app on its devices from afar",
    "playlist-modify-private": "Change private playlists",
    "playlist-modify-public": "Change public playlists",
    "playlist-read-collaborative": "See playlists made together with others",
    "playlist-read-private": "See private playlists",
    "streaming": "Play music in the app itself",
    "ugc-image-upload": "Upload playlist covers",
    "user-follow-modify": "Follow and unfollow artists and users",
    "user-follow-read": "See who is followed",
    "user-library-modify": "Change what is saved in the library",
    "user-library-read": "See what is saved in the library",
    "user-modify-playback-state": "Control the player",
    "user-read-currently-playing": "See what is playing",
    "user-read-email": "See the e-mail address",
    "user-read-playback-position": "See the position in episodes and audiobooks",
    "user-read-playback-state": "See the player and its devices",
    "user-read-private": "See the subscription and the country",
    "user-read-recently-played": "See what was played of late",
    "user-top-read": "See favourite artists and tracks",
}
"""What a user lets an app do, by scope."""

SCOPES: Final = tuple(WORDS)


def granted(text: str) -> frozenset[str]:
    """The scopes of a space-separated list; `all` stands for every one.

    Raises:
        ValueError: naming those that do not exist.
    """
    asked = frozenset(SCOPES if text == "all" else text.split())
    unknown = sorted(asked.difference(SCOPES))
    if unknown:
        raise ValueError(f"unknown scopes: {' '.join(unknown)}; known are {' '.join(SCOPES)}")
    return asked
