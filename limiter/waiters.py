"""Callers in line: first come, first served among those whose family may go; leaving the line is O(1).

Each family has its own lane, for an exhausted quota must hold back its own family and nobody else.
"""

from asyncio import Future
from collections import OrderedDict
from collections.abc import Iterator
from heapq import heapify, heappop, heappush
from math import inf

from limiter.key import LimitKey, Priority
from limiter.pause import Pause
from limiter.permit import Permit
from limiter.quotas import Quotas


class Waiter:
    """One caller in line. Times are seconds on the limiter's clock."""

    __slots__ = ("deadline", "future", "key", "priority", "since", "ticket")

    def __init__(
        self, key: LimitKey, priority: Priority, *, deadline: float, since: float, future: Future[Permit]
    ) -> None:
        self.key = key
        self.priority = priority
        self.deadline = deadline
        self.since = since
        self.future = future
        self.ticket = 0


class Lane:
    """The callers of one family, oldest first, and the pause of that family's quota."""

    __slots__ = ("quota", "waiters")

    def __init__(self, quota: Pause) -> None:
        self.quota = quota
        # A plain dict would do, but finding its first key again after n removals at the front costs O(n).
        self.waiters: OrderedDict[int, Waiter] = OrderedDict()


class Line:
    """All lanes of one window, and everybody's deadlines."""

    __slots__ = ("_deadlines", "_lanes", "_quotas", "_tickets", "waiting")

    def __init__(self, quotas: Quotas) -> None:
        self.waiting = 0
        self._quotas = quotas
        self._lanes: dict[str, Lane] = {}
        self._deadlines: list[tuple[float, int, Waiter]] = []
        self._tickets = 0

    def __iter__(self) -> Iterator[Waiter]:
        """Everybody in line, on a copy, lane by lane."""
        return iter([waiter for lane in self._lanes.values() for waiter in lane.waiters.values()])

    def lane(self, family: str) -> Lane:
        """The lane of a family, made on first use."""
        lane = self._lanes.get(family)
        if lane is None:
            lane = self._lanes[family] = Lane(self._quotas.pause(family))
        return lane

    def join(self, waiter: Waiter) -> None:
        """Stand behind everybody else."""
        self._tickets += 1
        waiter.ticket = self._tickets
        self.lane(waiter.key.family).waiters[waiter.ticket] = waiter
        self.waiting += 1
        heappush(self._deadlines, (waiter.deadline, waiter.ticket, waiter))
        self._forget_the_gone()

    def leave(self, waiter: Waiter) -> None:
        """Go, served or not; nothing happens if already gone."""
        if self.lane(waiter.key.family).waiters.pop(waiter.ticket, None) is not None:
            self.waiting -= 1

    def first(self, now: float) -> Waiter | None:
        """The caller who has waited longest of those whose quota lets them go."""
        tickets = [
            next(iter(lane.waiters.items()))
            for lane in self._lanes.values()
            if lane.waiters and lane.quota.admits_at <= now
        ]
        return min(tickets)[1] if tickets else None

    def ahead(self, family: str, now: float) -> int:
        """How many would be served before a newcomer of this family."""
        mine = self.lane(family)
        return sum(len(x.waiters) for x in self._lanes.values() if x is mine or x.quota.admits_at <= now)

    def admits_at(self) -> float:
        """The soonest time at which the quota of somebody in line lets them go."""
        return min((x.quota.admits_at for x in self._lanes.values() if x.waiters), default=inf)

    def overdue(self, now: float) -> Iterator[Waiter]:
        """Everybody in line whose deadline has come, soonest first; whoever is yielded has left."""
        while self.next_deadline() <= now:
            waiter = heappop(self._deadlines)[2]
            self.leave(waiter)
            yield waiter

    def next_deadline(self) -> float:
        """The soonest deadline in line."""
        deadlines = self._deadlines
        while deadlines and not self._holds(deadlines[0][2]):
            heappop(deadlines)
        return deadlines[0][0] if deadlines else inf

    def _holds(self, waiter: Waiter) -> bool:
        return waiter.ticket in self.lane(waiter.key.family).waiters

    def _forget_the_gone(self) -> None:
        # Leaving does not search the heap, so callers who come and go before far deadlines would pile up there.
        if len(self._deadlines) > 2 * self.waiting + 64:
            self._deadlines = [entry for entry in self._deadlines if self._holds(entry[2])]
            heapify(self._deadlines)
