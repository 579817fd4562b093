"""When a failed call may be repeated; repeats never exceed a share of the successes plus a fixed reserve."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how fast to repeat. Whether a call may be repeated at all is the caller's knowledge.

    Attributes:
        attempts: repeats after the first try.
        base_s: upper bound of the first delay, in seconds; it doubles with each attempt.
        cap_s: upper bound of every delay, in seconds.
    """

    attempts: int = 2
    base_s: float = 0.25
    cap_s: float = 8.0

    def delay_s(self, attempt: int, random: float) -> float:
        """Seconds to wait before repeat number `attempt` (from 0), for a `random` number from [0, 1).

        Full jitter: the whole span is random, because callers that failed together must not return together.
        """
        return random * min(self.cap_s, self.base_s * 2.0**attempt)


class RetryBudget:
    """Tokens that successes earn and repeats spend, so that a failing upstream is not hit harder for failing."""

    __slots__ = ("_cap", "_ratio", "_tokens")

    def __init__(self, ratio: float = 0.1, cap: float = 20.0) -> None:
        self._ratio = ratio
        self._cap = cap
        self._tokens = cap

    def succeeded(self) -> None:
        """Earn the share of a token that one success is worth."""
        self._tokens = min(self._cap, self._tokens + self._ratio)

    def try_spend(self) -> bool:
        """Pay for one repeat; False means: do not repeat, report the failure."""
        if self._tokens < 1.0:
            return False
        self._tokens -= 1.0
        return True
