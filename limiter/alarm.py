"""One timer, moved as needed; at most one is pending, however many wait for it."""

from asyncio import TimerHandle, get_running_loop
from collections.abc import Callable
from math import inf
from typing import Final

# asyncio fires timers early by up to its clock's resolution, uvloop by up to a millisecond. A callback that then
# finds nothing due and asks for the same moment again would spin, so the next ring is never nearer than this.
TICK_S: Final = 0.001


class Alarm:
    """Calls back at a time on the injected clock, give or take a tick; whoever is called sets it anew."""

    __slots__ = ("_at", "_clock", "_ring", "_timer")

    def __init__(self, ring: Callable[[], None], *, clock: Callable[[], float]) -> None:
        self._ring = ring
        self._clock = clock
        self._at = inf
        self._timer: TimerHandle | None = None

    def set(self, at: float) -> None:
        """Ring no later than `at`. An earlier ring stays: looking in vain is cheaper than moving the timer."""
        if at >= self._at:
            return
        self.cancel()
        self._at = at
        self._timer = get_running_loop().call_later(max(TICK_S, at - self._clock()), self._fire)

    def cancel(self) -> None:
        """Do not ring."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._at = inf

    def _fire(self) -> None:
        self._timer = None
        self._at = inf
        self._ring()
