"""The limiter's error tree; every refusal says why and when it would be worth coming back."""

from typing import Literal, TypeAlias

Reason: TypeAlias = Literal["day", "deadline", "paused", "quota", "queue_full", "shutdown", "store"]
"""`day`: the counted day quota has no room for bulk. `quota`: the upstream said that a day quota is spent."""


class LimiterError(Exception):
    """Base of everything that this package raises on purpose."""


class Refused(LimiterError):  # noqa: N818  a refusal is an answer, not a fault
    """The call may not leave, and nothing was spent on it.

    Attributes:
        reason: what stood in the way.
        retry_after_s: seconds after which the same call would be let through, if nobody new joins.
    """

    reason: Reason
    retry_after_s: float

    def __init__(self, reason: Reason, retry_after_s: float = 1.0) -> None:
        super().__init__(f"{reason}: worth another try in {retry_after_s:.3f} s")
        self.reason = reason
        self.retry_after_s = retry_after_s
