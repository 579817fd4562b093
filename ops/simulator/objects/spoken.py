"""Access to spoken works: they exist only for a listener whose country is known and has them on sale."""

from collections.abc import Callable, Mapping
from typing import Final, Protocol, TypeVar

from ops.simulator.answers import ApiError
from ops.simulator.lookup import one
from ops.simulator.objects.objects import Json
from ops.simulator.objects.spoken_bodies import Listener
from ops.simulator.params import read_ids
from ops.simulator.routes import Ask

MOST_IDS: Final = 50
POSITION_SCOPE: Final = "user-read-playback-position"


class OnSale(Protocol):
    """Anything sold in some countries."""

    @property
    def markets(self) -> tuple[str, ...]:
        """Codes of these countries."""
        ...


T = TypeVar("T")


def listener(ask: Ask) -> Listener | None:
    """For whom to make objects, or None when no country is known.

    Raises:
        ApiError: 400 for a malformed market.
    """
    market = ask.market
    if market is None:
        return None
    if ask.user is None or POSITION_SCOPE not in ask.scopes:
        return Listener(market)
    return Listener(market, ask.user.id)


def hears(who: Listener | None, work: OnSale) -> bool:
    """Whether a work is available to a listener."""
    return who is not None and who.market in work.markets


def heard(ask: Ask, records: Mapping[str, T], *, work: Callable[[T], OnSale]) -> tuple[T, Listener]:
    """The record that the path's `id` names, and for whom to render it; `work` finds what is on sale.

    Raises:
        ApiError: 400 for a malformed market or identifier, 404 for an unknown record or one not available here.
    """
    who = listener(ask)
    record = one(records, ask.path["id"])
    if who is None or not hears(who, work(record)):
        raise ApiError(404, "Resource not found")
    return record, who


def heard_all(
    ask: Ask, records: Mapping[str, T], *, work: Callable[[T], OnSale], render: Callable[[T, Listener], Json]
) -> list[Json | None]:
    """Objects of the records that `ids` name, null in the place of each that is unknown or not available.

    Raises:
        ApiError: 400 for a malformed market or identifier, for too many of them and for none.
    """
    ids, who = read_ids(ask.query, most=MOST_IDS), listener(ask)
    found = map(records.get, ids)
    return [
        render(record, who) if record is not None and who is not None and hears(who, work(record)) else None
        for record in found
    ]
