"""A good call of every operation, about things that the simulated world is known to hold."""

import base64
from collections.abc import Mapping
from typing import Any

from gateway.endpoint import Endpoint
from ops.simulator.people.founders import ODDS, playlist_id
from ops.simulator.world.world import World

WORLD = World.of(1)
PICTURE = base64.b64encode(b"\xff\xd8\xff\xe0" + bytes(60)).decode()
TRACK = WORLD.tracks[0].id
URI = f"spotify:track:{TRACK}"

IDS: Mapping[str, str] = {
    "tracks": TRACK,
    "audio-features": TRACK,
    "audio-analysis": TRACK,
    "albums": WORLD.albums[0].id,
    "artists": WORLD.artists[0].id,
    "shows": WORLD.shows[0].id,
    "episodes": WORLD.episodes[0].id,
    "audiobooks": WORLD.audiobooks[0].id,
    "chapters": WORLD.chapters[0].id,
    "following": WORLD.artists[0].id,
}
"""An id by the part of a path that says of what."""

VALUES: Mapping[str, Any] = {
    "q": "lanterns",
    "category_id": "party",
    "playlist_id": playlist_id("demo", ODDS),
    "user_id": "demo",
    "name": "Made by a test",
    "uri": URI,
    "position_ms": 1000,
    "volume_percent": 40,
    "image": PICTURE,
    "market": "US",
}

SPECIAL: Mapping[str, Mapping[str, Any]] = {
    "search": {"type": ["track", "show"]},
    "get-users-top-artists-and-tracks": {"type": "tracks"},
    "get-followed": {"type": "artist"},
    "follow-artists-users": {"type": "artist"},
    "unfollow-artists-users": {"type": "artist"},
    "check-current-user-follows": {"type": "artist"},
    "get-recommendations": {"seed_tracks": [TRACK]},
    "set-repeat-mode-on-users-playback": {"state": "context"},
    "toggle-shuffle-for-users-playback": {"state": True},
    "save-tracks-user": {"ids": [TRACK]},
    "change-playlist-details": {"description": "Changed by a test"},
    # Some things to play: after one track there is no next one.
    "start-a-users-playback": {"context_uri": f"spotify:album:{IDS['albums']}", "uris": None},
    "transfer-a-users-playback": {"device_ids": ["d" * 40]},
    "remove-tracks-playlist": {"tracks": [{"uri": URI}]},
    "remove-items-playlist": {"items": [{"uri": URI}]},
    # One id alone, or one that is known already, is no batch.
    "get-several-tracks": {"ids": [track.id for track in WORLD.tracks[1:3]]},
    "get-multiple-albums": {"ids": [album.id for album in WORLD.albums[1:3]]},
    "get-multiple-artists": {"ids": [artist.id for artist in WORLD.artists[1:3]]},
    "get-multiple-episodes": {"ids": [episode.id for episode in WORLD.episodes[1:3]]},
    "get-multiple-audiobooks": {"ids": [book.id for book in WORLD.audiobooks[1:3]]},
    "get-several-chapters": {"ids": [chapter.id for chapter in WORLD.chapters[1:3]]},
}
"""What an operation needs besides what its parameters' names tell."""


def example(entry: Endpoint) -> dict[str, Any]:
    """Return arguments with which `entry` succeeds."""
    given = {
        param.name: _value(entry, param.name) for param in entry.params if param.required or _wanted(param.name)
    }
    given |= SPECIAL.get(entry.id, {})
    return {name: value for name, value in given.items() if value is not None}


def _wanted(name: str) -> bool:
    # Audiobooks and shows need a market, and adding to a playlist needs something to add.
    return name in {"market", "uris"}


def _value(entry: Endpoint, name: str) -> Any:
    if name in {"id", "ids"}:
        what = next(part for part in entry.path.split("/") if part in IDS)
        return IDS[what] if name == "id" else [IDS[what]]
    return [URI] if name == "uris" else VALUES.get(name, name)
