"""A clock that costs a hit nothing: never ahead of the real one, and behind it by a step at most.

The step counts from the reading. If the loop is held up, so is the timer that ends the step, and the clock stands
still for that long as well.
"""

import asyncio
from collections.abc import Callable


class CoarseClock:
    """Reads a clock once per step, and only while somebody asks; use it as `now = clock.now or clock.read()`.

    It belongs to the loop on which it is first read, and must be closed before that loop ends.

    Args:
        clock: Monotonic seconds.
        step_s: For how long a reading is good.

    Attributes:
        now: The last reading, or 0.0 once it is too old.
    """

    __slots__ = ("_clock", "_closed", "_step_s", "_timer", "now")

    def __init__(self, clock: Callable[[], float], *, step_s: float = 0.05) -> None:
        self._clock = clock
        self._step_s = step_s
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False
        self.now = 0.0

    def read(self) -> float:
        """Ask the real clock; on a running loop the answer stays in `now` for a step.

        No timer runs while nobody asks. Without a loop, or once closed, nothing stays.
        """
        moment = self._clock()
        # A timer may run already: somebody wanted the exact time, or the time is 0.0 and looks like none.
        if self._timer is None and not self._closed:
            try:
                loop = asyncio.get_running_loop()
            except RuntimeError:
                return moment
            self._timer = loop.call_later(self._step_s, self._forget)
            self.now = moment
        return moment

    def _forget(self) -> None:
        self._timer = None
        self.now = 0.0

    def close(self) -> None:
        """Stop the timer; from now on every reading asks the real clock."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        self._forget()
