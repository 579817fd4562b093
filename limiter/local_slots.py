"""The slots of a single process: an exact window, a reserve and a pace; bulk never touches the reserve."""

from collections.abc import Iterable
from copy import copy
from math import inf
from typing import Self

from limiter.config import LimiterConfig
from limiter.pace import Pace
from limiter.slots import RESERVED_WINDOWS, reserve_of
from limiter.window import SlotWindow

_SAMPLE = 256
"""Slots that a prediction looks at: it is off by less than a window's 256th, and costs 20 us at most."""

_SMOOTHING = 0.1
"""Weight of the newest call in the mean time that calls take."""


class LocalSlots:
    """Implements `Slots` with a window of its own; see there."""

    def __init__(self, config: LimiterConfig, *, away: Iterable[tuple[float, int]] = ()) -> None:
        """`away` holds pairs (time of return, count), ascending, of slots that an earlier process used."""
        self._window = SlotWindow(
            config.calls, window_s=config.window_s, guard_s=config.guard_s, abort_guard_s=config.abort_guard_s
        )
        for at, count in away:
            self._window.restore(at, count=count)
        self._pace = Pace(config.pace_burst)
        self._reserved_until = -inf
        self._urgent_waiting = 0
        self._bulk_waiting = 0
        self._not_before = -inf

    @property
    def quick(self) -> SlotWindow:
        """See `Slots`."""
        return self._window

    @property
    def limit(self) -> int:
        """See `Slots`."""
        return self._window.limit

    @property
    def window_s(self) -> float:
        """See `Slots`."""
        return self._window.window_s

    @property
    def reachable(self) -> bool:
        """See `Slots`."""
        return True

    @property
    def free(self) -> int:
        """See `Slots`."""
        return self._window.free

    @property
    def left(self) -> int:
        """See `Slots`."""
        return max(0, self._window.free)

    @property
    def used(self) -> int:
        """See `Slots`."""
        return self._window.used

    @property
    def in_flight(self) -> int:
        """See `Slots`."""
        return self._window.in_flight

    def collect(self, now: float) -> None:
        """See `Slots`."""
        self._window.collect(now)

    def take(self, now: float) -> bool:
        """See `Slots`."""
        self._window.collect(now)
        return self._window.take()

    def take_bulk(self, now: float, *, backlog: bool, in_turn: bool = False) -> bool:
        """See `Slots`."""
        window, reserve = self._window, self._reserve(now)
        window.collect(now)
        if window.free <= (0 if in_turn else reserve):
            return False
        interval_s = self._interval_s(reserve)
        if self._pace.admits_at(interval_s) > now and (backlog or window.free <= self._half):
            return False
        self._pace.take(now, interval_s)
        return window.take()

    def settle(self, now: float, *, bulk: bool) -> None:
        """See `Slots`."""
        self._window.settle(now)
        if not bulk:
            self._reserved_until = now + RESERVED_WINDOWS * self._window.window_s

    def lose(self, now: float) -> None:
        """See `Slots`."""
        self._window.lose(now)

    def void(self, *, bulk: bool) -> None:
        """See `Slots`."""
        self._window.void()
        if bulk:
            self._pace.refund(self._interval_s(0))

    def took(self, seconds: float) -> None:
        """See `Slots`."""
        window = self._window
        window.rtt_s += _SMOOTHING * (seconds - window.rtt_s) if window.rtt_s else seconds

    def ramp(self, now: float) -> None:
        """See `Slots`."""
        self._window.ramp(now)

    def resize(self, calls: int) -> None:
        """See `Slots`."""
        self._window.resize(calls)

    def pace(self, burst: int) -> None:
        """See `Slots`."""
        self._pace.burst = burst

    def demand(self, now: float, *, urgent: int, bulk: int) -> None:
        """See `Slots`."""
        del now
        self._urgent_waiting = urgent
        self._bulk_waiting = bulk

    def wake_at(self, now: float, *, urgent: bool, bulk: bool) -> float:
        """See `Slots`."""
        at = inf
        if urgent:
            at = self._window.nth_free_at(1, now)
        if bulk:
            reserve = self._reserve(now)
            paced = self._pace.admits_at(self._interval_s(reserve))
            slot = self._window.nth_free_at(reserve + 1, now)
            at = min(at, max(paced, min(slot, max(now, self._reserved_until)) if reserve else slot))
        return at

    def urgent_at(self, nth: int, now: float) -> float:
        """See `Slots`."""
        now = max(now, self._not_before)
        return self._window.slot_at(nth, now) if nth > 0 else now

    def bulk_at(self, nth: int, now: float, *, ahead: int) -> float:
        """See `Slots`."""
        now = max(now, self._not_before)
        window, reserve = self._window, self._reserve(now)
        if ahead + nth <= 0:
            return now
        if not self._bulk_waiting and not ahead and nth <= window.free - self._half:
            return now
        # The reserve is never used, so what rotates are the other slots.
        turns = window.turns(now)[reserve:]
        count, period_s = len(turns), window.period_s
        last = ahead + nth
        # Each round looks like the one before, so one is enough; of a large window, a sample.
        places = {*range(max(ahead, last - count), last, 1 + count // _SAMPLE), last - 1}
        slots = ((place - ahead + 1, turns[place % count] + place // count * period_s) for place in places)
        return self._pace.nth_at(nth, slots, interval_s=self._interval_s(reserve))

    def rehearsal(self, now: float, start: float, *, probe: bool, ramp: bool) -> Self:
        """See `Slots`."""
        window = self._window.landed(now)
        if probe:
            # The prober finds the window as it is; the ramp begins behind it.
            start = window.slot_at(1, start)
            window.collect(start)
            window.take()
            window.settle(start)
        if ramp:
            window.ramp(start)
        rehearsal = copy(self)
        rehearsal._window = window  # noqa: SLF001  its own kind
        rehearsal._not_before = start  # noqa: SLF001
        return rehearsal

    def _reserve(self, now: float) -> int:
        wanted = self._urgent_waiting or now < self._reserved_until
        return reserve_of(self._window.limit) if wanted else 0

    def _interval_s(self, reserve: int) -> float:
        return self._window.period_s / (self._window.limit - reserve)

    @property
    def _half(self) -> int:
        return self._window.limit - self._window.limit // 2
