"""Spaces bulk calls evenly over the window, so that slots come home one by one and not all at once.

On a rolling window a burst is paid for one window later: nothing comes home until the burst does, and an urgent
call that arrives in between waits for it, whatever its class. Paced bulk leaves a slot coming home all the time.
The arithmetic is GCRA's: `tat` is when the next call would be due if all came exactly one interval apart.
"""

from collections.abc import Iterable
from math import inf


class Pace:
    """One theoretical arrival time. Times are seconds on one monotonic clock.

    Attributes:
        tat: when the next call is due.
        burst: calls that may run ahead of their due times at once.
    """

    __slots__ = ("burst", "tat")

    def __init__(self, burst: int) -> None:
        self.tat = -inf
        self.burst = burst

    def admits_at(self, interval_s: float) -> float:
        """The soonest time at which the next call keeps the pace of one call per `interval_s`."""
        return self.tat - (self.burst - 1) * interval_s

    def nth_at(self, nth: int, slots: Iterable[tuple[int, float]], *, interval_s: float) -> float:
        """When the nth call from now keeps the pace.

        Args:
            nth: 1 is the next call.
            slots: pairs of a number i up to `nth` and the soonest time at which the ith call finds a slot. A call
                that had to wait for its slot has lost its place, and all behind it are paced from there.
            interval_s: seconds from one call to the next.
        """
        paced = max(at + max(0, nth - i - self.burst + 1) * interval_s for i, at in slots)
        return max(paced, self.tat + (nth - self.burst) * interval_s)

    def take(self, now: float, interval_s: float) -> None:
        """A call leaves, on its due time or not."""
        self.tat = max(self.tat, now) + interval_s

    def refund(self, interval_s: float) -> None:
        """A call that was counted did not leave after all."""
        self.tat -= interval_s
