"""An event loop whose clock jumps to the next timer when nothing is ready, so tests never wait."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """A loop on which `sleep(30)` takes no time; only for code without real sockets or threads."""

    def __init__(self) -> None:
        super().__init__()
        self._now = 0.0
        real_select = self._selector.select

        def select(timeout: float | None = None) -> Any:
            if timeout is not None and timeout > 0:
                self._now += timeout
            elif timeout is None:
                raise RuntimeError("deadlock: the test waits for something that no timer and no task will do")
            return real_select(0)

        self._selector.select = select

    def time(self) -> float:
        return self._now


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run `main` to its end on a fresh virtual-time loop."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(main)
