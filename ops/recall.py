"""What this process remembers of Spotify's answers, alone or together with others through Redis."""

import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from cache import PRIVATE_PREFIX, CacheObserver, Generations, LocalGenerations, TieredCache
from cache.shared.config import SharedConfig
from cache.shared.link import connect
from cache.shared.observer import SharedObserver
from cache.shared.tier import RedisTier
from gateway.reader import EXCUSES
from ops.settings import Settings


class Recall:
    """A cache as the settings want it. Open it before the first call.

    Args:
        settings: The process's.
        observer: Hears of every look-up.
        shared_observer: Hears of what passes between this process and Redis.
        on_written: Told what other processes wrote; see `RedisTier`.
        clock: Monotonic seconds.

    Attributes:
        cache: What callers see.
        generations: What writes have changed.
    """

    def __init__(
        self,
        settings: Settings,
        observer: CacheObserver,
        *,
        shared_observer: SharedObserver,
        on_written: Callable[[str, str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        url = settings.cache_redis_url
        # Seeded by the system, each process otherwise. Neither jitter nor stamps need secrecy.
        chance = random.Random()  # noqa: S311
        self._redis = connect(url) if url else None
        self._tier: RedisTier | None = None
        self.generations: Generations = LocalGenerations()
        if self._redis is not None:
            self._tier = RedisTier(
                self._redis,
                SharedConfig(),
                namespace=settings.namespace,
                clock=clock,
                random=chance,
                on_lost=self._lost,
                on_emptied=self._emptied,
                on_purged=self._purged,
                on_written=on_written,
                observer=shared_observer,
            )
            self.generations = self._tier.generations
        self.cache = TieredCache(
            settings.cache,
            clock=clock,
            random=chance,
            store=self._tier.store if self._tier else None,
            excuses=EXCUSES,
            observer=observer,
        )

    @property
    def trouble(self) -> str:
        """Why nothing is shared that should be, or an empty text."""
        if self._tier is None or self._tier.connected:
            return ""
        return "the Redis of the cache cannot be reached, so each process fetches and keeps for itself"

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Keep it open. Redis need not be there."""
        async with AsyncExitStack() as stack:
            if self._redis is not None and self._tier is not None:
                stack.push_async_callback(self._redis.aclose)
                await stack.enter_async_context(self._tier)
            stack.push_async_callback(self.cache.close)
            yield

    def _lost(self) -> None:
        # What was missed can only have been about users: nothing that is public is ever invalidated.
        self.cache.forget(PRIVATE_PREFIX)

    def _emptied(self) -> None:
        self.cache.forget()

    def _purged(self, prefix: str) -> None:
        self.cache.forget(prefix)
