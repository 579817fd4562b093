"""When slots will be free, from what the store told last; a prediction is early by what answers still take."""

from bisect import insort
from dataclasses import dataclass, field, replace
from math import inf

from limiter.lease.messages import Both, LeaseReply

BURST = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """Times are seconds on the node's clock.

    Attributes:
        turns: ascending times at which the slots of one period can be taken; those in the past can be taken now.
        period_s: time from one use of a slot to the next.
        limit: slots in all.
        reserve: slots that bulk calls leave untouched.
        waiting: callers in line at other nodes.
        step_s: time between two paced bulk calls.
        tat: theoretical arrival time of the next one (GCRA).
        opens: nothing leaves before.
    """

    turns: tuple[float, ...]
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
        known = [now + in_ms / 1000 for in_ms, count in reply.coming for _ in range(count)]
        untold = max(0, reply.total - reply.leased - len(known))
        start = known[-1] if known else now
        # Returns beyond those that were told lie somewhere up to a period ahead; evenly is as good a guess as any.
        later = [start + (now + period_s - start) * (i + 1) / untold for i in range(untold)]
        turns = sorted([*known, *later, *[now + period_s] * reply.leased])
        if reply.ramp is not None:
            turns = sorted(
                [*turns, *_ramp(now - reply.ramp / 1000, now, limit=reply.limit.calls, window_s=window_s)]
            )
        turns = [now] * reply.room + turns if reply.room > 0 else turns[-reply.room :]
        opens = now + reply.cold / 1000
        return cls(
            turns=tuple(max(opens, at) for at in turns) or (now + period_s,),
            period_s=period_s,
            limit=reply.limit.calls,
            reserve=reply.reserve,
            waiting=reply.waiting,
            step_s=reply.step / 1000,
            tat=now + reply.tat / 1000,
        )

    def slot_at(self, nth: int, now: float) -> float:
        """When the `nth` slot from now (1 is the next) can be taken, if every slot is used once it can be."""
        rounds, place = divmod(nth - 1, len(self.turns))
        return max(now, self.turns[place]) + rounds * self.period_s

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
        turns = sorted(max(start, at) for at in self.turns)
        if probe:
            start = turns.pop(0)
            insort(turns, start + self.period_s)
        if ramp:
            withheld = _ramp(start, start, limit=self.limit, window_s=ramp)
            turns = sorted([*turns[len(withheld) :], *withheld])
        return replace(self, turns=tuple(max(start, at) for at in turns), opens=start, tat=max(self.tat, start))

    def _paced_at(self, nth: int, now: float, *, place: int) -> float:
        calm = self.waiting.bulk == 0 and place <= sum(at <= now for at in self.turns) - self.limit // 2
        return now if calm else max(self.tat, now) + (nth - BURST) * self.step_s


def _ramp(start: float, now: float, *, limit: int, window_s: float) -> list[float]:
    """When slots withheld since `start` are there again: all but a quarter, evenly over a window."""
    count = limit - max(1, limit // 4)
    return [at for i in range(1, count + 1) if (at := start + window_s * i / count) > now]
