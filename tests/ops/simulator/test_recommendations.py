"""Recommendations grow from at most five seeds and keep to what was asked of their attributes."""

from typing import Any

import pytest

from ops.simulator import World
from ops.simulator.categories.recommendations import ATTRIBUTES
from ops.simulator.objects.features import features
from ops.simulator.world.seeds import GENRE_SEEDS

WORLD = World.of(1)
ARTIST, TRACK = WORLD.artists[0].id, WORLD.tracks[0].id
PATH = "/v1/recommendations"


async def tracks(start: Any, **query: str | float) -> list[dict[str, Any]]:
    answer = await (await start(profile="extended_legacy")).get(PATH, **query)
    assert answer.status == 200, answer.body
    return list(answer.body["tracks"])


async def test_every_kind_of_seed_bears_fruit(start: Any) -> None:
    spotify = await start(profile="extended_legacy")
    query = {"seed_artists": ARTIST, "seed_genres": "city-pop,trip-hop", "seed_tracks": TRACK, "limit": 100}
    body = (await spotify.get(PATH, **query)).body
    assert [(seed["type"], seed["id"]) for seed in body["seeds"]] == [
        ("ARTIST", ARTIST),
        ("GENRE", "city-pop"),
        ("GENRE", "trip-hop"),
        ("TRACK", TRACK),
    ]
    assert all(seed["initialPoolSize"] == seed["afterFilteringSize"] > 0 for seed in body["seeds"])
    ids = [track["id"] for track in body["tracks"]]
    assert len(set(ids)) == len(ids) == 100
    assert TRACK not in ids
    assert (await spotify.get(PATH, **query)).body == body


async def test_bounds_filter_and_targets_order(start: Any) -> None:
    found = await tracks(
        start, seed_genres="dream-pop", min_energy=0.5, max_energy=0.7, target_tempo=120, limit=10
    )
    heard = [features(WORLD.track_by_id[track["id"]]) for track in found]
    assert heard
    assert all(0.5 <= one["energy"] <= 0.7 for one in heard)
    distances = [abs(one["tempo"] - 120) for one in heard]
    assert distances == sorted(distances)


async def test_an_unknown_seed_adds_nothing(start: Any) -> None:
    assert await tracks(start, seed_artists="0" * 22) == []
    assert await tracks(start, seed_genres="polka") == []


@pytest.mark.parametrize("name", ATTRIBUTES)
async def test_every_attribute_can_be_asked_for(start: Any, name: str) -> None:
    query = {f"{prefix}_{name}": 1 for prefix in ("min", "max", "target")}
    await tracks(start, seed_tracks=TRACK, **query)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({}, "invalid request"),
        ({"target_energy": "0.5"}, "invalid request"),
        ({"seed_genres": "a,b,c,d,e,f"}, "invalid request"),
        ({"seed_genres": "a,b,c", "seed_tracks": f"{TRACK},{TRACK},{TRACK}"}, "invalid request"),
        ({"seed_artists": "short"}, "invalid request"),
        ({"seed_tracks": TRACK, "min_energy": "1.1"}, "invalid request"),
        ({"seed_tracks": TRACK, "max_key": "12"}, "invalid request"),
        ({"seed_tracks": TRACK, "target_key": "1.5"}, "invalid request"),
        ({"seed_tracks": TRACK, "target_tempo": "nan"}, "invalid request"),
        ({"seed_tracks": TRACK, "min_valence": "high"}, "invalid request"),
        ({"seed_tracks": TRACK, "limit": "0"}, "Invalid limit"),
        ({"seed_tracks": TRACK, "limit": "101"}, "Invalid limit"),
        ({"seed_tracks": TRACK, "market": "us"}, "Invalid market"),
    ],
)
async def test_a_wrong_wish_is_a_400(start: Any, query: dict[str, str], *, message: str) -> None:
    answer = await (await start(profile="extended_legacy")).get(PATH, **query)
    assert (answer.status, answer.message) == (400, message)


async def test_genre_seeds_are_the_genres_of_the_world(start: Any) -> None:
    genres = (await (await start(profile="extended_legacy")).get(f"{PATH}/available-genre-seeds")).body["genres"]
    assert genres == sorted(GENRE_SEEDS)
    assert "dream-pop" in genres
