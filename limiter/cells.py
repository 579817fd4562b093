"""A long rolling window counted in cells, for budgets where a list of every call would be too long to keep.

A call counts until one span after the end of its cell. It is never forgotten early, so no span ever holds more
calls than the limit, and it comes home late by at most one cell: 5-minute cells give away 1/289 of a day.
"""

from collections import deque
from collections.abc import Iterable
from math import floor
from sys import maxsize

from limiter.journal import Spent


class CellWindow:
    """Synchronous arithmetic on times that the caller passes in; all are seconds on one monotonic clock.

    A call is held when it leaves and added when it was answered, for the upstream counts it in between.

    Args:
        limit: calls per span. 0 bounds nothing; what is added still counts, for a limit that is set later.
        span_s: length of the window in seconds.
        cell_s: length of a cell in seconds.

    Raises:
        ValueError: a negative limit, or a length that is not positive.

    Attributes:
        limit: see above.
        held: calls on their way.
        elsewhere: calls of the last span that other processes made and that are not in any cell here.
    """

    __slots__ = ("_cell_s", "_ends", "_span_s", "_used", "elsewhere", "held", "limit")

    def __init__(self, limit: int, span_s: float, cell_s: float) -> None:
        if not (span_s > 0 and cell_s > 0):
            raise ValueError(f"span and cell need a positive length, not {span_s} and {cell_s} seconds")
        self.held = 0
        self.elsewhere = 0
        self._span_s = span_s
        self._cell_s = cell_s
        # Ends of cells, ascending, and the calls in each.
        self._ends: deque[tuple[float, int]] = deque()
        self._used = 0
        self.resize(limit)

    def resize(self, limit: int) -> None:
        """Change the limit; calls already counted stay counted.

        Raises:
            ValueError: a negative limit.
        """
        if limit < 0:
            raise ValueError(f"a window cannot hold {limit} calls; 0 is for one without a limit")
        self.limit = limit

    def hold(self) -> None:
        """A call is on its way."""
        self.held += 1

    def release(self) -> None:
        """A call on its way was answered, so `add` it too, or provably never left."""
        self.held -= 1

    def add(self, now: float, count: int = 1) -> None:
        """So many calls were counted upstream, now at the latest."""
        end = self._end(now)
        if self._ends and self._ends[-1][0] >= end:
            end, before = self._ends.pop()
            self._ends.append((end, before + count))
        else:
            self._ends.append((end, count))
        self._used += count

    def restore(self, spent: Iterable[Spent], now: float) -> None:
        """Count calls of an earlier process too."""
        restored = [(now - each.age_s, each.count) for each in spent if each.age_s < self._span_s]
        self._ends = deque(sorted([*self._ends, *restored]))
        self._used += sum(count for _, count in restored)

    def used(self, now: float) -> int:
        """Calls that count now; amortised O(1)."""
        ends = self._ends
        while ends and ends[0][0] + self._span_s <= now:
            self._used -= ends.popleft()[1]
        return self._used + self.elsewhere

    def room(self, now: float) -> int:
        """How many calls may leave now; negative while a lowered limit is exceeded."""
        return self.limit - self.used(now) - self.held if self.limit else maxsize

    def free_at(self, nth: int, now: float) -> float:
        """Predict when the `nth` call from now (1 is the next) may leave, if every unit is used once it can be.

        Calls on their way count as answered now, the soonest possible, and so do the calls to come.
        """
        if not self.limit:
            return now
        rounds, place = divmod(nth - 1, self.limit)
        at = self._turn(place + 1, now)
        for _ in range(rounds):
            at = self._end(at) + self._span_s
        return at

    def _turn(self, nth: int, now: float) -> float:
        missing = nth - self.room(now)
        if missing <= 0:
            return now
        for end, count in self._ends:
            missing -= count
            if missing <= 0:
                return end + self._span_s
        return self._end(now) + self._span_s

    def _end(self, now: float) -> float:
        # Never below `now`: rounding keeps the order of what it rounds.
        return (floor(now / self._cell_s) + 1) * self._cell_s
