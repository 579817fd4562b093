"""The border of this package: what a limiter can be asked, however and wherever it keeps its slots."""

from dataclasses import dataclass
from typing import Protocol

from limiter.key import LimitKey, Priority
from limiter.permit import Permit


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitStatus:
    """One moment of one client id's window.

    Attributes:
        limit: slots in all.
        window_s: length of the window in seconds.
        free: slots that may be taken now.
        in_flight: permits without an outcome.
        waiting: callers in line.
        reset_s: seconds until a slot is free, 0 if one is.
        paused_s: seconds that a 429 still holds the key back.
        day_limit: calls of the key's family on its account in rolling 24 hours; 0 if not counted.
        day_used: how many of them are used.
        day_reset_s: seconds until one of them is free, 0 if one is.
    """

    limit: int
    window_s: float
    free: int
    in_flight: int
    waiting: int
    reset_s: float
    paused_s: float
    day_limit: int = 0
    day_used: int = 0
    day_reset_s: float = 0.0


class Limiter(Protocol):
    """Decides when a call may leave."""

    async def acquire(self, key: LimitKey, priority: Priority, *, deadline: float) -> Permit:
        """Wait for the right to send one call. A free slot is granted without a look at clock or deadline.

        Args:
            key: whose budget to spend.
            priority: how urgent the call is.
            deadline: time on the limiter's monotonic clock, in seconds, until which the caller is willing to wait.

        Raises:
            Refused: the wait would not, or did not, end before the deadline; or nobody can wait now.
        """
        ...

    def predict(self, key: LimitKey, *, priority: Priority = Priority.INTERACTIVE, calls: int = 1) -> float:
        """Seconds until the last of `calls` newcomers would be let through, pauses and those in line included."""
        ...

    def status(self, key: LimitKey) -> LimitStatus:
        """How the key's window stands now."""
        ...

    async def close(self) -> None:
        """Refuse everybody in line and every newcomer. Permits already granted may still be reported."""
        ...
