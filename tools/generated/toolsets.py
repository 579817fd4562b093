"""Which generated tools belong together; a toolset is chosen by its name, and a tool may be in several."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Toolset:
    """Tools for one kind of work.

    Attributes:
        about: What it is for, in one line.
        operations: Ids of the operations whose tools are in it.
    """

    about: str
    operations: frozenset[str]


def _of(about: str, *operations: Sequence[str]) -> Toolset:
    return Toolset(about, frozenset(name for group in operations for name in group))


def _saved(plural: str) -> tuple[str, ...]:
    return (
        f"get-users-saved-{plural}",
        f"save-{plural}-user",
        f"remove-{plural}-user",
        f"check-users-saved-{plural}",
    )


def _contents(generation: str) -> tuple[str, ...]:
    return (
        f"get-playlists-{generation}",
        f"add-{generation}-to-playlist",
        f"reorder-or-replace-playlists-{generation}",
        f"remove-{generation}-playlist",
    )


_ALBUMS = ("get-an-album", "get-multiple-albums", "get-an-albums-tracks")
_ARTISTS = (
    "get-an-artist",
    "get-multiple-artists",
    "get-an-artists-albums",
    "get-an-artists-top-tracks",
    "get-an-artists-related-artists",
)
_AUDIOBOOKS = ("get-an-audiobook", "get-multiple-audiobooks", "get-audiobook-chapters")
_BROWSE = (
    "get-featured-playlists",
    "get-categories",
    "get-a-category",
    "get-a-categories-playlists",
    "get-new-releases",
    "get-recommendation-genres",
)
_EPISODES = ("get-an-episode", "get-multiple-episodes")
_PLAYLISTS = (
    "get-playlist",
    "change-playlist-details",
    "get-a-list-of-current-users-playlists",
    "create-playlist",
    "get-list-users-playlists",
    "create-playlist-for-user",
    "follow-playlist",
    "unfollow-playlist",
    "check-if-user-follows-playlist",
    "get-playlist-cover",
    "upload-custom-playlist-cover",
)
_SHOWS = ("get-a-show", "get-multiple-shows", "get-a-shows-episodes")
_TRACKS = (
    "get-track",
    "get-several-tracks",
    "get-several-audio-features",
    "get-audio-features",
    "get-audio-analysis",
)
_TASTE = ("get-users-top-artists-and-tracks", "get-recently-played")
_USERS = (
    "get-current-users-profile",
    "get-users-profile",
    "get-followed",
    "follow-artists-users",
    "unfollow-artists-users",
    "check-current-user-follows",
)
_LIBRARY = ("save-library-items", "remove-library-items", "check-library-contains")
_PLAYER = (
    "get-information-about-the-users-current-playback",
    "get-a-users-available-devices",
    "get-the-users-currently-playing-track",
    "get-queue",
    "get-recently-played",
    "transfer-a-users-playback",
    "start-a-users-playback",
    "pause-a-users-playback",
    "skip-users-playback-to-next-track",
    "skip-users-playback-to-previous-track",
    "seek-to-position-in-currently-playing-track",
    "set-repeat-mode-on-users-playback",
    "set-volume-for-users-playback",
    "toggle-shuffle-for-users-playback",
    "add-to-queue",
)
_SHELVES = ("albums", "tracks", "episodes", "shows", "audiobooks")

TOOLSETS: Mapping[str, Toolset] = {
    "albums": _of("Albums, their tracks, and the saved ones.", _ALBUMS, _saved("albums")),
    "artists": _of("Artists and their work.", _ARTISTS),
    "audiobooks": _of("Audiobooks and the saved ones.", _AUDIOBOOKS, _saved("audiobooks")),
    "browse": _of("What Spotify's editors offer.", _BROWSE),
    "chapters": _of(
        "Chapters of audiobooks.", ("get-a-chapter", "get-several-chapters", "get-audiobook-chapters")
    ),
    "episodes": _of("Episodes of podcasts, and the saved ones.", _EPISODES, _saved("episodes")),
    "markets": _of("Countries where Spotify is.", ("get-available-markets",)),
    "playlists": _of("Playlists and what is on them.", _PLAYLISTS, _contents("tracks"), _contents("items")),
    "recommendations": _of(
        "Tracks like others, while Spotify still has that.", ("get-recommendations", "get-recommendation-genres")
    ),
    "search": _of("One question over the whole catalogue.", ("search",)),
    "shows": _of("Podcasts, their episodes, and the saved ones.", _SHOWS, _saved("shows")),
    "tracks": _of(
        "Songs, what was measured of them, the saved ones and those played most.",
        _TRACKS,
        _saved("tracks"),
        _TASTE,
    ),
    "users": _of("People, their taste, and whom they follow.", _USERS, _TASTE),
    "library": _of(
        "All that the user has saved, of every kind.", _LIBRARY, *(_saved(shelf) for shelf in _SHELVES)
    ),
    "player": _of("What plays, where, and what comes next.", _PLAYER),
}
"""By name."""
