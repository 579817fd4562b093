"""Lets one at a time do a thing, of all processes that share a shelf, and nobody for ever."""

import asyncio
import os
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Final

from gateway.auth.shelf import Place, Shelf
from gateway.auth.vault import VaultError

_HOLDER_BYTES: Final = 16

# Who waits does so for a request to Spotify, which takes 100 ms and more.
_FIRST_WAIT_S: Final = 0.01
_LONGEST_WAIT_S: Final = 0.1
_GROWTH: Final = 1.5


class Leases:
    """A lease is a value on the shelf: a random holder and for how long.

    Args:
        shelf: Where the leases are.
        clock: Monotonic seconds.
        sleep: Waits so many seconds.
        chance: Returns numbers from 0 to 1, so that those who wait do not ask in step.
    """

    def __init__(
        self,
        shelf: Shelf,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._shelf = shelf
        self._clock = clock
        self._sleep = sleep
        self._chance = chance

    @asynccontextmanager
    async def held(self, place: Place, *, at_most_s: float) -> AsyncIterator[None]:
        """See `Vault.alone`."""
        mine = os.urandom(_HOLDER_BYTES) + _ms(at_most_s).to_bytes(8, "big")
        try:
            await self._acquire(place, mine)
            yield
        finally:
            # Also after a cancelled attempt, which may have come through. What cannot be released runs out.
            with suppress(VaultError):
                await self._shelf.exchange(place, None, expected=mine, ttl_s=None)

    async def _acquire(self, place: Place, mine: bytes) -> None:
        seen: bytes | None = None
        since = self._clock()
        wait_s = _FIRST_WAIT_S
        while True:
            # A wall clock that was set back would keep a dead holder's lease for as long; our own clock is not.
            over = seen is not None and self._clock() - since >= _length_s(seen)
            answer = await self._shelf.exchange(
                place, mine, expected=seen if over else None, ttl_s=_length_s(mine)
            )
            if answer.done:
                return
            if answer.found != seen:
                seen, since = answer.found, self._clock()
            await self._sleep(wait_s * (0.5 + self._chance()))
            wait_s = min(_LONGEST_WAIT_S, wait_s * _GROWTH)


def _length_s(holder: bytes) -> float:
    return int.from_bytes(holder[_HOLDER_BYTES:], "big") / 1000


def _ms(seconds: float) -> int:
    return max(1, round(seconds * 1000))
