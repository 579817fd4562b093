"""What a process hears of the writes of others, on real servers: each once, none of its own, and none in vain."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

import redis_server
from cache.shared.config import SharedConfig
from shared_rig import Process, process, until

QUICK = SharedConfig(rest_s=0.1, heartbeat_s=0.1, silence_s=0.4, backoff_s=0.02, most_backoff_s=0.1)
ANYTHING = ("", "")
LIBRARY, PLAYLISTS = ("u:1", "library"), ("u:1", "playlists")


@pytest.fixture(params=["tracking", "messages"])
def url(request: pytest.FixtureRequest, tmp_path: Path, redis_url: str) -> Any:
    if request.param == "tracking":
        yield redis_url
    else:
        with redis_server.running(tmp_path, "--rename-command", "CLIENT", "") as own:
            yield own


@asynccontextmanager
async def pair(url: str) -> AsyncIterator[tuple[Process, Process]]:
    namespace = uuid4().hex
    async with process(url, namespace=namespace) as one, process(url, namespace=namespace) as other:
        yield one, other


async def test_a_write_is_heard_by_the_others_once_and_not_by_who_wrote(url: str) -> None:
    async with asyncio.timeout(20), pair(url) as (one, other):
        # Making a stamp, and learning it, is no write.
        await one.settled(*LIBRARY)
        await other.settled(*LIBRARY)
        await one.tier.generations.advance("u:1", ["library"])
        await one.tier.generations.advance("u:1", ["library", "playlists"])
        await other.tier.generations.advance("u:1", ["playlists"])
        await until(lambda: len(other.record.news) >= 4 and len(one.record.news) >= 2)
        assert Counter(other.record.news) == Counter([ANYTHING, LIBRARY, LIBRARY, PLAYLISTS])
        assert one.record.news == [ANYTHING, PLAYLISTS]


async def test_who_hears_of_a_write_does_not_find_what_was_before_it(url: str) -> None:
    async with asyncio.timeout(20), pair(url) as (one, other):
        for _ in range(20):
            before, heard = await other.settled(*LIBRARY), len(other.record.news)
            await one.tier.generations.advance("u:1", ["library"])
            await until(lambda heard=heard: len(other.record.news) > heard)  # type: ignore[misc]
            assert await other.settled(*LIBRARY) != before


async def test_after_a_loss_anything_may_have_been_written(redis_url: str) -> None:
    namespace = uuid4().hex
    async with asyncio.timeout(20), process(redis_url, namespace=namespace, config=QUICK) as one:
        await until(lambda: one.tier.connected)
        await one.client.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
        await until(lambda: len(one.record.news) == 2)
        assert one.record.news == [ANYTHING, ANYTHING]
        assert one.tier.connected
