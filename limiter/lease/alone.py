"""What a node may send without a lease, so that all nodes together still stay within the limit.

`floor` is exact: the store gave the floor only where there was room, and withholds it from the others whether this
node can be heard or not. `freeze` is exact only if all nodes lost the store at once: each then keeps the share of
the window that it had, at most an equal part, until nothing from before is counted, and an equal part after that.
"""

from math import inf

from limiter.lease.config import LeaseConfig


class Alone:
    """Times are seconds on one monotonic clock.

    Attributes:
        floor: slots that the store withholds for this node, as last told.
        known: the store has answered at least once.
        lost: it did not answer the latest question.
    """

    __slots__ = (
        "_equal_part",
        "_fence_at",
        "_fresh_until",
        "_frozen_until",
        "_lease",
        "_part",
        "floor",
        "known",
        "lost",
    )

    def __init__(self, lease: LeaseConfig) -> None:
        self._lease = lease
        self._fence_at = -inf
        self._fresh_until = -inf
        self._frozen_until = inf
        self._part = 0
        self._equal_part = 0
        self.floor = 0
        self.known = False
        self.lost = False

    def heard(self, asked_at: float, *, floor: int, equal_part: int) -> None:
        """The store answered what was first asked at `asked_at`."""
        self.known = True
        self.lost = False
        self.floor = floor
        self._fence_at = asked_at + self._lease.fence_s
        self._fresh_until = asked_at + self._lease.ttl_s
        self._equal_part = equal_part

    def missed(self, now: float, *, used: int, horizon_s: float) -> None:
        """The store did not answer, while `used` calls of this node were in flight or in the window."""
        if not self.lost:
            self.lost = True
            self._part = min(self._equal_part, used)
            self._frozen_until = now + horizon_s

    def allowance(self, now: float) -> int:
        """While fewer calls of this node are in flight or in the window, one more may leave."""
        mode = self._lease.outage_mode
        if mode == "floor":
            # idle node asks seldom -> store emptied -> new node gets all -> idle one uses its floor: so it asks
            # first. One that was heard within a lease reports in time; one that lost the store has nobody to ask.
            trusted = self.lost or now < self._fresh_until
            return self.floor if trusted and now < self._fence_at else 0
        if mode == "freeze" and self.lost:
            return self._part if now < self._frozen_until else self._equal_part
        return 0

    def allowance_bulk(self, now: float) -> int:
        """The same for bulk calls, which leave half of it to urgent ones and have no part in a floor."""
        return self.allowance(now) // 2 if self._lease.outage_mode == "freeze" else 0
