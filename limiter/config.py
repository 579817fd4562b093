"""Sizes and times of a limiter; a constructed config is always usable."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
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
        pace_burst: bulk calls that may leave together while bulk is paced.
        ageing_windows: windows after which a bulk caller in line counts as interactive.
        day_calls: calls per account and family in rolling 24 hours, 0 if not counted. Bulk stops there; control
            and interactive calls are counted and go on.
        discover_up_to: largest window to look for, if its size is unknown; 0 keeps to `calls`. The search begins
            at `calls` and costs a 429 now and then.
        user_calls: slots that one user may use of a window, 0 for all.
        family_calls: slots that a family may use of a window.
        own_limits: families that the upstream also limits by themselves: a 429 there stops them and nobody else.
        weights: share of a user among the users of a class, 1 if not named.

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
    pace_burst: int = 4
    ageing_windows: float = 2.0
    day_calls: int = 0
    discover_up_to: int = 0
    user_calls: int = 0
    family_calls: Mapping[str, int] = field(default_factory=dict)
    own_limits: frozenset[str] = frozenset()
    weights: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        may_be_zero = {"guard_s", "abort_guard_s", "day_calls", "user_calls", "discover_up_to"}
        for each in fields(self):
            value = getattr(self, each.name)
            if isinstance(value, frozenset):
                continue
            for number in value.values() if isinstance(value, Mapping) else [value]:
                if not isfinite(number) or number < 0 or (number == 0 and each.name not in may_be_zero):
                    raise ValueError(f"{each.name} is out of range: {number}")
        if 0 < self.discover_up_to < self.calls:
            raise ValueError(
                f"discover_up_to must not be below calls, where the search begins: {self.discover_up_to}"
            )
        if self.abort_guard_s < self.guard_s:
            raise ValueError(
                "abort_guard_s must not be below guard_s: a lost call may arrive later than an answered one"
            )
