"""Sizes and times of a limiter; a constructed config is always usable."""

from dataclasses import dataclass, fields
from math import isfinite


@dataclass(frozen=True, slots=True, kw_only=True)
class LimiterConfig:
    """How much may leave, and how long to hold back. Times are seconds.

    Attributes:
        calls: slots per window. Spotify does not publish the number; the default is a cautious guess.
        window_s: length of the upstream's rolling window.
        guard_s: added to the window for every answered call; 1.05 suits an upstream that counts in whole seconds.
        abort_guard_s: the same for calls that were given up: a proxy may still deliver them afterwards.
        max_waiting: callers that may wait for one client id at a time.
        probe_timeout_s: how long the first call after a pause may take before another may try.
        quota_pause_s: pause after an exhausted quota that came without a usable Retry-After.
        default_pause_s: pause after any other 429 without a usable Retry-After.

    Raises:
        ValueError: a size or time is out of range.
    """

    calls: int = 30
    window_s: float = 30.0
    guard_s: float = 0.05
    abort_guard_s: float = 5.0
    max_waiting: int = 10_000
    probe_timeout_s: float = 10.0
    quota_pause_s: float = 3600.0
    default_pause_s: float = 30.0

    def __post_init__(self) -> None:
        may_be_zero = {"guard_s", "abort_guard_s"}
        for field in fields(self):
            value = getattr(self, field.name)
            if not isfinite(value) or value < 0 or (value == 0 and field.name not in may_be_zero):
                raise ValueError(f"{field.name} is out of range: {value}")
        if self.abort_guard_s < self.guard_s:
            raise ValueError(
                "abort_guard_s must not be below guard_s: a lost call may arrive later than an answered one"
            )
