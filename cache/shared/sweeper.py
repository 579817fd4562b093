"""Deletes all that is kept of an owner, and tells every process; what fails now is tried again later.

It looks twice. Until the others have heard, they store what they are just loading, perhaps behind the first look.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from cache.shared.lane import UNANSWERED, Lane
from cache.shared.link import Command
from cache.shared.names import Names, encoded
from cache.tasks import Tasks

PURGE_WORD: Final = b"p"
"""What a message about a purge begins with."""

_STEP: Final = 500
"""Keys that the server looks at in one go: some 100 us during which nobody else is served."""
_WAIT_S: Final = 5.0
_MOST_UNDONE: Final = 1000
_MOST_PAUSE: Final = 128
"""Beats between two attempts: about a minute."""
_ARRIVING: Final = 3
"""Beats until what was on its way when the others heard has arrived or was given up."""


class Sweeper:
    """Purges, one step after the other.

    Args:
        names: Of the namespace.
        writes: Carries commands.
        purged: Called with the prefix before the first step; the message calls it again after the last one.
    """

    def __init__(self, names: Names, writes: Lane[Command], *, purged: Callable[[str], None]) -> None:
        self._names = names
        self._writes = writes
        self._purged = purged
        self._tasks = Tasks()
        # Whether the first look is done.
        self._undone: dict[str, bool] = {}
        self._under_way: set[str] = set()
        self._beats = 0
        self._pause = 1

    async def purge(self, prefix: str) -> None:
        """See `Store.purge`. It returns after a few seconds at most; the rest is done in the background."""
        self._purged(prefix)
        self._undone[prefix] = False
        if len(self._undone) > _MOST_UNDONE:
            # What is left of it ends by itself, within seven days.
            del self._undone[next(iter(self._undone))]
        await asyncio.wait({self._tasks.start(self._sweep(prefix), name="cache.shared.sweep")}, timeout=_WAIT_S)

    def beat(self) -> None:
        """Try again what failed; called now and then while Redis can be heard."""
        self._beats += 1
        if not self._undone or self._under_way or self._beats < self._pause:
            return
        prefix = next(iter(self._undone))
        # The next time it is somebody else's turn, and later: where rights are missing it will never succeed.
        self._undone[prefix] = self._undone.pop(prefix)
        self._beats, self._pause = 0, min(2 * self._pause, _MOST_PAUSE)
        self._tasks.start(self._sweep(prefix), name="cache.shared.sweep")

    async def close(self) -> None:
        """End what is under way."""
        await self._tasks.close()

    async def _sweep(self, prefix: str) -> None:
        self._under_way.add(prefix)
        try:
            if await self._delete(self._names.owned(prefix)):
                told = await self._writes.ask(("PUBLISH", self._names.channel, PURGE_WORD + encoded(prefix)))
                if told is not UNANSWERED and not isinstance(told, Exception):
                    self._looked(prefix)
        finally:
            self._under_way.discard(prefix)

    def _looked(self, prefix: str) -> None:
        if self._undone.pop(prefix, True):
            self._pause = 1
        else:
            self._undone[prefix] = True
            self._beats, self._pause = 0, _ARRIVING

    async def _delete(self, pattern: bytes) -> bool:
        cursor: object = 0
        while True:
            found = await self._writes.ask(("SCAN", _number(cursor), "MATCH", pattern, "COUNT", _STEP))
            if not isinstance(found, list | tuple):
                return False
            cursor, names = found
            gone = await asyncio.gather(*(self._writes.ask(("UNLINK", name)) for name in names))
            if any(one is UNANSWERED or isinstance(one, Exception) for one in gone):
                return False
            if not _number(cursor):
                return True


def _number(cursor: object) -> int:
    return int(cursor) if isinstance(cursor, int | bytes | str) else 0
