"""However sessions end, nothing of them is left: no task, no table entry, no open outbox, no object, no key."""

import asyncio
import gc
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from random import Random
from typing import Any
from uuid import uuid4

import pytest

from cache import Owners
from cache.shared.link import connect
from shared_rig import eventually, until
from tools.shared_sessions import RedisSessionStore
from tools.transport.outbox import Outbox
from tools.transport.session import Session

MANY = 8


class Room:
    """A running transport, and all that could be left of what happened in it."""

    def __init__(self, served: Any, client: Any, namespace: str) -> None:
        self.served = served
        self._client = client
        self._namespace = namespace
        self._before = _tasks()

    async def keys(self) -> list[bytes]:
        """The values that Redis holds; what says that a session ended, and goes away by itself, is empty."""
        names = [name async for name in self._client.scan_iter(f"*{self._namespace}*")]
        # -1 is for ever, and -2 is gone.
        assert all([await self._client.ttl(name) in {-2, *range(1801)} for name in names])
        values = [await self._client.get(name) for name in names]
        return [value for value in values if value]

    async def is_empty(self) -> None:
        """Fail unless everything is as it was."""
        served = self.served
        await served.eventually(lambda: served.recorder.session_count == 0 and not +served.recorder.streams)
        await eventually(self._holds_nothing)
        await until(lambda: _tasks() <= self._before)
        await until(lambda: not _alive(Session) and not [box for box in _alive(Outbox) if box.open])

    async def _holds_nothing(self) -> bool:
        return not await self.keys()


def _tasks() -> set[str]:
    """What runs, but for the connections of aiohttp, which outlive their requests."""
    coroutines = {str(getattr(task.get_coro(), "__qualname__", "")) for task in asyncio.all_tasks()}
    return coroutines - {"RequestHandler.start"}


def _alive(kind: type[Any]) -> list[Any]:
    gc.collect()
    return [one for one in gc.get_objects() if isinstance(one, kind)]


@pytest.fixture
async def clients() -> AsyncIterator[list[Any]]:
    opened: list[Any] = []
    yield opened
    for client in opened:
        await client.aclose()


@pytest.fixture
def enter(redis_url: str, clients: list[Any], serve: Any) -> Any:
    async def start(**options: Any) -> Room:
        client, namespace = connect(redis_url), uuid4().hex
        clients.append(client)
        store = RedisSessionStore(
            client, namespace=namespace, owner_of=Owners(b"x").of, clock=time.monotonic, random=Random(1)
        )
        served = await serve(store=store, **options)
        await until(lambda: served.recorder.shares)
        return Room(served, client, namespace)

    return start


async def call_and_listen(served: Any, stack: AsyncExitStack) -> list[Any]:
    """Sessions, each with an open stream and a call that is being served."""
    sessions = [await served.session() for _ in range(MANY)]
    for session in sessions:
        await stack.enter_async_context(session.get())
        served.toolbox.started.clear()
        stack.push_async_callback(asyncio.wait, {asyncio.create_task(session.answer(served.tool("slow")))})
        await served.toolbox.started.wait()
    return sessions


async def test_after_delete(enter: Any) -> None:
    room = await enter()
    async with asyncio.timeout(20), AsyncExitStack() as stack:
        for session in await call_and_listen(room.served, stack):
            async with session.delete() as response:
                assert response.status == 204
    await room.is_empty()


async def test_after_idleness(enter: Any) -> None:
    room = await enter(session_idle_s=0.4)
    for _ in range(MANY):
        session = await room.served.session()
        assert "result" in await session.answer(room.served.tool("echo"))
    room.served.clock.now += 10
    await room.is_empty()


async def test_after_newcomers_took_their_places(enter: Any) -> None:
    room = await enter(max_sessions=2, evict_after_s=0)
    sessions = [await room.served.session() for _ in range(MANY)]
    assert room.served.recorder.session_count == 2
    await until(lambda: len(_alive(Session)) == 2)
    statuses = []
    for session in sessions:
        async with session.delete() as response:
            statuses.append(response.status)
    assert statuses == [404] * (MANY - 2) + [204] * 2
    await room.is_empty()


async def test_after_clients_hung_up(enter: Any) -> None:
    room = await enter()
    async with asyncio.timeout(20), AsyncExitStack() as stack:
        for _ in range(MANY):
            pair = await stack.enter_async_context(room.served.pair())
            room.served.toolbox.started.clear()
            await pair.send(room.served.tool("slow"))
            await room.served.toolbox.started.wait()
        assert room.served.recorder.session_count == MANY
    await room.is_empty()


async def test_after_readers_were_too_slow(enter: Any) -> None:
    room = await enter(max_queued_messages=4)
    for _ in range(2):
        session = await room.served.session()
        async with session.get(), session.post(room.served.tool("flood", size=2_000_000, count=40)) as response:
            assert response.status == 404
    async with room.served.pair() as pair:
        await pair.send(room.served.tool("flood", size=2_000_000, count=40))
        await room.served.eventually(lambda: room.served.recorder.session_count == 0)
    await room.is_empty()


async def test_after_a_failed_initialize(enter: Any) -> None:
    room = await enter()
    for _ in range(MANY):
        async with room.served.client.post("/mcp", json=room.served.request("initialize", {})) as response:
            assert "error" in await response.json()
    await room.is_empty()


async def test_after_the_shutdown(enter: Any) -> None:
    room = await enter()
    async with asyncio.timeout(20), AsyncExitStack() as stack:
        await call_and_listen(room.served, stack)
        pair = await stack.enter_async_context(room.served.pair())
        await pair.send(room.served.tool("slow"))
        kept = asyncio.create_task(room.served.client.server.close())
        await room.served.eventually(lambda: room.served.transport.running)
        room.served.toolbox.release.set()
        await kept
    # Whoever comes back finds another process. Without one, this is gone when the idle time is over.
    assert len(await room.keys()) == MANY
    assert not _alive(Session)
    assert not [box for box in _alive(Outbox) if box.open]
