"""The Redis of a shared cache, behind a way of its own for each gateway, and all that is done to it."""

import signal
from collections.abc import AsyncIterator, Callable, Container
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from benchmarks.proxy import SlowProxy
from benchmarks.visitors import WRITER
from fleet import Program, redis_cli, redis_program
from ports import free_port

GATEWAYS: Final = 3
PHASE_S: Final = 10.0

Act = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of the rehearsal.

    Attributes:
        name: What happens.
        acts: What is done, and how many seconds after the beginning.
        cut_s: From when to when the gateways cannot hear each other.
    """

    name: str
    acts: tuple[tuple[float, Act], ...] = ()
    cut_s: tuple[float, float] | None = None


class FaultyRedis:
    """Runs it, and lists the phases of the rehearsal."""

    def __init__(self, folder: Path) -> None:
        self._port = free_port()
        self._program: Program = redis_program(folder, self._port)
        self._proxies = [SlowProxy(free_port(), self._port) for _ in range(GATEWAYS)]

    @property
    def urls(self) -> list[str]:
        """Where each gateway finds it."""
        return [f"redis://127.0.0.1:{proxy.port}" for proxy in self._proxies]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Start it; it is dead afterwards."""
        self._program.start()
        try:
            async with AsyncExitStack() as stack:
                for proxy in self._proxies:
                    await stack.enter_async_context(proxy.running())
                yield
        finally:
            self._program.kill()

    def phases(self, look: Callable[..., None]) -> list[Phase]:
        """Everything that is rehearsed; `look` makes people look away and back."""
        program = self._program
        return [
            Phase("quiet"),
            Phase("slower by 0.1 s", ((0, self._slow(0.05)),)),
            Phase("slower by 0.8 s", ((0, self._slow(0.4)), (PHASE_S - 3, self._slow(0)))),
            Phase(
                "stopped for 3 s",
                ((1, lambda: program.signal(signal.SIGSTOP)), (4, lambda: program.signal(signal.SIGCONT))),
                (1, 4),
            ),
            Phase("emptied", ((1, self._told("FLUSHALL")), (4, self._told("FLUSHALL")))),
            Phase("full for 3 s", ((1, self._sized("1")), (4, self._sized("0")))),
            Phase("killed, empty after 3 s", ((1, program.kill), (4, program.start)), (1, 4)),
            Phase(
                "cut off for 3 s, the writer for 6 s",
                (
                    # So that the others load what is new while they cannot be told of it. It must still be there
                    # when they find again what they shared before.
                    (0.9, partial(look, away=True)),
                    (1, self._cut_off(range(GATEWAYS))),
                    (2.5, partial(look, away=False)),
                    (4, self._cut_off([WRITER])),
                    (7, self._cut_off(())),
                ),
                (1, 7),
            ),
            Phase("afterwards"),
        ]

    def _slow(self, delay_s: float) -> Act:
        def act() -> None:
            for proxy in self._proxies:
                proxy.delay_s = delay_s

        return act

    def _cut_off(self, gateways: Container[int]) -> Act:
        def act() -> None:
            for number, proxy in enumerate(self._proxies):
                proxy.cut(off=number in gateways)

        return act

    def _told(self, *words: str) -> Act:
        return lambda: redis_cli(self._port, *words)

    def _sized(self, size: str) -> Act:
        return self._told("CONFIG", "SET", "maxmemory", size)
