"""What a node and the store say to each other: JSON, in whole milliseconds from when it was said.

A reply is foreign input. It is checked field by field, and one that does not fit counts as lost.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from json import dumps
from math import ceil
from typing import Annotated, Final, Literal, TypeAlias, TypeVar

from pydantic import Field, TypeAdapter, ValidationError

from limiter.errors import LimiterError

Count: TypeAlias = Annotated[int, Field(ge=0, le=10**9)]
Ms: TypeAlias = Annotated[int, Field(ge=0, le=10**12)]
T = TypeVar("T")

# Rounding up to a grid makes one entry of what settled together; it costs a slot 12 ms of 30 s on average.
GRID_MS: Final = 25


class StoreError(LimiterError):
    """The store did not answer, or answered what cannot be used; the question may or may not have been heard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Both:
    """A number for urgent calls and one for bulk calls."""

    urgent: Count = 0
    bulk: Count = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A limit; the highest version holds, and of one version the smallest number."""

    calls: Annotated[int, Field(ge=1, le=10**9)]
    version: Count = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseTold:
    """A pause that the account shares.

    Attributes:
        rest: ms until its end.
        mark: tells it apart from earlier and later pauses of its scope.
        probing: ms for which nobody else may try its end, 0 if anybody may.
    """

    rest: Ms
    mark: int
    probing: Ms = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseRequest:
    """One sync. Times are seconds on the node's clock; `encode` makes them relative each time it is sent.

    Attributes:
        node: name of the asking process.
        seq: number of this question; the same one is asked until it is answered.
        epoch: the epoch that the node knows, empty for none.
        join: the node tells all that it has in its window, because the store does not know it.
        home: times at which slots come home: those settled since the last sync, or all of them when joining.
        in_flight: slots in use and not settled.
        keep: granted slots that the node holds on to.
        want: slots wanted beyond those.
        wait: callers in line.
        aged: a bulk caller has waited so long that the reserve does not hold it back.
        unused_bulk: bulk slots that were granted and came back unused.
        ramp_at: when the node saw a pause end, None if it did not.
        limit: the limit as the node wants or knows it.
        calls: calls sent since the last sync, by family.
        pauses: ends of pauses that the store may not know, by scope.
        floor: the floor that the node relies on, told when joining.
        members: the nodes it knows and their floors, told when joining.
        sums: the day's calls as the node knows them, told when joining.
    """

    node: str
    seq: int
    epoch: str
    join: bool
    home: tuple[float, ...]
    in_flight: int
    keep: int
    want: Both
    wait: Both
    aged: bool
    unused_bulk: int
    ramp_at: float | None
    limit: Limit
    calls: Mapping[str, int]
    pauses: Mapping[str, float]
    floor: int = 0
    members: Mapping[str, int] = field(default_factory=dict)
    sums: Mapping[str, int] = field(default_factory=dict)

    def encode(self, now: float, terms: Mapping[str, float]) -> str:
        """The question as sent at `now`, with the `terms` that are the same in every sync."""
        asked: dict[str, object] = {
            **terms,
            "node": self.node,
            "seq": self.seq,
            "epoch": self.epoch,
            "join": self.join,
            "home": _runs(self.home, now),
            "in_flight": self.in_flight,
            "keep": self.keep,
            "want": {"urgent": self.want.urgent, "bulk": self.want.bulk},
            "wait": {"urgent": self.wait.urgent, "bulk": self.wait.bulk},
            "aged": self.aged,
            "unused_bulk": self.unused_bulk,
            "limit": {"calls": self.limit.calls, "version": self.limit.version},
            "calls": dict(self.calls),
            "pauses": {scope: ms(until - now) for scope, until in self.pauses.items()},
            "floor": self.floor,
            "members": dict(self.members),
            "sums": dict(self.sums),
        }
        if self.ramp_at is not None:
            asked["ramp"] = ms(now - self.ramp_at)
        return dumps(asked)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseReply:
    """Answer to a sync; times are ms from when it was made.

    Attributes:
        status: `rejoin`: the store does not know the node, and nothing was done. `stale`: answered long ago.
        epoch: the store's memory began with it.
        urgent, bulk: slots granted.
        room: slots that nobody uses and this node could have had; negative while more are used than it may.
        total: slots in use everywhere. leased: those of them without a known time of return.
        floor: slots that the node may use without asking.
        members: nodes that share the limit, and their floors.
        cold: time for which nothing may be granted, as far as known.
        coming: the next times of return, with how many slots.
        waiting: callers in line at other nodes.
        limit: the limit.
        reserve: slots that bulk calls leave untouched.
        step: time between two paced bulk calls. tat: their theoretical arrival time (GCRA).
        ramp: time since a pause ended, None once the limit is whole again.
        pauses: all pauses of the account, by scope.
        sums: calls of the last 24 hours, by family.
    """

    status: Literal["ok", "rejoin", "stale"]
    epoch: Annotated[str, Field(max_length=200)]
    urgent: Count = 0
    bulk: Count = 0
    room: int = 0
    total: Count = 0
    leased: Count = 0
    floor: Count = 0
    members: dict[str, Count] = field(default_factory=dict)
    cold: Ms = 0
    coming: tuple[tuple[Ms, Count], ...] = ()
    waiting: Both = field(default_factory=Both)
    limit: Limit = field(default_factory=lambda: Limit(calls=1))
    reserve: Count = 0
    step: Ms = 0
    tat: Ms = 0
    ramp: Ms | None = None
    pauses: dict[str, PauseTold] = field(default_factory=dict)
    sums: dict[str, Count] = field(default_factory=dict)

    @staticmethod
    def parse(text: object) -> "LeaseReply":
        """Read what the store said.

        Raises:
            StoreError: it is not a reply.
        """
        return _parse(_REPLY, text)


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseReply:
    """Answer to a change of a pause: whether it was made, and how the pause stands, None if there is none."""

    done: bool
    pause: PauseTold | None = None

    @staticmethod
    def parse(text: object) -> "PauseReply":
        """Read what the store said.

        Raises:
            StoreError: it is not a reply.
        """
        return _parse(_PAUSE, text)


_REPLY: Final = TypeAdapter(LeaseReply)
_PAUSE: Final = TypeAdapter(PauseReply)


def _parse(adapter: TypeAdapter[T], text: object) -> T:
    if not isinstance(text, str | bytes):
        raise StoreError("the store answered with something that is not text")
    try:
        return adapter.validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise StoreError(f"the store's answer cannot be used: {where}: {first['msg']}") from None


def ms(seconds: float) -> int:
    """Whole milliseconds, rounded up."""
    return max(0, ceil(seconds * 1000))


def _runs(times: tuple[float, ...], now: float) -> list[tuple[int, int]]:
    """Pairs of (ms from now, how many); times that have passed are nobody's concern any more."""
    counts: dict[int, int] = {}
    for at in times:
        if at > now:
            slot = -(-ms(at - now) // GRID_MS) * GRID_MS
            counts[slot] = counts.get(slot, 0) + 1
    return sorted(counts.items())
