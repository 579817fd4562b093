"""Lets each caller do one thing after the other; nobody waits for others, nor longer than a deadline."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

from gateway.errors import UpstreamTimeoutError


class Turns:
    """One line for each caller; `clock` is monotonic seconds."""

    def __init__(self, *, clock: Callable[[], float]) -> None:
        self._clock = clock
        # Held only while somebody waits or acts, so it cannot grow.
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def next(self, caller: str, deadline: float) -> AsyncIterator[None]:
        """Wait for the turn of `caller`, and keep it.

        Raises:
            UpstreamTimeoutError: It did not come before `deadline`.
        """
        lock = self._locks.setdefault(caller, asyncio.Lock())
        try:
            async with asyncio.timeout(max(0.0, deadline - self._clock())):
                await lock.acquire()
        except TimeoutError:
            raise UpstreamTimeoutError("Earlier commands to the player took too long; try again") from None
        try:
            yield
        finally:
            lock.release()
