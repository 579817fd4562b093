"""Slots of a rolling window, counted exactly; free + in flight + away always equals the limit.

A slot is taken when a call is sent and is free again one window after the *answer*. The upstream counted the
call somewhere in between, so two uses of one slot reach it more than a window apart, and N slots never put
more than N calls into any window, however long the network holds a call. A slot anchored at the send loses that
as soon as a delay exceeds its guard; a bucket that refills continuously admits up to 2N - 1.
"""

from bisect import bisect, insort
from collections import deque
from copy import copy
from heapq import merge
from itertools import islice, repeat
from math import inf

from limiter.stock import Stock


class SlotWindow(Stock):
    """Synchronous arithmetic on times that the caller passes in; all times are seconds on one monotonic clock.

    Attributes:
        limit: slots in all.
        window_s: length of the upstream's window in seconds.
        free: slots that may be taken now. Negative while more are in use than a lowered limit allows.
            The rest of what a stock has is for others to set.
        rtt_s: how long a call takes, which predictions assume of calls in flight and to come.
    """

    __slots__ = ("_away_s", "_home", "_lost_s", "_withheld", "limit", "rtt_s", "window_s")

    def __init__(self, calls: int, *, window_s: float, guard_s: float, abort_guard_s: float) -> None:
        super().__init__(free=calls)
        self.limit = calls
        self.window_s = window_s
        self.rtt_s = 0.0
        self._away_s = window_s + guard_s
        self._lost_s = window_s + abort_guard_s
        # Both hold times of return, ascending.
        self._home: deque[float] = deque()
        self._withheld: deque[float] = deque()

    @property
    def in_flight(self) -> int:
        """Slots taken and not yet settled, lost or voided."""
        return self.used - len(self._home)

    @property
    def used(self) -> int:
        """Slots in flight or away since an answer: the calls that the upstream may count now."""
        return self.limit - self.free - len(self._withheld)

    @property
    def period_s(self) -> float:
        """From one use of a slot to the next, if it is used as often as it can be."""
        return self._away_s + self.rtt_s

    def take(self) -> bool:
        """Use a free slot if there is one. It needs no clock: `collect` is for when there is none."""
        if self.free <= 0:
            return False
        self.free -= 1
        return True

    def collect(self, now: float) -> None:
        """Count the slots that have come home; amortised O(1) per slot."""
        for returns in (self._home, self._withheld):
            while returns and returns[0] <= now:
                returns.popleft()
                self.free += 1

    def settle(self, now: float) -> None:
        """A taken slot was answered: it comes home one window and a guard from now."""
        at = now + self._away_s
        if self._home and at < self._home[-1]:
            # Only slots lost within the last abort guard are still ahead, so this moves a handful of entries.
            insort(self._home, at)
        else:
            self._home.append(at)

    def lose(self, now: float) -> None:
        """A taken slot was given up: its call may still be counted upstream, so it stays away longer."""
        self._home.append(now + self._lost_s)

    def void(self) -> None:
        """A taken slot was not used: provably nothing left this host."""
        self.free += 1

    def resize(self, calls: int) -> None:
        """Change the limit. Slots in use beyond a lower one are not recalled but retired as they come home.

        Raises:
            ValueError: fewer than one slot.
        """
        if calls < 1:
            raise ValueError(f"a window needs at least one slot, not {calls}")
        self.free += calls - self.limit
        self.limit = calls

    def ramp(self, now: float) -> None:
        """Start over with a quarter of the limit and reach all of it, evenly, one window from now.

        Withheld slots are away like used ones, only with made-up times of return, so nothing else knows of ramps.
        """
        count = self.limit - max(1, self.limit // 4)
        self.free += len(self._withheld) - count
        self._withheld = deque(now + self.window_s * i / count for i in range(1, count + 1))

    def restore(self, at: float, *, count: int) -> None:
        """Before the first use: `count` slots that an earlier process took come home at `at`. Soonest first."""
        self.free -= count
        self._home.extend([at] * count)

    def next_home(self, now: float) -> float:
        """The soonest time at which a slot comes home, as far as known: a slot in flight may be answered now."""
        return min([now + self._away_s, *islice(self._home, 1), *islice(self._withheld, 1)])

    def nth_free_at(self, nth: int, now: float) -> float:
        """The soonest time at which `nth` slots are free at once, if none is taken until then, as far as known."""
        missing = nth - self.free
        if missing <= 0:
            return now
        returns = islice(merge(self._home, self._withheld), missing - 1, missing)
        return min(now + self._away_s, next(returns, inf))

    def slot_at(self, nth: int, now: float) -> float:
        """Predict when the `nth` slot from now (1 is the next) can be taken, if every slot is used once it can be.

        Calls in flight and to come are taken to last `rtt_s`: the prediction is wrong by at most what they really
        take beyond that, per window passed.
        """
        if self._withheld or (self._home and self._home[-1] > now + self.period_s):
            return self._slot_at_by_rehearsal(nth, now)
        rounds, place = divmod(max(0, nth - 1), self.limit)
        place -= self.free
        if place < 0:
            turn = now
        elif place < len(self._home):
            turn = max(now, self._home[place])
        else:
            turn = now + self.period_s
        return turn + rounds * self.period_s

    def turns(self, now: float) -> list[float]:
        """The soonest time at which each slot can be taken next, ascending."""
        returns = sorted([*self._home, *self._withheld, *repeat(now + self.period_s, self.in_flight)])
        del returns[: max(0, -self.free)]
        due = bisect(returns, now)
        return [now] * (max(0, self.free) + due) + returns[due:]

    def _slot_at_by_rehearsal(self, nth: int, now: float) -> float:
        period_s, turns = self.period_s, self.turns(now)
        # Every slot's turns are one period apart, so their order repeats; but while a lost one is away for more
        # than a period, others come round before it.
        while nth > 1 and turns[-1] - turns[0] > period_s:
            insort(turns, turns.pop(0) + period_s)
            nth -= 1
        rounds, place = divmod(max(0, nth - 1), self.limit)
        return turns[place] + rounds * period_s

    def landed(self, now: float) -> "SlotWindow":
        """A copy to rehearse the future on, in which every call in flight has been answered now."""
        window = copy(self)
        window._home = self._home.copy()  # noqa: SLF001  its own kind
        window._withheld = self._withheld.copy()  # noqa: SLF001
        for _ in range(self.in_flight):
            window.settle(now)
        return window
