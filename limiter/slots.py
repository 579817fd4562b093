"""The border between the line of callers and the slots they wait for; local and shared slots look alike from here.

A shard asks its slots whether a call may leave now and when it might; it never learns where they are counted.
Urgent calls (player control, interactive) may use every slot. Bulk calls (background, crawl) leave a reserve
untouched and are paced while others of their kind wait.
"""

from typing import Protocol


class Stock(Protocol):
    """What a shard may take from without asking anybody; `free` of shared slots is always 0."""

    free: int


class Slots(Protocol):
    """Slots of one client id. All times are seconds on one monotonic clock.

    Attributes:
        limit: slots in all.
        window_s: length of the upstream's window in seconds.
        quick: stock for urgent calls that needs no clock.
    """

    limit: int
    window_s: float
    quick: Stock

    @property
    def free(self) -> int:
        """Slots that an urgent call may take now, as far as known."""

    @property
    def in_flight(self) -> int:
        """Slots taken here and not yet settled, lost or voided."""

    def take(self, now: float) -> bool:
        """Use a slot for an urgent call."""

    def take_bulk(self, now: float, *, backlog: bool, aged: bool = False) -> bool:
        """Use a slot for a bulk call.

        Args:
            now: the time.
            backlog: others of its kind wait, so it is paced; without a backlog it may also use, at once, what is
                free beyond half of the limit.
            aged: it has waited so long that the reserve no longer holds it back (the pace still does).
        """

    def settle(self, now: float) -> None:
        """A taken slot was answered."""

    def lose(self, now: float) -> None:
        """A taken slot was given up; its call may still arrive."""

    def void(self, *, bulk: bool) -> None:
        """A taken slot was not used: provably nothing left this host."""

    def ramp(self, now: float) -> None:
        """A pause is over: start at a quarter of the limit and reach all of it one window later."""

    def resize(self, calls: int) -> None:
        """Change the limit."""

    def demand(self, now: float, *, urgent: int, bulk: int) -> None:
        """Hear how many callers wait, after each change of the line; local slots need not know."""

    def wake_at(self, now: float, *, urgent: bool, bulk: bool) -> float:
        """The soonest time at which a caller in line may find a slot, if known; inf if only news can tell."""

    def urgent_at(self, nth: int, now: float) -> float:
        """When the nth urgent caller from now (1 is the next) finds a slot, if all are used once they can be."""

    def bulk_at(self, nth: int, now: float, *, ahead: int) -> float:
        """The same for the nth bulk caller, behind `ahead` urgent ones."""

    def after_pause(self, now: float, resumes_at: float, *, probing: bool) -> "Slots":
        """A copy to rehearse the time after a pause on: one prober unless one is under way, then the ramp."""
