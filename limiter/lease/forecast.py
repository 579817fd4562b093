"""When slots will be free, from what the store told last; a prediction is early by what answers still take."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from math import inf
from typing import Final, TypeAlias

from limiter.lease.messages import Both, LeaseReply

BURST = 4


Run: TypeAlias = tuple[float, int]
"""A time at which so many slots can be taken; runs keep a forecast small however large the limit is."""

_PIECES: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """Times are seconds on the node's clock.

    Attributes:
        turns: when the slots of one period can be taken, ascending; those in the past can be taken now.
        period_s: time from one use of a slot to the next.
        limit: slots in all.
        reserve: slots that bulk calls leave untouched.
        waiting: callers in line at other nodes.
        step_s: time between two paced bulk calls.
        tat: theoretical arrival time of the next one (GCRA).
        opens: nothing leaves before.
    """

    turns: tuple[Run, ...]
    period_s: float
    limit: int
    reserve: int = 0
    waiting: Both = field(default_factory=Both)
    step_s: float = 0.0
    tat: float = 0.0
    opens: float = -inf

    @classmethod
    def of(cls, reply: LeaseReply, now: float, *, period_s: float, window_s: float) -> "Forecast":
        """Read a reply that came in at `now`."""
        known = [(now + in_ms / 1000, count) for in_ms, count in reply.coming]
        untold = max(0, reply.total - reply.leased - sum(count for _, count in known))
        # Returns beyond those that were told lie somewhere up to a period ahead; evenly is as good a guess as any.
        later = _spread(untold, known[-1][0] if known else now, now + period_s)
        turns = [(now, max(0, reply.room)), *known, *later, (now + period_s, reply.leased)]
        if reply.ramp is not None:
            turns += _ramp(now - reply.ramp / 1000, now, limit=reply.limit.calls, window_s=window_s)
        opens = now + reply.cold / 1000
        return cls(
            turns=_after(opens, _without(max(0, -reply.room), turns)) or ((now + period_s, 1),),
            period_s=period_s,
            limit=reply.limit.calls,
            reserve=reply.reserve,
            waiting=reply.waiting,
            step_s=reply.step / 1000,
            tat=now + reply.tat / 1000,
        )

    def slot_at(self, nth: int, now: float) -> float:
        """When the `nth` slot from now (1 is the next) can be taken, if every slot is used once it can be."""
        rounds, place = divmod(max(0, nth - 1), sum(count for _, count in self.turns))
        for at, count in self.turns:
            place -= count
            if place < 0:
                return max(now, at) + rounds * self.period_s
        raise AssertionError("the place is below the sum")

    def free(self, now: float) -> int:
        """How many slots nobody uses now."""
        return sum(count for at, count in self.turns if at <= now)

    def urgent_at(self, nth: int, now: float) -> float:
        """When the `nth` urgent caller can leave, behind those who wait at other nodes."""
        return self.slot_at(nth + self.waiting.urgent, now)

    def bulk_at(self, nth: int, now: float, *, ahead: int) -> float:
        """When the `nth` bulk caller can leave, behind `ahead` urgent ones here and all who wait elsewhere."""
        place = nth + ahead + self.waiting.urgent + self.waiting.bulk
        at = self.slot_at(place + self.reserve, now)
        return max(at, self._paced_at(nth + self.waiting.bulk, now, place=place))

    def next_at(self, now: float, *, urgent: bool, bulk: bool) -> float:
        """When it is worth asking again for callers who found nothing."""
        times = [self.slot_at(1, now)] if urgent else []
        if bulk:
            times.append(max(self.slot_at(1 + self.reserve, now), self.tat - (BURST - 1) * self.step_s))
        return min(times)

    def rehearsal(self, now: float, start: float, *, probe: bool, ramp: float) -> "Forecast":
        """See `Slots.rehearsal`; `ramp` is the length of the window if there is one, else 0."""
        start = max(now, start)
        turns = list(_after(start, self.turns))
        if probe:
            start = turns[0][0]
            turns = [*_without(1, turns), (start + self.period_s, 1)]
        if ramp:
            withheld = _ramp(start, start, limit=self.limit, window_s=ramp)
            turns = [*_without(sum(count for _, count in withheld), turns), *withheld]
        return replace(self, turns=_after(start, turns), opens=start, tat=max(self.tat, start))

    def _paced_at(self, nth: int, now: float, *, place: int) -> float:
        calm = self.waiting.bulk == 0 and place <= self.free(now) - self.limit // 2
        return now if calm else max(self.tat, now) + (nth - BURST) * self.step_s


def _after(start: float, turns: Iterable[Run]) -> tuple[Run, ...]:
    return tuple(sorted((max(start, at), count) for at, count in turns if count))


def _without(first: int, turns: Iterable[Run]) -> list[Run]:
    """The turns without the first so many slots."""
    left = []
    for at, count in sorted(turns):
        used = min(first, count)
        first -= used
        left.append((at, count - used))
    return left


def _spread(count: int, start: float, end: float) -> list[Run]:
    """So many slots, evenly over the time from `start` on until `end`."""
    pieces = min(count, _PIECES)
    return [
        (start + (end - start) * i / pieces, count * i // pieces - count * (i - 1) // pieces)
        for i in range(1, pieces + 1)
    ]


def _ramp(start: float, now: float, *, limit: int, window_s: float) -> list[Run]:
    """When slots withheld since `start` are there again: all but a quarter, evenly over a window."""
    spread = _spread(limit - max(1, limit // 4), start, start + window_s)
    return [(at, count) for at, count in spread if at > now]
