"""Processes that share a cache through Redis, each with a record of all that it was told."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import uuid4

from cache.entry import Answer
from cache.shared.config import SharedConfig
from cache.shared.link import connect
from cache.shared.names import Names
from cache.shared.observer import Change, Kind, Mode, Outcome
from cache.shared.tier import RedisTier

ANSWER = Answer(200, b'{"name":"x"}', '"e"')


@dataclass
class Record:
    """An observer, and who is called back."""

    batches: list[tuple[Kind, int, Outcome]] = field(default_factory=list)
    modes: list[Mode] = field(default_factory=list)
    losses: list[str] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    dropped: int = 0
    purged: list[str] = field(default_factory=list)
    news: list[tuple[str, str]] = field(default_factory=list)

    def batch_sent(self, kind: Kind, size: int, *, outcome: Outcome, seconds: float) -> None:
        assert seconds >= 0
        self.batches.append((kind, size, outcome))

    def listening(self, mode: Mode) -> None:
        self.modes.append(mode)

    def lost(self, reason: str) -> None:
        self.losses.append(reason)

    def invalidated(self, change: Change, count: int) -> None:
        self.changes += [change] * count

    def drop(self) -> None:
        self.dropped += 1

    def written(self, owner: str, tag: str) -> None:
        self.news.append((owner, tag))

    def sizes(self, kind: Kind) -> list[int]:
        return [size for one, size, _ in self.batches if one == kind]


@dataclass
class Process:
    """One process: its tier, what it was told, and its client."""

    tier: RedisTier
    record: Record
    client: Any
    names: Names

    async def fetch(self, key: str) -> bytes | None:
        stored = await self.tier.store.get(key)
        return None if stored is None else stored.answer.body

    async def keep(self, key: str, body: bytes = ANSWER.body) -> None:
        await self.tier.store.put(key, Answer(200, body), fresh_s=60, kept_s=600)

    async def stamp(self, owner: str, *tags: str) -> str:
        """What a request would use."""
        generations = self.tier.generations
        return generations.stamp(owner, tags) or await generations.learn(owner, tags)

    async def settled(self, owner: str, *tags: str) -> str:
        """Ask until the stamp is known in process: the first to ask makes it, and hears that it changed."""
        generations = self.tier.generations
        async with asyncio.timeout(5):
            while (stamp := generations.stamp(owner, tags)) is None or generations.stamps.untold():
                await self.tier.generations.learn(owner, tags)
                await asyncio.sleep(0.005)
        return stamp


@asynccontextmanager
async def process(
    url: str,
    *,
    namespace: str = "",
    config: SharedConfig | None = None,
    clock: Callable[[], float] = time.monotonic,
    **options: Any,
) -> AsyncIterator[Process]:
    """Run a process on this Redis; nothing of it is left afterwards."""
    alone = not _tasks()
    record = Record()
    namespace = namespace or uuid4().hex
    async with connect(url) as client:
        tier = RedisTier(
            client,
            config or SharedConfig(),
            namespace=namespace,
            clock=clock,
            random=Random(),
            on_lost=record.drop,
            on_emptied=record.drop,
            on_purged=record.purged.append,
            on_written=record.written,
            observer=record,
            **options,
        )
        async with tier:
            yield Process(tier, record, client, Names(namespace))
    assert not (alone and _tasks())


def _tasks() -> list[str]:
    names = (task.get_name() for task in asyncio.all_tasks())
    return [name for name in names if name.startswith("cache.shared")]


async def until(condition: Callable[[], object], seconds: float = 5.0) -> None:
    """Wait for something that nobody tells."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


async def eventually(ask: Callable[[], Awaitable[object]], seconds: float = 10.0) -> None:
    """Ask until the answer is yes."""
    async with asyncio.timeout(seconds):
        while not await ask():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
