"""Recommendations: pools of tracks grown from seeds, narrowed and ordered by tunable attributes, always alike."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final, Literal

from ops.simulator.objects.features import features
from ops.simulator.world.ids import check_digits
from ops.simulator.world.records import Artist, Track
from ops.simulator.world.words import GENRES
from ops.simulator.world.world import World

SeedKind = Literal["artist", "genre", "track"]
POOL: Final = 250
"""Tracks that a seed contributes at most."""

GENRE_SEEDS: Final[Mapping[str, str]] = {genre.replace(" ", "-"): genre for genre in sorted(GENRES)}
"""Genres of artists by the words that stand for them as seeds."""


@dataclass(frozen=True, slots=True)
class Seed:
    """One seed and the tracks around it; none when it is unknown."""

    kind: SeedKind
    id: str
    pool: tuple[Track, ...]


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted of one attribute; absent bounds are infinite, an absent target is not a number."""

    least: float = -math.inf
    most: float = math.inf
    target: float = math.nan


def plant(world: World, kind: SeedKind, *, seed_id: str) -> Seed:
    """A seed with its pool; the same one always has the same pool."""
    if kind == "genre":
        genre = GENRE_SEEDS.get(seed_id)
        artists: Iterable[Artist] = (artist for artist in world.artists if genre in artist.genres)
    elif kind == "artist":
        artists = _around(world, world.artist_by_id.get(seed_id))
    else:
        track = world.track_by_id.get(seed_id)
        artists = () if track is None else _around(world, world.artists[track.artists[0]])
    numbers = dict.fromkeys(chain.from_iterable(world.tracks_of[artist.number] for artist in artists))
    tracks = (world.tracks[number] for number in numbers if world.tracks[number].id != seed_id)
    shuffled = sorted(tracks, key=lambda track: check_digits("pool", seed_id, track.id, count=9))
    return Seed(kind, seed_id, tuple(shuffled[:POOL]))


def meets(track: Track, wishes: Mapping[str, Wish]) -> bool:
    """Whether every attribute of a track is within its bounds."""
    values = _attributes(track)
    return all(wish.least <= values[name] <= wish.most for name, wish in wishes.items())


def best(tracks: Iterable[Track], wishes: Mapping[str, Wish], *, count: int) -> list[Track]:
    """The tracks nearest to the targets, each once; without targets the first ones."""
    targets = {name: wish.target for name, wish in wishes.items() if not math.isnan(wish.target)}
    unique = dict.fromkeys(tracks)
    if not targets:
        return list(unique)[:count]

    def distance(track: Track) -> float:
        values = _attributes(track)
        return math.fsum(abs(values[name] - target) / (1 + abs(target)) for name, target in targets.items())

    return sorted(unique, key=distance)[:count]


def interleaved(pools: Sequence[Sequence[Track]]) -> list[Track]:
    """One track of each pool in turn, so that every seed is heard."""
    longest = max(map(len, pools), default=0)
    return [pool[turn] for turn in range(longest) for pool in pools if turn < len(pool)]


def _around(world: World, artist: Artist | None) -> Iterable[Artist]:
    return () if artist is None else (artist, *world.related(artist))


def _attributes(track: Track) -> Mapping[str, Any]:
    return {**features(track), "popularity": track.popularity}
