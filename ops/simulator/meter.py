"""How many calls fit: the rolling rate window and the day quotas, counted by arrival and never approximated."""

import math
from collections import deque
from dataclasses import dataclass
from typing import Final

DAY_S: Final = 86_400.0


class RollingWindow:
    """Arrivals within the half-open interval `(now - window_s, now]`.

    Times are seconds of one clock that never goes backwards.
    """

    __slots__ = ("_arrivals", "_limit", "_window_s")

    def __init__(self, limit: int, window_s: float) -> None:
        self._limit = limit
        self._window_s = window_s
        self._arrivals: deque[float] = deque()

    def wait_s(self, now: float) -> float:
        """Seconds until a call would fit; 0.0 when one fits now."""
        arrivals = self._arrivals
        # The same sum decides who has left and how long to wait, so rounding cannot make the two disagree.
        while arrivals and arrivals[0] + self._window_s <= now:
            arrivals.popleft()
        excess = len(arrivals) - self._limit
        # Harsh windows hold more than the limit: a place is free only when all the excess has left.
        return arrivals[excess] + self._window_s - now if excess >= 0 else 0.0

    def add(self, now: float) -> None:
        """Count an arrival, whether it fits or not."""
        self._arrivals.append(now)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a call does not fit, and the whole seconds (at least 1) after which it may."""

    retry_after: int
    quota: bool


class Meter:
    """The rate window of the application and the quota of each endpoint family, both of which need room."""

    __slots__ = ("_quota_per_day", "_quotas", "_rate")

    def __init__(self, *, limit: int, window_s: float, quota_per_day: int | None) -> None:
        self._rate = RollingWindow(limit, window_s)
        self._quota_per_day = quota_per_day
        self._quotas: dict[str, RollingWindow] = {}

    def refusal(self, family: str, now: float) -> Refusal | None:
        """Why a call of `family` cannot be served now, or None; the rate window speaks before the quota."""
        if wait := self._rate.wait_s(now):
            return Refusal(_whole_seconds(wait), quota=False)
        quota = self._quotas.get(family)
        if quota is not None and (wait := quota.wait_s(now)):
            return Refusal(_whole_seconds(wait), quota=True)
        return None

    def occupy(self, family: str, now: float, *, served: bool) -> None:
        """Count an arrival in the rate window and, when the call is served, in the quota of its family."""
        self._rate.add(now)
        if served and self._quota_per_day is not None:
            self._quotas.setdefault(family, RollingWindow(self._quota_per_day, DAY_S)).add(now)


def _whole_seconds(wait_s: float) -> int:
    return max(1, math.ceil(wait_s))
