"""The scopes that a user can grant."""

from typing import Final

SCOPES: Final = (
    "app-remote-control",
    "playlist-modify-private",
    "playlist-modify-public",
    "playlist-read-collaborative",
    "playlist-read-private",
    "streaming",
    "ugc-image-upload",
    "user-follow-modify",
    "user-follow-read",
    "user-library-modify",
    "user-library-read",
    "user-modify-playback-state",
    "user-read-currently-playing",
    "user-read-email",
    "user-read-playback-position",
    "user-read-playback-state",
    "user-read-private",
    "user-read-recently-played",
    "user-top-read",
)


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
