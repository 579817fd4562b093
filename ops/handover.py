"""Where the MCP sessions of this process are kept, so that another process can go on with them."""

import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from cache.shared.link import connect
from ops.settings import Settings
from tools.shared_sessions import RedisSessionStore
from tools.transport import NoStore, SessionStore


class Handover:
    """A session store as the settings want it. Open it before the transport that uses it, and close it after.

    Args:
        settings: The process's.
        clock: Monotonic seconds.

    Attributes:
        store: What the transport asks.
    """

    def __init__(self, settings: Settings, *, clock: Callable[[], float] = time.monotonic) -> None:
        # That of the budget, not of the cache: what is dropped for want of room is a session that ends too early.
        url = settings.redis_url.get_secret_value()
        self._redis = connect(url) if url else None
        self.store: SessionStore = NoStore()
        if self._redis is not None:
            self.store = RedisSessionStore(
                self._redis,
                namespace=settings.namespace,
                owner_of=settings.owners.of,
                clock=clock,
                random=random.Random(),  # noqa: S311 - jitter needs no secrecy
            )

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Keep it open. Redis need not be there."""
        async with AsyncExitStack() as stack:
            if self._redis is not None:
                stack.push_async_callback(self._redis.aclose)
            yield
