"""A shelf that is left alone for a moment after it kept somebody waiting in vain, so that not everybody waits."""

import time
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from cache.shared.breaker import Breaker
from gateway.auth.shelf import Exchange, Place, Shelf
from gateway.auth.vault import VaultError

T = TypeVar("T")

_REST_S: Final = 1.0
_SLOW_S: Final = 0.5
"""What fails sooner keeps nobody waiting, and may concern one value only: a full Redis takes no new ones."""


class _Asking:
    """Asks questions of one kind, one at a time after one was answered late and with an error."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._breaker = Breaker(_REST_S, clock=clock)
        self._trouble = ""

    async def __call__(self, ask: Callable[[], Awaitable[T]]) -> T:
        if not self._breaker.admits():
            raise VaultError(self._trouble)
        since = self._clock()
        try:
            answer = await ask()
        except VaultError as error:
            if self._clock() - since < _SLOW_S:
                self._breaker.worked()
            else:
                self._trouble = str(error)
                self._breaker.failed()
            raise
        except BaseException:
            self._breaker.left()
            raise
        self._breaker.worked()
        return answer


class RestingShelf:
    """See `Shelf`.

    Args:
        shelf: Where things are kept; closed with this one.
        clock: Monotonic seconds.
    """

    def __init__(self, shelf: Shelf, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._shelf = shelf
        # Apart: a file that another program writes to can still be read.
        self._reading, self._writing = _Asking(clock), _Asking(clock)

    async def read(self, place: Place) -> bytes | None:
        """See `Shelf.read`."""
        return await self._reading(lambda: self._shelf.read(place))

    async def replace(self, place: Place, new: bytes | None, *, ttl_s: float | None) -> bytes | None:
        """See `Shelf.replace`."""
        return await self._writing(lambda: self._shelf.replace(place, new, ttl_s=ttl_s))

    async def exchange(
        self, place: Place, new: bytes | None, *, expected: bytes | None, ttl_s: float | None
    ) -> Exchange:
        """See `Shelf.exchange`."""
        return await self._writing(lambda: self._shelf.exchange(place, new, expected=expected, ttl_s=ttl_s))

    async def count(self, kind: str) -> int:
        """See `Shelf.count`."""
        return await self._reading(lambda: self._shelf.count(kind))

    async def close(self) -> None:
        """See `Shelf.close`."""
        await self._shelf.close()
