"""One plain thing to ask of each curated tool, to read and, where it writes, to write; tests spoil its way."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

TRACK: Final = "N5Nsdg2e67FsJcAciO5tNI"
"""Paper Lanterns, which every simulator has, and which is on at its start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One call of a tool.

    Attributes:
        tool: Its name.
        arguments: What it is given.
        path: Beginning of the path of Spotify that it depends on.
        says: What it answers if all is well, in part.
        wrong: Arguments that it must refuse without a call.
        complaint: What it then says, in part.
        repeatable: Whether a copy of what it sends does no harm.
        waits: Whether what it has sent is waited for even past the deadline.
        public: Whether it needs no user.
    """

    tool: str
    arguments: Mapping[str, Any]
    path: str
    says: str
    wrong: Mapping[str, Any]
    complaint: str
    repeatable: bool = True
    waits: bool = False
    public: bool = False


JOBS: Final[Mapping[str, Job]] = MappingProxyType(
    {
        "search": Job(
            tool="spotify_search",
            arguments={"queries": ["Paper Lanterns"], "types": ["track"], "limit": 2},
            path="/v1/search",
            says=f"- [track] Paper Lanterns — spotify:track:{TRACK}",
            wrong={"queries": ["x"], "types": ["song"]},
            complaint="types.0: Input should be 'album', 'artist', 'playlist' or 'track'",
            public=True,
        ),
        "status": Job(
            tool="spotify_status",
            arguments={"include": ["player", "current_track"]},
            path="/v1/me/player",
            says="'Paper Lanterns' is playing on device 'Desk Computer'.",
            wrong={"include": ["lyrics"]},
            complaint="include.0: Input should be 'player', 'devices', 'queue' or 'current_track'",
        ),
        "control": Job(
            tool="spotify_control",
            arguments={"operations": [{"action": "pause"}]},
            path="/v1/me/player/pause",
            says="pause succeeded. Playback paused on 'Desk Computer'.",
            wrong={"operations": [{"action": "volume"}]},
            complaint="invalid_arguments: volume needs volume_percent",
        ),
        "playlists": Job(
            tool="spotify_playlist",
            arguments={"action": "list_user", "limit": 2},
            path="/v1/me/playlists",
            says="Found 2 playlists:\n- Odds and Ends — spotify:playlist:",
            wrong={"action": "items"},
            complaint="playlist_id is missing: items needs it",
        ),
        "create": Job(
            tool="spotify_playlist",
            arguments={"action": "create", "name": "Trip"},
            path="/v1/me/playlists",
            says="Created playlist 'Trip' — spotify:playlist:",
            wrong={"action": "create", "name": ""},
            complaint="name: String should have at least 1 character",
            repeatable=False,
            waits=True,
        ),
        "library": Job(
            tool="spotify_library",
            arguments={"action": "tracks_get", "limit": 2},
            path="/v1/me/tracks",
            says=f"Loaded 2 saved track(s):\n- Paper Lanterns — spotify:track:{TRACK}",
            wrong={"action": "tracks_get", "limit": 2.5},
            complaint="limit: Input should be a valid integer",
        ),
        "save": Job(
            tool="spotify_library",
            arguments={"action": "tracks_add", "ids": [TRACK]},
            path="/v1/me/library",
            says="library.tracks_add: 1 saved",
            wrong={"action": "tracks_add", "ids": [f"spotify:album:{TRACK}"]},
            complaint="ids.0: names a thing of the kind album; it must be a track",
            waits=True,
        ),
    }
)
"""By name; each tool is there."""
