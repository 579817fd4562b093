"""Which reads of the catalogue are resources; what is said of them beyond a title stands in the catalogue."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Row:
    """One resource.

    Attributes:
        endpoint_id: The entry that reads it.
        title: What people see.
        path: What its URI says after `spotify://`; empty where that is the path of the entry.
        bound: Parameters of the entry that the URI stands for.
    """

    endpoint_id: str
    title: str
    path: str = ""
    bound: Mapping[str, str] = field(default_factory=dict)


ROWS: Final = (
    Row("get-current-users-profile", "My profile"),
    Row("get-information-about-the-users-current-playback", "My player"),
    Row("get-the-users-currently-playing-track", "What plays now"),
    Row("get-queue", "My queue"),
    Row("get-a-users-available-devices", "My devices"),
    Row("get-recently-played", "Recently played"),
    Row("get-a-list-of-current-users-playlists", "My playlists"),
    Row("get-users-saved-tracks", "My tracks"),
    Row("get-users-saved-albums", "My albums"),
    Row("get-users-saved-shows", "My shows"),
    Row("get-users-saved-episodes", "My episodes"),
    Row("get-users-saved-audiobooks", "My audiobooks"),
    Row("get-followed", "Artists I follow", bound={"type": "artist"}),
    Row("get-users-top-artists-and-tracks", "My top artists", bound={"type": "artists"}),
    Row("get-users-top-artists-and-tracks", "My top tracks", bound={"type": "tracks"}),
    Row("get-track", "Track"),
    Row("get-audio-features", "Audio features of a track"),
    Row("get-audio-analysis", "Audio analysis of a track"),
    Row("get-an-album", "Album"),
    Row("get-an-albums-tracks", "Tracks of an album"),
    Row("get-an-artist", "Artist"),
    Row("get-an-artists-albums", "Albums of an artist"),
    Row("get-an-artists-top-tracks", "Top tracks of an artist"),
    Row("get-an-artists-related-artists", "Artists like an artist"),
    Row("get-playlist", "Playlist"),
    Row("get-playlists-items", "Items of a playlist"),
    Row("get-playlist-cover", "Cover of a playlist"),
    Row("get-a-show", "Show"),
    Row("get-a-shows-episodes", "Episodes of a show"),
    Row("get-an-episode", "Episode"),
    Row("get-an-audiobook", "Audiobook"),
    Row("get-audiobook-chapters", "Chapters of an audiobook"),
    Row("get-a-chapter", "Chapter"),
    Row("get-users-profile", "User"),
    Row("get-list-users-playlists", "Playlists of a user"),
    Row("get-categories", "Browse categories"),
    Row("get-a-category", "Browse category"),
    Row("get-a-categories-playlists", "Playlists of a category"),
    Row("get-featured-playlists", "Featured playlists"),
    Row("get-new-releases", "New releases"),
    Row("get-available-markets", "Markets"),
    Row("get-recommendation-genres", "Genres", path="genres"),
)
"""In the order in which they are listed: what is the user's own comes first."""

_BATCH = "several at once, and a resource is one thing; each has a URI of its own"
_QUESTION = "a question, and its answer is no thing that lasts; ask it with a tool"

LEFT_OUT: Final[Mapping[str, str]] = MappingProxyType(
    {
        **dict.fromkeys(
            (
                "get-several-tracks",
                "get-several-audio-features",
                "get-multiple-albums",
                "get-multiple-artists",
                "get-multiple-audiobooks",
                "get-several-chapters",
                "get-multiple-shows",
                "get-multiple-episodes",
            ),
            _BATCH,
        ),
        **dict.fromkeys(
            (
                "search",
                "get-recommendations",
                "check-current-user-follows",
                "check-if-user-follows-playlist",
                "check-library-contains",
                "check-users-saved-albums",
                "check-users-saved-tracks",
                "check-users-saved-episodes",
                "check-users-saved-shows",
                "check-users-saved-audiobooks",
            ),
            _QUESTION,
        ),
        "get-playlists-tracks": "the older name of spotify://playlists/{id}/items",
    }
)
"""Reads that are no resources, and why."""
