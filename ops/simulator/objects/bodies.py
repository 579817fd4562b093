"""JSON objects of music made from records; each lacks exactly the fields its profile lost."""

from typing import Final

from ops.simulator.config import Profile
from ops.simulator.objects.objects import API_URL, Json, cut, identity, images, released
from ops.simulator.objects.spoken_bodies import SpokenBodies
from ops.simulator.world.records import Album, Artist, Track
from ops.simulator.world.world import World

EMBEDDED_TRACKS: Final = 50
"""Tracks on the page inside a full album object."""


class Bodies:
    """Makes objects in the shape of one profile.

    A "ref" is the simplified object that is nested in others and listed on pages. `market` is the validated
    parameter; with one, objects say `is_playable` instead of listing their markets. Podcasts and audiobooks are
    made by `spoken`.
    """

    __slots__ = ("_profile", "_world", "spoken")

    def __init__(self, world: World, profile: Profile) -> None:
        self._world = world
        self._profile: Profile = profile
        self.spoken = SpokenBodies(world, profile)

    def artist_ref(self, artist: Artist) -> Json:
        """A simplified artist."""
        return {**identity("artist", artist.id), "name": artist.name}

    def artist(self, artist: Artist) -> Json:
        """A full artist."""
        return self._cut(
            {
                **self.artist_ref(artist),
                "followers": {"href": None, "total": artist.followers},
                "genres": list(artist.genres),
                "images": images(artist.id),
                "popularity": artist.popularity,
            }
        )

    def album_ref(self, album: Album, *, market: str | None, group: str | None = None) -> Json:
        """A simplified album; `group` is its relation to the artist whose discography lists it."""
        body = {
            **identity("album", album.id),
            "album_type": album.kind,
            "artists": [self.artist_ref(self._world.artists[album.artist])],
            **_availability(album, market),
            "images": images(album.id),
            "name": album.name,
            **released(album.released),
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
                **identity("track", track.id),
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

    def _cut(self, body: Json) -> Json:
        return cut(body, self._profile)


def _availability(album: Album, market: str | None) -> Json:
    if market is None:
        return {"available_markets": album.markets}
    if market in album.markets:
        return {"is_playable": True}
    return {"is_playable": False, "restrictions": {"reason": "market"}}


def _and_market(market: str | None) -> str:
    return "" if market is None else f"&market={market}"
