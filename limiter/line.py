"""Callers in line: the most urgent class first, a fair turn for each user in it, first come first served per user.

A caller whose family or user has no room is passed over without losing its place. Leaving the line is O(1).
"""

from asyncio import Future
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from heapq import heapify, heappop, heappush
from itertools import chain
from math import inf

from limiter.key import FIRST_BULK, LimitKey, Priority
from limiter.path import Path
from limiter.permit import Permit


class Waiter:
    """One caller in line. Times are seconds on the limiter's clock.

    Attributes:
        path: the budgets that it would spend from.
        priority: its class.
        rank: the class that it stands in; ageing raises it.
        ticket: its number of arrival.
    """

    __slots__ = ("deadline", "future", "path", "priority", "rank", "since", "ticket")

    def __init__(
        self, path: Path, priority: Priority, *, deadline: float, since: float, future: Future[Permit]
    ) -> None:
        self.path = path
        self.priority = priority
        self.rank = priority
        self.deadline = deadline
        self.since = since
        self.future = future
        self.ticket = 0

    @property
    def key(self) -> LimitKey:
        """Whose budget it would spend."""
        return self.path.key

    @property
    def bulk(self) -> bool:
        """It is paced, however long it has waited."""
        return self.priority >= FIRST_BULK

    @property
    def aged(self) -> bool:
        """It has waited so long that it stands in a more urgent class than its own."""
        return self.rank != self.priority


class Flow:
    """The callers of one user in one class; each path has its own lane, so that a shut one holds back no other."""

    __slots__ = ("bulk", "credit", "lanes", "waiting", "weight")

    def __init__(self, weight: int, *, bulk: bool) -> None:
        self.weight = weight
        self.bulk = bulk
        self.credit = weight
        self.waiting = 0
        # A plain dict would do, but finding its first key again after n removals at the front costs O(n).
        self.lanes: dict[Path, OrderedDict[int, Waiter]] = {}

    def first(self, now: float) -> Waiter | None:
        """The caller who has waited longest of those whose path admits them."""
        open_lanes = (lane for path, lane in self.lanes.items() if path.admits(now, bulk=self.bulk))
        tickets = [next(iter(lane.items())) for lane in open_lanes]
        return min(tickets)[1] if tickets else None


class Rank:
    """One class: deficit round robin over its flows. Each in turn is served as often as its weight says."""

    __slots__ = ("_weights", "arrivals", "flows")

    def __init__(self, weights: Mapping[str, int]) -> None:
        self._weights = weights
        self.flows: OrderedDict[tuple[str, bool], Flow] = OrderedDict()
        self.arrivals: OrderedDict[int, Waiter] = OrderedDict()

    def join(self, waiter: Waiter) -> None:
        """Stand behind the others of the same user. Those who aged into this class form a flow of their own."""
        name = (waiter.key.user, waiter.aged)
        flow = self.flows.get(name)
        if flow is None:
            flow = self.flows[name] = Flow(self._weights.get(waiter.key.user, 1), bulk=waiter.bulk)
        flow.lanes.setdefault(waiter.path, OrderedDict())[waiter.ticket] = waiter
        flow.waiting += 1
        self.arrivals[waiter.ticket] = waiter

    def leave(self, waiter: Waiter, *, served: bool) -> bool:
        """Go; False if it had already gone. A flow that was served its share goes behind the others."""
        if self.arrivals.pop(waiter.ticket, None) is None:
            return False
        name = (waiter.key.user, waiter.aged)
        flow = self.flows[name]
        lane = flow.lanes[waiter.path]
        del lane[waiter.ticket]
        if not lane:
            del flow.lanes[waiter.path]
        flow.waiting -= 1
        if not flow.waiting:
            del self.flows[name]
        elif served:
            flow.credit -= 1
            if not flow.credit:
                flow.credit = flow.weight
                self.flows.move_to_end(name)
        return True

    def first(self, now: float, *, urgent: bool, bulk: bool) -> Waiter | None:
        """Whose turn it is, of those who may go."""
        for flow in self.flows.values():
            if (bulk if flow.bulk else urgent) and (waiter := flow.first(now)) is not None:
                return waiter
        return None

    def standing(self, path: Path) -> int:
        """How many callers of `path` stand here that have not aged."""
        flow = self.flows.get((path.key.user, False))
        return len(flow.lanes.get(path, ())) if flow else 0

    def ahead(self, user: str) -> int:
        """How many would be served before a newcomer of `user`, at most."""
        mine = self.flows.get((user, False))
        place = mine.waiting if mine else 0
        if not place:
            # One turn of everybody else comes first.
            return (
                sum(min(flow.waiting, flow.weight) for flow in self.flows.values())
                if self._weights
                else len(self.flows)
            )
        turns = place // (mine.weight if mine else 1) + 1
        return place + sum(
            min(flow.waiting, turns * flow.weight) for flow in self.flows.values() if flow is not mine
        )


class Line:
    """Everybody who waits for one client id."""

    __slots__ = ("_deadlines", "_ranks", "_tickets", "bulk", "waiting")

    def __init__(self, weights: Mapping[str, int]) -> None:
        self.waiting = 0
        self.bulk = 0
        self._ranks = tuple(Rank(weights) for _ in Priority)
        self._deadlines: list[tuple[float, int, Waiter]] = []
        self._tickets = 0

    def __iter__(self) -> Iterator[Waiter]:
        """Everybody in line, on a copy, class by class."""
        return iter(list(chain.from_iterable(rank.arrivals.values() for rank in self._ranks)))

    @property
    def urgent(self) -> int:
        """How many wait who are not paced."""
        return self.waiting - self.bulk

    @property
    def first_rank(self) -> int:
        """The most urgent class in which somebody waits; one past the last if nobody does."""
        return next((priority for priority in Priority if self._ranks[priority].arrivals), len(Priority))

    def join(self, waiter: Waiter) -> None:
        """Stand behind everybody else of the same class and user."""
        self._tickets += 1
        waiter.ticket = self._tickets
        self._ranks[waiter.rank].join(waiter)
        self.waiting += 1
        self.bulk += waiter.bulk
        heappush(self._deadlines, (waiter.deadline, waiter.ticket, waiter))
        self._forget_the_gone()

    def leave(self, waiter: Waiter, *, served: bool = False) -> None:
        """Go, served or not; nothing happens if already gone."""
        if self._ranks[waiter.rank].leave(waiter, served=served):
            self.waiting -= 1
            self.bulk -= waiter.bulk

    def first(self, now: float, *, urgent: bool = True, bulk: bool = True) -> Waiter | None:
        """Whose turn it is, of those whose path admits them; without the urgent, or the bulk, if told so."""
        for rank in self._ranks:
            if rank.arrivals and (waiter := rank.first(now, urgent=urgent, bulk=bulk)) is not None:
                return waiter
        return None

    def age(self, born: float) -> None:
        """Let bulk callers that have waited since `born` count as interactive, in a turn of their own."""
        for rank in self._ranks[FIRST_BULK:]:
            while rank.arrivals and (waiter := next(iter(rank.arrivals.values()))).since <= born:
                rank.leave(waiter, served=False)
                waiter.rank = Priority.INTERACTIVE
                self._ranks[waiter.rank].join(waiter)

    def oldest_bulk(self) -> float:
        """Since when the oldest bulk caller has waited that has not aged yet; inf if there is none."""
        oldest = (next(iter(rank.arrivals.values())).since for rank in self._ranks[FIRST_BULK:] if rank.arrivals)
        return min(oldest, default=inf)

    def ahead(self, path: Path, priority: Priority, now: float, *, all_open: bool) -> tuple[int, int]:
        """How many urgent and how many bulk callers would be served before a newcomer."""
        if not all_open:
            return self._ahead_of_some(path, priority, now)
        before = sum(len(rank.arrivals) for rank in self._ranks[:priority])
        own = self._ranks[priority].ahead(path.key.user)
        if priority < FIRST_BULK:
            return before + own, 0
        return self.urgent, before - self.urgent + own

    def _ahead_of_some(self, path: Path, priority: Priority, now: float) -> tuple[int, int]:
        """The same while families are shut, whose callers stand aside. Rare, so plainly counted, without turns."""
        ahead = [
            waiter
            for waiter in self
            if waiter.rank <= priority
            and (waiter.path.family is path.family or waiter.path.admits(now, bulk=waiter.bulk))
        ]
        bulk = sum(waiter.bulk for waiter in ahead) if priority >= FIRST_BULK else 0
        return len(ahead) - bulk, bulk

    def standing(self, path: Path, priority: Priority) -> int:
        """How many callers of the same path and class are in line."""
        return self._ranks[priority].standing(path)

    def opens_at(self, now: float) -> float:
        """The soonest time at which a path that holds somebody back lets them go; inf if none does."""
        lanes = ((flow.bulk, path) for rank in self._ranks for flow in rank.flows.values() for path in flow.lanes)
        shut = (path.admits_at(now, bulk=bulk) for bulk, path in lanes if not path.admits(now, bulk=bulk))
        return min(shut, default=inf)

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
        return waiter.ticket in self._ranks[waiter.rank].arrivals

    def _forget_the_gone(self) -> None:
        # Leaving does not search the heap, so callers who come and go before far deadlines would pile up there.
        if len(self._deadlines) > 2 * self.waiting + 64:
            self._deadlines = [entry for entry in self._deadlines if self._holds(entry[2])]
            heapify(self._deadlines)
