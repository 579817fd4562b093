"""Single reads that may share a call, in the order in which they board it; nothing here waits or reads a clock."""

from asyncio import Event, Future
from bisect import bisect_right
from collections.abc import Callable
from heapq import nsmallest
from math import inf
from typing import Any, TypeAlias

from cache import Answer, Flight
from gateway.endpoint import Endpoint
from gateway.form import Form, id_of
from gateway.loader import Identity, Loaded
from gateway.params import UpstreamRequest
from limiter import Priority

Outcome: TypeAlias = Loaded | Exception | None
"""What came of a shared call for one of its members; None means that the member must be read alone."""


class Member:
    """One single read that waits for a call to share.

    Attributes:
        item: The id that it asks for.
        calls: Requests that were made on its account so far.
    """

    __slots__ = ("calls", "endpoint", "flight", "future", "item", "known", "priority", "request")

    def __init__(
        self,
        endpoint: Endpoint,
        request: UpstreamRequest,
        *,
        flight: Flight[Any],
        priority: Priority,
        known: Answer | None,
        future: "Future[Outcome]",
    ) -> None:
        self.endpoint = endpoint
        self.request = request
        self.item = id_of(request)
        self.flight = flight
        self.priority = priority
        self.known = known
        self.future = future
        self.calls = 0

    @property
    def deadline(self) -> float:
        """When it gives up; it grows when somebody joins the flight who has more time."""
        return self.flight.deadline

    def resolve(self, outcome: Outcome) -> None:
        """Let it know; nothing happens if it knows already, or has gone."""
        if not self.future.done():
            self.future.set_result(outcome)


class Group:
    """The reads that wait for one batch endpoint, in one name and with one query: any of them may share a call.

    Attributes:
        form: The batch read.
        identity: In whose name.
        query: What the reads have in common.
        flying: Calls under way.
        departs_at: When the next call may ask for its permit; -inf until that is decided.
        hurry: Set when it need not wait for that.
    """

    def __init__(self, form: Form, identity: Identity, query: tuple[tuple[str, str], ...]) -> None:
        self.form = form
        self.identity = identity
        self.query = query
        self.flying = 0
        self.departs_at = -inf
        self.hurry = Event()
        self._lines: tuple[dict[Member, None], ...] = tuple({} for _ in Priority)

    def __len__(self) -> int:
        return sum(map(len, self._lines))

    @property
    def is_full(self) -> bool:
        """Whether a call that left now would have no seat to spare."""
        return len(self) >= self.form.most

    @property
    def is_quiet(self) -> bool:
        """Whether one read waits and the one before has been answered."""
        return len(self) <= 1 and not self.flying

    def waiting(self, priority: Priority) -> list[Member]:
        """Return who waits in one class, in order of arrival."""
        return list(self._lines[priority])

    def has(self, priority: Priority) -> bool:
        """Tell whether anybody waits in one class."""
        return bool(self._lines[priority])

    def soonest(self, priority: Priority) -> float:
        """The first deadline in a class where somebody waits."""
        return min(member.deadline for member in self._lines[priority])

    def join(self, member: Member) -> None:
        """Wait."""
        self._lines[member.priority][member] = None

    def leave(self, member: Member) -> None:
        """Wait no longer; nothing happens if it has boarded or gone."""
        self._lines[member.priority].pop(member, None)

    def board(self) -> list[Member]:
        """Take out as many as a call carries: the most urgent class first, in it the earliest deadline."""
        seated: list[Member] = []
        for line in self._lines:
            # Task.cancel() marks the future at once, but the task runs, and leaves the line, only later.
            for member in [member for member in line if member.future.done()]:
                self.leave(member)
            seated += nsmallest(self.form.most - len(seated), line, key=lambda member: member.deadline)
        for member in seated:
            self.leave(member)
        return seated

    def calls_for(self, priority: Priority, *, newcomers: int = 0) -> int:
        """How many calls those take who wait in this class and more urgent ones, and so many more."""
        return -(-(self._ahead(priority + 1) + newcomers) // self.form.most)

    def has_room(self, newcomer: Member, leaves_at: Callable[[int], float]) -> bool:
        """Tell whether a newcomer, and those who would board after it, would all leave before their deadlines.

        `leaves_at` tells when the group's first call, its second one, and so on leaves.
        """
        before, most = self._ahead(newcomer.priority), self.form.most
        line = self._lines[newcomer.priority]
        # As the last in line it would displace nobody; whom it does has more time than itself.
        if newcomer.deadline >= leaves_at((before + len(line)) // most + 1):
            return True
        deadlines = sorted(member.deadline for member in line)
        place = bisect_right(deadlines, newcomer.deadline)
        deadlines.insert(place, newcomer.deadline)
        return all(
            deadlines[index] >= leaves_at((before + index) // most + 1)
            for index in range(place, len(deadlines))
            if index == place or not (before + index) % most
        )

    def dismiss(self, outcome: Outcome) -> None:
        """Let everybody who waits know the same."""
        for line in self._lines:
            for member in list(line):
                member.resolve(outcome)
            line.clear()

    def _ahead(self, priority: int) -> int:
        return sum(map(len, self._lines[:priority]))
