"""Query and path parameters: read strictly, refused in Spotify's words; unknown ones are nobody's business."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ops.simulator.answers import ApiError
from ops.simulator.config import Profile
from ops.simulator.world.ids import is_spotify_id
from ops.simulator.world.markets import COUNTRIES

_INTEGER: Final = re.compile(r"-?\d{1,9}", re.ASCII)


@dataclass(frozen=True, slots=True)
class LimitRule:
    """Page sizes from 1 to `most`, `default` when none is asked for."""

    most: int
    default: int


PAGE: Final = LimitRule(50, 20)
SMALL_PAGE: Final = LimitRule(10, 5)


def narrowed(profile: Profile) -> LimitRule:
    """The page rule of search and artist albums, which shrank in development mode in February 2026."""
    return SMALL_PAGE if profile == "development" else PAGE


def read_id(text: str) -> str:
    """An identifier.

    Raises:
        ApiError: 400 when it is not 22 base62 characters.
    """
    if not is_spotify_id(text):
        raise ApiError(400, "Invalid base62 id")
    return text


def read_ids(query: Mapping[str, str], *, most: int) -> list[str]:
    """The comma-separated `ids`, in order, repetitions included.

    Raises:
        ApiError: 400 when there are none or more than `most`, or one is malformed.
    """
    text = query.get("ids", "")
    if not text:
        raise ApiError(400, "Missing required field: ids")
    ids = text.split(",")
    if len(ids) > most:
        raise ApiError(400, "Too many ids requested")
    return [read_id(one) for one in ids]


def read_market(query: Mapping[str, str]) -> str | None:
    """The `market`, an upper-case ISO 3166-1 alpha-2 code, or None.

    Raises:
        ApiError: 400 for anything else.
    """
    market = query.get("market")
    if market is not None and market not in COUNTRIES:
        raise ApiError(400, "Invalid market")
    return market


def read_limit(query: Mapping[str, str], rule: LimitRule) -> int:
    """The page size.

    Raises:
        ApiError: 400 when it is no integer or outside the rule; zero is outside too.
    """
    limit = _integer(query, "limit", default=rule.default)
    if not 1 <= limit <= rule.most:
        raise ApiError(400, "Invalid limit")
    return limit


def read_offset(query: Mapping[str, str], *, most: int | None = None) -> int:
    """The number of items before the page.

    Raises:
        ApiError: 400 when it is no integer, negative or above `most`.
    """
    offset = _integer(query, "offset", default=0)
    if offset < 0 or (most is not None and offset > most):
        raise ApiError(400, "Invalid offset")
    return offset


def read_choices(
    query: Mapping[str, str], name: str, *, choices: Sequence[str], complaint: str
) -> tuple[str, ...]:
    """A comma-separated choice in the order of `choices`, empty when the parameter is absent or empty.

    Raises:
        ApiError: 400 with `complaint`, whose `{}` becomes the value that is no choice.
    """
    asked = [part for part in query.get(name, "").split(",") if part]
    for part in asked:
        if part not in choices:
            raise ApiError(400, complaint.format(part))
    return tuple(choice for choice in choices if choice in asked)


def _integer(query: Mapping[str, str], name: str, *, default: int) -> int:
    text = query.get(name)
    if text is None:
        return default
    if _INTEGER.fullmatch(text) is None:
        raise ApiError(400, f"Invalid {name}")
    return int(text)
