"""Background work of one owner; none of it is left when `finish` or `close` returns."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

T = TypeVar("T")

AGAIN_S: Final = 0.05
"""redis-py may swallow a cancellation while it connects or writes, so it is repeated until it is heard."""


class Tasks:
    """Starts tasks and keeps them until they end."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def start(self, work: Coroutine[Any, Any, T], *, name: str) -> "asyncio.Task[T]":
        """Run `work` in a task."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    @property
    def under_way(self) -> "frozenset[asyncio.Task[Any]]":
        """What has been started and has not ended."""
        return frozenset(self._tasks)

    async def finish(self) -> None:
        """Wait for everything that was started; it must end by itself."""
        while self._tasks:
            await asyncio.wait(tuple(self._tasks))

    async def close(self) -> None:
        """Cancel all tasks and wait for their end."""
        while self._tasks:
            for task in tuple(self._tasks):
                task.cancel()
            await asyncio.wait(tuple(self._tasks), timeout=AGAIN_S)
