"""The border between the line of callers and the slots they wait for; local and shared slots look alike from here.

A shard asks its slots whether a call may leave now and when it might; it never learns where they are counted.
Urgent calls (player control, interactive) may use every slot. Bulk calls (background, crawl) are paced while
others of their kind wait, and leave a reserve untouched for two windows after each urgent call: later nobody would
use it.
"""

from typing import Final, Protocol, Self

from limiter.stock import Stock

RESERVED_WINDOWS: Final = 2
"""Windows for which an urgent call keeps the reserve up."""


class Slots(Protocol):
    """Slots of one client id. All times are seconds on one monotonic clock."""

    @property
    def quick(self) -> Stock:
        """What urgent calls may take from without a look at the clock; of shared slots, always empty."""
        ...

    @property
    def limit(self) -> int:
        """Slots in all."""
        ...

    @property
    def window_s(self) -> float:
        """Length of the upstream's window in seconds."""
        ...

    @property
    def reachable(self) -> bool:
        """Whoever counts the slots can be asked; otherwise none can be had until it can."""
        ...

    @property
    def free(self) -> int:
        """Slots that an urgent call may take now, as far as known."""
        ...

    @property
    def left(self) -> int:
        """Slots that an urgent call could get now, be it from whoever counts them, as far as known."""
        ...

    @property
    def used(self) -> int:
        """Slots in flight or away since an answer, as far as known."""
        ...

    @property
    def in_flight(self) -> int:
        """Slots taken here and not yet settled, lost or voided."""
        ...

    def collect(self, now: float) -> None:
        """Count what has come home, or run out, by now."""
        ...

    def take(self, now: float) -> bool:
        """Use a slot for an urgent call."""
        ...

    def take_bulk(self, now: float, *, backlog: bool, in_turn: bool = False) -> bool:
        """Use a slot for a bulk call.

        Args:
            now: the time.
            backlog: others of its kind wait, so it is paced. Without a backlog it may also use, at once, whatever
                is free beyond half of the limit; the pace then remembers that as a debt.
            in_turn: it has waited so long that it takes turns with urgent callers in line, who have emptied the
                reserve: it need not be full again first. The pace still holds it back.
        """
        ...

    def settle(self, now: float, *, bulk: bool) -> None:
        """A taken slot was answered."""
        ...

    def lose(self, now: float) -> None:
        """A taken slot was given up; its call may still arrive."""
        ...

    def void(self, *, bulk: bool) -> None:
        """A taken slot was not used: provably nothing left this host."""
        ...

    def took(self, seconds: float) -> None:
        """Hear how long a call took from its grant to its answer; predictions allow for it."""
        ...

    def ramp(self, now: float) -> None:
        """A pause is over: start at a quarter of the limit and reach all of it one window later."""
        ...

    def resize(self, calls: int) -> None:
        """Change the limit.

        Raises:
            ValueError: fewer than one slot.
        """
        ...

    def pace(self, burst: int) -> None:
        """Let so many bulk calls leave together while bulk is paced."""
        ...

    def demand(self, now: float, *, urgent: int, bulk: int) -> None:
        """Hear how many callers wait, after each change of the line; local slots need it for predictions only."""
        ...

    def wake_at(self, now: float, *, urgent: bool, bulk: bool) -> float:
        """The soonest time at which a caller in line may find a slot; inf if only news can tell."""
        ...

    def urgent_at(self, nth: int, now: float) -> float:
        """When the nth urgent caller from now (1 is the next) finds a slot, if all are used once they can be."""
        ...

    def bulk_at(self, nth: int, now: float, *, ahead: int) -> float:
        """The same for the nth bulk caller, behind `ahead` urgent ones."""
        ...

    def rehearsal(self, now: float, start: float, *, probe: bool, ramp: bool) -> Self:
        """A copy to foresee the time from `start` on with, before which nothing leaves.

        Args:
            now: the time.
            start: when calls leave again.
            probe: one call, whom no count asked of the copy includes, goes first and is waited for.
            ramp: then only a quarter of the limit may be used, and all of it one window later.
        """
        ...


def reserve_of(limit: int) -> int:
    """Slots that bulk leaves untouched while urgent calls are about: 2 %, two at least, but at most a quarter.

    Simulated at 180 slots beside saturating bulk: 4 in reserve keep interactive calls at the network's own delay
    (p99 0.22 s) and cost 2 % of the throughput; none at all gives a p99 of 2.5 s, 18 cost 10 %.
    """
    return min(max(2, -(-limit // 50)), limit // 4)
