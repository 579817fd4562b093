"""A vault in the memory of this process; it forgets everything with the process."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from math import inf
from typing import Final
from weakref import WeakValueDictionary

_FEW: Final = 64


class MemoryVault:
    """See `Vault`. It belongs to one event loop, and seals nothing.

    Args:
        clock: Seconds, for the times to live. How long somebody is `alone` is up to the loop's own timers.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: dict[tuple[str, str], tuple[bytes, float]] = {}
        self._locks: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()
        self._sweep_at = _FEW

    async def get(self, kind: str, key: str) -> bytes | None:
        """See `Vault.get`."""
        return self._get(kind, key)

    async def put(self, kind: str, key: str, value: bytes, *, ttl_s: float | None = None) -> None:
        """See `Vault.put`."""
        self._put(kind, key, value, ttl_s=ttl_s)

    async def add(self, kind: str, key: str, value: bytes, *, ttl_s: float | None = None) -> bool:
        """See `Vault.add`."""
        return await self.swap(kind, key, value, expected=None, ttl_s=ttl_s)

    async def take(self, kind: str, key: str) -> bytes | None:
        """See `Vault.take`."""
        value = self._get(kind, key)
        self._kept.pop((kind, key), None)
        return value

    async def swap(
        self, kind: str, key: str, value: bytes | None, *, expected: bytes | None, ttl_s: float | None = None
    ) -> bool:
        """See `Vault.swap`."""
        if self._get(kind, key) != expected:
            return False
        self._put(kind, key, value, ttl_s=ttl_s)
        return True

    async def delete(self, kind: str, key: str) -> None:
        """See `Vault.delete`."""
        self._kept.pop((kind, key), None)

    async def count(self, kind: str) -> int:
        """See `Vault.count`."""
        self._sweep()
        return sum(a_kind == kind for a_kind, _ in self._kept)

    @asynccontextmanager
    async def alone(self, kind: str, key: str, *, at_most_s: float) -> AsyncIterator[None]:
        """See `Vault.alone`."""
        lock = self._locks.setdefault((kind, key), asyncio.Lock())
        await lock.acquire()
        inside = True

        def leave() -> None:
            nonlocal inside
            # Once only: after the time was over, the lock is somebody else's.
            if inside:
                inside = False
                lock.release()

        timer = asyncio.get_running_loop().call_later(at_most_s, leave)
        try:
            yield
        finally:
            timer.cancel()
            leave()

    async def close(self) -> None:
        """Do nothing; there is nothing to give up."""

    def _get(self, kind: str, key: str) -> bytes | None:
        value, ends = self._kept.get((kind, key), (None, inf))
        return value if ends > self._clock() else None

    def _put(self, kind: str, key: str, value: bytes | None, *, ttl_s: float | None) -> None:
        if value is None:
            self._kept.pop((kind, key), None)
            return
        self._kept[kind, key] = value, inf if ttl_s is None else self._clock() + ttl_s
        if len(self._kept) >= self._sweep_at:
            self._sweep()
            # Twice as many must come before the next one, so that sweeping costs each write the same little.
            self._sweep_at = 2 * len(self._kept) + _FEW

    def _sweep(self) -> None:
        now = self._clock()
        self._kept = {place: kept for place, kept in self._kept.items() if kept[1] > now}
