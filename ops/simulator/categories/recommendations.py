"""Recommendations, which only applications from before November 2024 still get."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ops.simulator.answers import ApiError
from ops.simulator.objects.objects import API_URL, Json
from ops.simulator.params import LimitRule, read_limit
from ops.simulator.routes import BEFORE_NOV_2024, Ask, Route
from ops.simulator.world.ids import is_spotify_id
from ops.simulator.world.seeds import GENRE_SEEDS, Seed, SeedKind, Wish, best, interleaved, meets, plant

PAGE: Final = LimitRule(100, 20)
MOST_SEEDS: Final = 5
KINDS: Final[tuple[SeedKind, ...]] = ("artist", "genre", "track")
REFUSED: Final = "invalid request"
"""The words for everything that is wrong with seeds and attributes, as far as anyone has seen."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """The values that an attribute can have; `whole` ones are integers."""

    least: float = -math.inf
    most: float = math.inf
    whole: bool = False


_SHARE: Final = Attribute(0, 1)
ATTRIBUTES: Final[Mapping[str, Attribute]] = {
    "acousticness": _SHARE,
    "danceability": _SHARE,
    "duration_ms": Attribute(whole=True),
    "energy": _SHARE,
    "instrumentalness": _SHARE,
    "key": Attribute(0, 11, whole=True),
    "liveness": _SHARE,
    "loudness": Attribute(),
    "mode": Attribute(0, 1, whole=True),
    "popularity": Attribute(0, 100, whole=True),
    "speechiness": _SHARE,
    "tempo": Attribute(),
    "time_signature": Attribute(most=11, whole=True),
    "valence": _SHARE,
}
PREFIXES: Final[Mapping[str, str]] = {"min": "least", "max": "most", "target": "target"}


def get_recommendations(ask: Ask) -> Json:
    """`GET /recommendations`."""
    limit, market = read_limit(ask.query, PAGE), ask.market
    wishes = {name: wish for name in ATTRIBUTES if (wish := _wish(ask.query, name)) is not None}
    seeds = [plant(ask.realm.world, kind, seed_id=seed_id) for kind, seed_id in _seeds(ask.query)]
    kept = [[track for track in seed.pool if meets(track, wishes)] for seed in seeds]
    tracks = best(interleaved(kept), wishes, count=limit)
    return {
        "tracks": [ask.realm.bodies.track(track, market=market) for track in tracks],
        "seeds": [_body(seed, kept=len(pool)) for seed, pool in zip(seeds, kept, strict=True)],
    }


def get_genre_seeds(_ask: Ask) -> Json:
    """`GET /recommendations/available-genre-seeds`."""
    return {"genres": list(GENRE_SEEDS)}


def _seeds(query: Mapping[str, str]) -> list[tuple[SeedKind, str]]:
    seeds = [(kind, seed_id) for kind in KINDS for seed_id in query.get(f"seed_{kind}s", "").split(",") if seed_id]
    malformed = any(kind != "genre" and not is_spotify_id(seed_id) for kind, seed_id in seeds)
    if malformed or not 1 <= len(seeds) <= MOST_SEEDS:
        raise ApiError(400, REFUSED)
    return seeds


def _wish(query: Mapping[str, str], name: str) -> Wish | None:
    given = {
        field: _number(query[f"{prefix}_{name}"], ATTRIBUTES[name])
        for prefix, field in PREFIXES.items()
        if f"{prefix}_{name}" in query
    }
    return Wish(**given) if given else None


def _number(text: str, attribute: Attribute) -> float:
    try:
        value = int(text) if attribute.whole else float(text)
    except ValueError:
        raise ApiError(400, REFUSED) from None
    if not math.isfinite(value) or not attribute.least <= value <= attribute.most:
        raise ApiError(400, REFUSED)
    return value


def _body(seed: Seed, *, kept: int) -> Json:
    href = None if seed.kind == "genre" else f"{API_URL}/{seed.kind}s/{seed.id}"
    return {
        "initialPoolSize": len(seed.pool),
        "afterFilteringSize": kept,
        "afterRelinkingSize": kept,
        "id": seed.id,
        "type": seed.kind.upper(),
        "href": href,
    }


ROUTES: Final = (
    Route("/recommendations", get_recommendations, BEFORE_NOV_2024),
    Route("/recommendations/available-genre-seeds", get_genre_seeds, BEFORE_NOV_2024),
)
