"""What one node holds of a shared limit: granted slots, calls in flight, and calls that the window still counts.

The invariant: free + in flight + settled but untold never exceeds what the store counts as this node's lease,
except for slots taken alone, which the store withholds from everybody else.
"""

from bisect import bisect_right, insort
from math import inf


class Holdings:
    """Synchronous arithmetic on times that the caller passes in; all times are seconds on one monotonic clock.

    Attributes:
        in_flight: slots taken and not yet settled, lost or voided.
        untold: times of return of slots that were settled since the last sync.
        unused_bulk: bulk slots given back since the last sync.
    """

    __slots__ = ("_bulk", "_cover", "_home", "_until", "_urgent", "in_flight", "untold", "unused_bulk")

    def __init__(self) -> None:
        self.in_flight = 0
        self.untold: list[float] = []
        self.unused_bulk = 0
        self._urgent = 0
        self._bulk = 0
        self._until = -inf
        self._cover = 0
        # Every slot that was settled, until it comes home; ascending.
        self._home: list[float] = []

    def free(self, now: float) -> int:
        """Granted slots that an urgent call may still use."""
        # Looked at on each use: a loop that was stalled past the end of the lease must not spend it.
        return self._urgent + self._bulk if now < self._until else 0

    def free_bulk(self, now: float) -> int:
        """Granted slots that a bulk call may still use."""
        return self._bulk if now < self._until else 0

    def used(self, now: float) -> int:
        """Calls that the upstream may count in its window, now or once they arrive."""
        del self._home[: bisect_right(self._home, now)]
        return self.in_flight + len(self._home)

    def returns(self, now: float) -> tuple[float, ...]:
        """Times at which settled slots come home."""
        del self._home[: bisect_right(self._home, now)]
        return tuple(self._home)

    def take(self, now: float) -> bool:
        """Use a granted slot for an urgent call: one meant for such a call if there is one."""
        if not self.free(now):
            return False
        if self._urgent:
            self._urgent -= 1
        else:
            self._bulk -= 1
        self.in_flight += 1
        return True

    def take_bulk(self, now: float) -> bool:
        """Use a granted slot for a bulk call."""
        if not self.free_bulk(now):
            return False
        self._bulk -= 1
        self.in_flight += 1
        return True

    def take_alone(self) -> None:
        """Use a slot that nobody granted."""
        self.in_flight += 1

    def settle(self, home_at: float) -> None:
        """A taken slot will be home at `home_at`."""
        self.in_flight -= 1
        insort(self._home, home_at)
        self.untold.append(home_at)

    def void(self, *, bulk: bool) -> None:
        """A taken slot was not used; whoever is next may have it, unless it was taken alone."""
        self.in_flight -= 1
        if bulk:
            self._bulk += 1
        else:
            self._urgent += 1
        self._clip()

    def keep(self, now: float, *, urgent: int, bulk: int) -> int:
        """Give back what is free beyond these numbers, and return how many slots are kept."""
        alive = now < self._until
        kept_urgent = min(self._urgent, urgent) if alive else 0
        kept_bulk = min(self._bulk, bulk) if alive else 0
        self.unused_bulk += self._bulk - kept_bulk
        self._urgent, self._bulk = kept_urgent, kept_bulk
        self._cover = self.in_flight + len(self.untold) + kept_urgent + kept_bulk
        return kept_urgent + kept_bulk

    def tell(self) -> tuple[float, ...]:
        """Hand over what was settled since the last time; the store counts it by itself from now on."""
        told = tuple(self.untold)
        self.untold.clear()
        self._cover -= len(told)
        self.unused_bulk = 0
        return told

    def grant(self, *, urgent: int, bulk: int, cover: int, until: float) -> None:
        """Slots were granted; `cover` is the lease as the store counts it, `until` the end of its use."""
        self._urgent += urgent
        self._bulk += bulk
        self._cover = cover
        self._until = until
        self._clip()

    def drop(self) -> None:
        """Give up every granted slot."""
        self._urgent = self._bulk = self._cover = 0

    def _clip(self) -> None:
        # Slots taken alone while the question was on its way are in no lease, so they use up what it brought.
        excess = self._urgent + self._bulk - max(0, self._cover - self.in_flight - len(self.untold))
        if excess > 0:
            from_bulk = min(self._bulk, excess)
            self._bulk -= from_bulk
            self._urgent -= excess - from_bulk
