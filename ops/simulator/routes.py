"""What a route is: a path, a pure handler, a quota family and the profiles that still serve it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from ops.simulator.bodies import Bodies
from ops.simulator.config import PROFILES, Profile
from ops.simulator.search import SearchIndex
from ops.simulator.world import World

EVERYWHERE: Final[frozenset[Profile]] = frozenset(PROFILES)
BEFORE_FEB_2026: Final[frozenset[Profile]] = EVERYWHERE - {"development"}
"""Routes cut from development mode in February 2026, postponed for older client ids."""

BEFORE_NOV_2024: Final[frozenset[Profile]] = frozenset({"extended_legacy"})
"""Routes left only to applications that had extended access in November 2024."""

CATALOGUE: Final = "catalog-read"
SEARCH: Final = "search"
OTHER: Final = "other"


@dataclass(frozen=True, slots=True)
class Realm:
    """What all handlers share: one world seen through one profile."""

    world: World
    index: SearchIndex
    profile: Profile
    bodies: Bodies


@dataclass(frozen=True, slots=True)
class Ask:
    """One call, validated only by the route's own handler."""

    realm: Realm
    path: Mapping[str, str]
    query: Mapping[str, str]


Handler = Callable[[Ask], object]
"""Turns a call into the JSON body of a 200; raises `ApiError` for any other answer."""


@dataclass(frozen=True, slots=True)
class Route:
    """One operation; `path` is below `/v1` and names its variables in braces."""

    path: str
    handler: Handler
    profiles: frozenset[Profile] = field(default=EVERYWHERE)
    family: str = CATALOGUE
    method: str = "GET"
