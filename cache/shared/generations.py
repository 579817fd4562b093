"""Stamps that all processes share: what one advances, no other finds any more as soon as it hears of it."""

import asyncio
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Final

from cache.shared.config import SharedConfig
from cache.shared.lane import UNANSWERED, Lane
from cache.shared.link import Command
from cache.shared.names import Names
from cache.shared.stamps import Stamps, keys_of
from cache.tasks import Tasks

STAMP_MS: Final = 7 * 24 * 3600 * 1000
"""Nothing is kept for longer, so nothing depends on a stamp that has gone."""

MADE_UP: Final = "~"
"""What a stamp begins with that Redis does not know."""

STAMP_WORD: Final = b"g"
"""What a message about a stamp begins with; its key comes next, then a newline and the name of who changed it."""

_MOST_PER_BEAT: Final = 50
_MOST_BYTES: Final = 64
_TRIES: Final = 2


class SharedGenerations:
    """See `Generations`. While Redis is away the stamps are this process's own; what it advanced is told later.

    Args:
        names: Of the namespace.
        reads: Carries names, and brings values.
        writes: Carries commands.
        fresh: Makes texts that no process made before.
        config: Bounds.

    Attributes:
        name: Tells this process's words from those of others.
    """

    def __init__(
        self,
        names: Names,
        reads: Lane[bytes],
        *,
        writes: Lane[Command],
        fresh: Callable[[], str],
        config: SharedConfig,
    ) -> None:
        self._names = names
        self._reads = reads
        self._writes = writes
        self._fresh = fresh
        self.name = fresh()
        self.stamps = Stamps(fresh, most=config.most_stamps, most_untold=config.most_untold)
        self._tasks = Tasks()
        self._telling: asyncio.Task[None] | None = None

    def stamp(self, owner: str, tags: Iterable[str]) -> str | None:
        """See `Generations.stamp`."""
        return self.stamps.stamp(keys_of(owner, tags))

    async def learn(self, owner: str, tags: Iterable[str]) -> str:
        """See `Generations.learn`."""
        keys = keys_of(owner, tags)
        parts = self.stamps.parts(keys)
        missing = [key for key, part in parts.items() if part is None] if self.stamps.trusted else []
        learned = dict(zip(missing, await asyncio.gather(*map(self._learn, missing)), strict=True))
        stamp = self.stamps.stamp(keys)
        if stamp is not None:
            return stamp
        if any(part.startswith(MADE_UP) for part in learned.values()):
            self.stamps.disown(keys)
        # Something changed meanwhile. Who asked before that may still have what was right then.
        return self.stamps.joined({key: part or learned[key] for key, part in parts.items()})

    async def advance(self, owner: str, tags: Iterable[str]) -> None:
        """See `Generations.advance`."""
        keys = keys_of(owner, tags)[1:]
        self.stamps.change(keys)
        untold = self.stamps.untold()
        await self._tell({key: untold[key] for key in keys if key in untold} or untold)

    async def replay(self) -> bool:
        """Tell Redis all that it does not know; whether that is done. What is new since then has time."""
        before = self.stamps.untold()
        await self._tell(before)
        return before.items().isdisjoint(self.stamps.untold().items())

    def beat(self) -> None:
        """Try again what failed; called now and then while the others can be heard."""
        self.stamps.reconsider()
        some = dict(islice(self.stamps.untold().items(), _MOST_PER_BEAT))
        if some and (self._telling is None or self._telling.done()):
            self._telling = self._tasks.start(self._tell(some), name="cache.shared.tell")

    async def close(self) -> None:
        """End what is under way; what Redis was not told by now, it never will be."""
        self.stamps.distrust()
        await self._tasks.close()

    async def _learn(self, key: str) -> str:
        mark = self.stamps.begin(key)
        try:
            value = await self._read(key)
            stamp = f"{MADE_UP}{self._fresh()}" if value is None else value
            self.stamps.learned(key, mark, stamp, doubtful=value is None)
        finally:
            self.stamps.ended(key, mark)
        return stamp

    async def _read(self, key: str) -> str | None:
        name = self._names.stamp(key)
        for _ in range(_TRIES):
            value = await self._reads.ask(name)
            if isinstance(value, bytes):
                return value.decode("latin-1") if len(value) <= _MOST_BYTES else None
            if value is UNANSWERED:
                return None
            mine = self._fresh()
            made = await self._writes.ask(("SET", name, mine, "NX", "PX", STAMP_MS))
            if made is UNANSWERED or isinstance(made, Exception):
                return None
            if made:
                return mine
        return None

    async def _tell(self, changes: dict[str, int]) -> None:
        await asyncio.gather(*(self._tell_one(key, number) for key, number in changes.items()))

    async def _tell_one(self, key: str, number: int) -> None:
        name = self._names.stamp(key)
        done = await self._writes.ask(("SET", name, self._fresh(), "PX", STAMP_MS))
        if isinstance(done, Exception):
            # A full server takes nothing in, but it still forgets; whoever misses the stamp makes a new one.
            done = await self._writes.ask(("UNLINK", name))
        if done is UNANSWERED or isinstance(done, Exception):
            return
        # After the answer, not in one batch: who hears of it asks at once, and must find what is new.
        news = STAMP_WORD + name.removeprefix(self._names.stamps) + b"\n" + self.name.encode()
        heard = await self._writes.ask(("PUBLISH", self._names.channel, news))
        if heard is not UNANSWERED and not isinstance(heard, Exception):
            self.stamps.told(key, number)
