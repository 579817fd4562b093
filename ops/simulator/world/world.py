"""The fake catalogue: music, playlists and spoken works, immutable and decided by one seed."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final, Protocol, TypeVar

from ops.simulator.world.growth import Growth
from ops.simulator.world.records import Album, Artist, Audiobook, Chapter, Episode, Playlist, Show, Track
from ops.simulator.world.spoken_growth import SpokenGrowth

TODAY: Final = date(2026, 11, 20)
"""The day on which the world stands still: nothing is released later, and `tag:new` looks back from here."""

RELATED: Final = 20


class _Named(Protocol):
    @property
    def id(self) -> str: ...


N = TypeVar("N", bound=_Named)


@dataclass(frozen=True, slots=True)
class World:
    """All records, by number and by identifier.

    Make one with `World.of(seed)`.
    """

    artists: tuple[Artist, ...]
    albums: tuple[Album, ...]
    tracks: tuple[Track, ...]
    playlists: tuple[Playlist, ...]
    shows: tuple[Show, ...]
    episodes: tuple[Episode, ...]
    audiobooks: tuple[Audiobook, ...]
    chapters: tuple[Chapter, ...]
    albums_of: tuple[tuple[int, ...], ...]
    """Per artist number: albums of the artist's own."""
    tracks_of: tuple[tuple[int, ...], ...]
    """Per artist number: tracks the artist performs on, guest appearances included."""
    artist_by_id: Mapping[str, Artist]
    album_by_id: Mapping[str, Album]
    track_by_id: Mapping[str, Track]
    playlist_by_id: Mapping[str, Playlist]
    show_by_id: Mapping[str, Show]
    episode_by_id: Mapping[str, Episode]
    audiobook_by_id: Mapping[str, Audiobook]
    chapter_by_id: Mapping[str, Chapter]

    @staticmethod
    def of(seed: int) -> "World":
        """The world of a seed; equal seeds share one, which is safe because nothing in it changes."""
        return _world_of(seed)

    @staticmethod
    def build(seed: int) -> "World":
        """Grow the world of a seed afresh (about 0.35 s)."""
        growth, spoken = Growth(seed, today=TODAY), SpokenGrowth(seed, today=TODAY)
        for half in (growth, spoken):
            half.plant_landmarks()
            half.grow()
        return _gathered(growth, spoken)

    def appearances(self, artist: Artist) -> Iterator[Album]:
        """Albums of other artists on which `artist` is a guest, each once."""
        numbers = dict.fromkeys(self.tracks[number].album for number in self.tracks_of[artist.number])
        return (self.albums[number] for number in numbers if self.albums[number].artist != artist.number)

    def top_tracks(self, artist: Artist, *, count: int) -> list[Track]:
        """The most popular tracks of an artist, best first."""
        tracks = (self.tracks[number] for number in self.tracks_of[artist.number])
        return sorted(tracks, key=lambda track: (-track.popularity, track.number))[:count]

    def related(self, artist: Artist) -> list[Artist]:
        """Up to 20 other artists with the same main genre, most popular first."""
        genre = artist.genres[0]
        others = (other for other in self.artists if genre in other.genres and other is not artist)
        return sorted(others, key=lambda other: (-other.popularity, other.number))[:RELATED]


def _gathered(growth: Growth, spoken: SpokenGrowth) -> World:
    playlists = growth.playlists()
    return World(
        artists=tuple(growth.artists),
        albums=tuple(growth.albums),
        tracks=tuple(growth.tracks),
        playlists=playlists,
        shows=tuple(spoken.shows),
        episodes=tuple(spoken.episodes),
        audiobooks=tuple(spoken.audiobooks),
        chapters=tuple(spoken.chapters),
        albums_of=_grouped(((album.artist, album.number) for album in growth.albums), len(growth.artists)),
        tracks_of=_grouped(
            ((artist, track.number) for track in growth.tracks for artist in track.artists),
            len(growth.artists),
        ),
        artist_by_id=_by_id(growth.artists),
        album_by_id=_by_id(growth.albums),
        track_by_id=_by_id(growth.tracks),
        playlist_by_id=_by_id(playlists),
        show_by_id=_by_id(spoken.shows),
        episode_by_id=_by_id(spoken.episodes),
        audiobook_by_id=_by_id(spoken.audiobooks),
        chapter_by_id=_by_id(spoken.chapters),
    )


def _grouped(pairs: Iterable[tuple[int, int]], size: int) -> tuple[tuple[int, ...], ...]:
    groups: list[list[int]] = [[] for _ in range(size)]
    for owner, number in pairs:
        groups[owner].append(number)
    return tuple(map(tuple, groups))


def _by_id(records: Iterable[N]) -> dict[str, N]:
    return {record.id: record for record in records}


# Many tests make many applications; the memo makes all of them but the first start at once.
@lru_cache(maxsize=2)
def _world_of(seed: int) -> World:
    return World.build(seed)
