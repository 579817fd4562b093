"""Keeps one connection on which something is heard; while it runs, one that ends is followed by another."""

import asyncio
from collections.abc import Awaitable, Callable

from redis.asyncio.connection import AbstractConnection
from redis.exceptions import RedisError

from cache.shared.backoff import Backoff
from cache.tasks import Tasks


class Hearing:
    """Connects from `start` to `close`, again and again, with pauses that grow while it does not work.

    Args:
        connection: Makes a connection that is not connected yet.
        hear: Connects it and hears until it ends; calls `works` once it hears.
        lost: Told the kind of error after which a connection was given up.
        backoff: Waits before the next attempt.
        name: Of the task.

    Attributes:
        tried: Set after the first attempt to connect, however it ended.
    """

    def __init__(
        self,
        connection: Callable[[], AbstractConnection],
        hear: Callable[[AbstractConnection], Awaitable[None]],
        *,
        lost: Callable[[str], None],
        backoff: Backoff,
        name: str,
    ) -> None:
        self._connection = connection
        self._hear = hear
        self._lost = lost
        self._backoff = backoff
        self._name = name
        self._tasks = Tasks()
        self.tried = asyncio.Event()

    def start(self) -> None:
        """Begin."""
        self._tasks.start(self._for_ever(), name=self._name)

    def works(self) -> None:
        """Take note that the connection is there and hears."""
        self._backoff.worked()
        self.tried.set()

    async def close(self) -> None:
        """End it."""
        await self._tasks.close()

    async def _for_ever(self) -> None:
        while True:
            connection = self._connection()
            try:
                await self._hear(connection)
            except (RedisError, OSError) as error:
                self._lost(type(error).__name__)
            finally:
                await connection.disconnect(nowait=True)
            self.tried.set()
            await self._backoff.pause()
