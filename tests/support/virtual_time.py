"""An event loop whose clock jumps to the next timer when nothing is ready, so tests never wait."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """A loop on which `sleep(30)` takes no time; only for code without real sockets or threads.

    `tick_s` passes in every turn of the loop. Code that reckons with the rounding of floats by looking again a
    moment later never gets on without.
    """

    def __init__(self, tick_s: float = 0.0) -> None:
        super().__init__(_JumpingSelector(self))
        self.now = 0.0
        self.tick_s = tick_s

    def time(self) -> float:
        return self.now


class _JumpingSelector(selectors.SelectSelector):
    """Where a loop waits, and so the place to let the time pass at once."""

    def __init__(self, loop: VirtualTimeLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("deadlock: the test waits for something that no timer and no task will do")
        self._loop.now += max(0.0, timeout) + self._loop.tick_s
        return super().select(0)


def run(main: Coroutine[Any, Any, T], *, tick_s: float = 0.0) -> T:
    """Run `main` to its end on a fresh virtual-time loop."""
    with asyncio.Runner(loop_factory=lambda: VirtualTimeLoop(tick_s)) as runner:
        return runner.run(main)
