"""Runs what nobody waits for; every task ends before `close` does."""

import asyncio
from collections.abc import Coroutine
from typing import Any


class Chores:
    """Work that a reply need not wait for. What it runs must not raise and must end by itself."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def do(self, work: Coroutine[Any, Any, Any]) -> None:
        """Start `work`."""
        task = asyncio.get_running_loop().create_task(work, name="cache.chore")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Wait for everything that was started."""
        while self._tasks:
            await asyncio.wait(self._tasks)
