"""Limiters that several processes share through one Redis: ours and the peers', each behind the same thin face."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from functools import partial
from importlib import import_module
from typing import Any, Final, Protocol, TypeAlias

from limiter import LimiterConfig, LimitKey, Priority
from limiter.lease.store import connect
from limiter.shared import SharedLimiter


class Turn(Protocol):
    """A call that may be sent; tell when it was answered."""

    def answered(self) -> None:
        """The call was answered."""
        ...


class Shared(Protocol):
    """One process's side of a shared limiter."""

    async def take(self) -> Turn:
        """Wait for the right to send one call."""
        ...


Open: TypeAlias = Callable[..., AbstractAsyncContextManager[Shared]]
"""Called with url, calls and window in seconds, and the name of this process."""


class Unheard:
    """For limiters that do not care what becomes of a call."""

    def answered(self) -> None:
        """Nobody listens."""


UNHEARD: Final = Unheard()


class _Limits:
    """Asks, and if told no sleeps until the reset time that limits names; 10 ms at least, for that may be now."""

    def __init__(self, limiter: Any, item: Any) -> None:
        self._limiter = limiter
        self._item = item

    async def take(self) -> Turn:
        """Poll as its reset time says."""
        while not await self._limiter.hit(self._item, "key"):
            reset, _ = await self._limiter.get_window_stats(self._item, "key")
            await asyncio.sleep(max(0.01, reset - time.time()))
        return UNHEARD


class _Waiting:
    """A peer that waits by itself."""

    def __init__(self, wait: Callable[[], Any]) -> None:
        self._wait = wait

    async def take(self) -> Turn:
        """Wait as the peer does."""
        await self._wait()
        return UNHEARD


@asynccontextmanager
async def limits(url: str, calls: int, window_s: int, *, node: str, strategy: str) -> AsyncIterator[Shared]:
    """A strategy of limits on its Redis storage, through redis-py."""
    del node
    module = import_module("limits")
    aio = import_module("limits.aio")
    storage = aio.storage.RedisStorage(f"async+{url}", implementation="redispy")
    yield _Limits(getattr(aio.strategies, strategy)(storage), module.RateLimitItemPerSecond(calls, window_s))


@asynccontextmanager
async def throttled(url: str, calls: int, window_s: int, *, node: str, using: str) -> AsyncIterator[Shared]:
    """An algorithm of throttled-py on its Redis store, waiting by itself."""
    del node
    module = import_module("throttled.asyncio")
    quota = module.rate_limiter.per_duration(timedelta(seconds=window_s), limit=calls)
    store = module.RedisStore(server=f"{url}/0")
    yield _Waiting(module.Throttled(key="key", timeout=1e9, using=using, quota=quota, store=store).limit)


@asynccontextmanager
async def pyrate(url: str, calls: int, window_s: int, *, node: str) -> AsyncIterator[Shared]:
    """pyrate-limiter's sorted set in Redis, waiting by itself; it would be trimmed every ten seconds only."""
    del node
    module = import_module("pyrate_limiter")
    async with import_module("redis.asyncio").Redis.from_url(url) as client:
        bucket = await module.RedisBucket.init([module.Rate(calls, window_s * 1000)], client, "key")
        yield _Waiting(module.Limiter(module.SingleBucketFactory(bucket, schedule_leak=False)).try_acquire_async)


class _Ours:
    """Our own, asked as the gateway asks it."""

    def __init__(self, limiter: SharedLimiter) -> None:
        self._limiter = limiter

    async def take(self) -> Turn:
        """Wait for a permit."""
        return await self._limiter.acquire(_KEY, priority=_PRIORITY, deadline=1e12)


_KEY: Final = LimitKey("account", "client", "search")
_PRIORITY: Final = Priority.INTERACTIVE


@asynccontextmanager
async def ours(url: str, calls: int, window_s: int, *, node: str) -> AsyncIterator[Shared]:
    """Slots leased by one script call for many calls."""
    config = LimiterConfig(calls=calls, window_s=window_s, max_waiting=100_000)
    client = connect(url)
    try:
        async with SharedLimiter(config, client, node=node, clock=time.monotonic) as limiter:
            await limiter.join(_KEY.account, _KEY.client_id)
            yield _Ours(limiter)
    finally:
        await client.aclose()


SHARED: Final[Mapping[str, Open]] = {
    "ours": ours,
    "limits moving": partial(limits, strategy="MovingWindowRateLimiter"),
    "limits fixed": partial(limits, strategy="FixedWindowRateLimiter"),
    "limits sliding": partial(limits, strategy="SlidingWindowCounterRateLimiter"),
    "throttled GCRA": partial(throttled, using="gcra"),
    "throttled sliding": partial(throttled, using="sliding_window"),
    "throttled token": partial(throttled, using="token_bucket"),
    "pyrate log": pyrate,
}
"""Every limiter that can be shared through Redis, by name."""
