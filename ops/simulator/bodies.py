"""JSON objects of the Web API made from records; every object lacks exactly the fields its profile lost."""

import hashlib
from collections.abc import Mapping
from typing import Any, Final

from ops.simulator.config import Profile
from ops.simulator.records import Album, Artist, Playlist, Track
from ops.simulator.world import World

API_URL: Final = "https://api.spotify.com/v1"
OPEN_URL: Final = "https://open.spotify.com"
IMAGE_URL: Final = "https://i.scdn.co/image"
EMBEDDED_TRACKS: Final = 50
"""Tracks on the page inside a full album object."""

Json = dict[str, Any]

# The cuts of February 2026, by the object's `type`. Album and track kept external_ids after all.
_CUTS: Final[Mapping[str, tuple[str, ...]]] = {
    "track": ("available_markets", "linked_from", "popularity"),
    "album": ("album_group", "available_markets", "label", "popularity"),
    "artist": ("followers", "popularity"),
    "playlist": ("tracks",),
}
# What took the place of a cut field.
_GAINS: Final[Mapping[str, tuple[str, ...]]] = {"playlist": ("items",)}
_PRECISION: Final[Mapping[int, str]] = {4: "year", 7: "month", 10: "day"}


class Bodies:
    """Makes objects in the shape of one profile.

    A "ref" is the simplified object that is nested in others and listed on pages. `market` is the validated
    parameter; with one, objects say `is_playable` instead of listing their markets.
    """

    __slots__ = ("_cuts", "_world")

    def __init__(self, world: World, profile: Profile) -> None:
        self._world = world
        self._cuts = _CUTS if profile == "development" else _GAINS

    def artist_ref(self, artist: Artist) -> Json:
        """A simplified artist."""
        return {**_identity("artist", artist.id), "name": artist.name}

    def artist(self, artist: Artist) -> Json:
        """A full artist."""
        return self._cut(
            {
                **self.artist_ref(artist),
                "followers": {"href": None, "total": artist.followers},
                "genres": list(artist.genres),
                "images": _images(artist.id),
                "popularity": artist.popularity,
            }
        )

    def album_ref(self, album: Album, *, market: str | None, group: str | None = None) -> Json:
        """A simplified album; `group` is its relation to the artist whose discography lists it."""
        body = {
            **_identity("album", album.id),
            "album_type": album.kind,
            "artists": [self.artist_ref(self._world.artists[album.artist])],
            **_availability(album, market),
            "images": _images(album.id),
            "name": album.name,
            "release_date": album.released,
            "release_date_precision": _PRECISION[len(album.released)],
            "total_tracks": len(album.tracks),
        }
        if group is not None:
            body["album_group"] = group
        return self._cut(body)

    def album(self, album: Album, *, market: str | None) -> Json:
        """A full album with the first page of its tracks."""
        from_tracks = [self._world.tracks[number] for number in album.tracks[:EMBEDDED_TRACKS]]
        more = len(album.tracks) > EMBEDDED_TRACKS
        href = f"{API_URL}/albums/{album.id}/tracks?offset={{}}&limit={EMBEDDED_TRACKS}" + _and_market(market)
        return self._cut(
            {
                **self.album_ref(album, market=market),
                "copyrights": [
                    {"text": f"{album.released[:4]} {album.label}", "type": side} for side in ("C", "P")
                ],
                "external_ids": {"upc": album.upc},
                "genres": [],
                "label": album.label,
                "popularity": album.popularity,
                "tracks": {
                    "href": href.format(0),
                    "limit": EMBEDDED_TRACKS,
                    "next": href.format(EMBEDDED_TRACKS) if more else None,
                    "offset": 0,
                    "previous": None,
                    "total": len(album.tracks),
                    "items": [self.track_ref(track, market=market) for track in from_tracks],
                },
            }
        )

    def track_ref(self, track: Track, *, market: str | None) -> Json:
        """A simplified track."""
        return self._cut(
            {
                **_identity("track", track.id),
                "artists": [self.artist_ref(self._world.artists[number]) for number in track.artists],
                **_availability(self._world.albums[track.album], market),
                "disc_number": 1,
                "duration_ms": track.duration_ms,
                "explicit": track.explicit,
                "is_local": False,
                "name": track.name,
                "preview_url": None,
                "track_number": track.position,
            }
        )

    def track(self, track: Track, *, market: str | None) -> Json:
        """A full track."""
        return self._cut(
            {
                **self.track_ref(track, market=market),
                "album": self.album_ref(self._world.albums[track.album], market=market),
                "external_ids": {"isrc": track.isrc},
                "popularity": track.popularity,
            }
        )

    def playlist_ref(self, playlist: Playlist) -> Json | None:
        """A simplified playlist; null for one that Spotify made, as since November 2024."""
        if playlist.hidden:
            return None
        contents = {"href": f"{API_URL}/playlists/{playlist.id}/items", "total": playlist.size}
        return self._cut(
            {
                **_identity("playlist", playlist.id),
                "collaborative": False,
                "description": "",
                "images": _images(playlist.id)[:1],
                "items": contents,
                "name": playlist.name,
                "owner": {**_identity("user", playlist.owner), "display_name": playlist.owner},
                "primary_color": None,
                "public": None,
                "snapshot_id": hashlib.sha256(playlist.id.encode()).hexdigest()[:32],
                "tracks": {**contents, "href": f"{API_URL}/playlists/{playlist.id}/tracks"},
            }
        )

    def _cut(self, body: Json) -> Json:
        for name in self._cuts.get(body["type"], ()):
            body.pop(name, None)
        return body


def _identity(kind: str, spotify_id: str) -> Json:
    return {
        "external_urls": {"spotify": f"{OPEN_URL}/{kind}/{spotify_id}"},
        "href": f"{API_URL}/{kind}s/{spotify_id}",
        "id": spotify_id,
        "type": kind,
        "uri": f"spotify:{kind}:{spotify_id}",
    }


def _availability(album: Album, market: str | None) -> Json:
    if market is None:
        return {"available_markets": album.markets}
    if market in album.markets:
        return {"is_playable": True}
    return {"is_playable": False, "restrictions": {"reason": "market"}}


def _images(spotify_id: str) -> list[Json]:
    digest = hashlib.sha256(spotify_id.encode()).hexdigest()
    return [
        {"url": f"{IMAGE_URL}/{size:08x}{digest[:32]}", "height": size, "width": size} for size in (640, 300, 64)
    ]


def _and_market(market: str | None) -> str:
    return "" if market is None else f"&market={market}"
