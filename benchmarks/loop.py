"""Virtual time for code that nobody wrote for it: a loop that jumps to its next timer, and clocks that follow it.

Peers read `time.time()` and friends, some through names bound at import. So `virtualise` must run before they are
imported, and what it installs asks the running loop: under a `VirtualLoop` they see its time, elsewhere the real.
"""

import asyncio
import selectors
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from typing import Any, TypeVar

T = TypeVar("T")

EPOCH_S = 1_800_000_000.0
# A turn of a loop and the reading of a clock take time. Without it, whoever asks a clock again and again until it
# moves never ends: pyrate and throttled look in whole milliseconds, aiolimiter sets timers a rounding error ahead.
READING_S = 1e-6


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop on which `sleep(30)` takes no time and threads do not exist: their work is done on the spot.

    Args:
        start_s: what the monotonic clock shows at first.
    """

    def __init__(self, start_s: float) -> None:
        super().__init__(_JumpingSelector(self))
        self.now = start_s

    def time(self) -> float:
        """The virtual monotonic time in seconds."""
        return self.now

    def read_s(self) -> float:
        """The time as code reads it that was not given this loop as its clock."""
        self.now += READING_S
        return self.now

    def run_in_executor(  # type: ignore[override]  # the base class declares a coroutine and returns a future
        self, executor: Executor | None, func: Callable[..., T], *args: Any
    ) -> asyncio.Future[T]:
        """Call `func` now: a real thread would end at a moment that depends on the machine."""
        del executor
        future: asyncio.Future[T] = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:  # noqa: BLE001  whatever it is belongs to whoever awaits the future
            future.set_exception(error)
        return future


class _JumpingSelector(selectors.SelectSelector):
    """Where a loop waits, and so the place to let the time pass at once."""

    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("deadlock: something waits for what no timer and no task will do")
        self._loop.now += max(READING_S, timeout)
        return super().select(0)


def run(main: Coroutine[Any, Any, T], *, start_s: float = 1000.0) -> T:
    """Run `main` to its end on a fresh virtual loop."""
    with asyncio.Runner(loop_factory=lambda: VirtualLoop(start_s)) as runner:
        return runner.run(main)


def virtualise() -> None:
    """Make the clocks of `time` follow the running `VirtualLoop`, if there is one, for the rest of the process."""
    for name, per_s, start in (
        ("time", 1.0, EPOCH_S),
        ("time_ns", 1e9, EPOCH_S),
        ("monotonic", 1.0, 0.0),
        ("monotonic_ns", 1e9, 0.0),
        ("perf_counter", 1.0, 0.0),
    ):
        setattr(time, name, _following(getattr(time, name), per_s=per_s, start=start))


def _following(real: Callable[[], float], *, per_s: float, start: float) -> Callable[[], float]:
    running = asyncio._get_running_loop  # noqa: SLF001  the public one raises where there is none
    whole = per_s != 1.0

    def read() -> float:
        loop = running()
        if not isinstance(loop, VirtualLoop):
            return real()
        value = (start + loop.read_s()) * per_s
        return int(value) if whole else value

    return read
