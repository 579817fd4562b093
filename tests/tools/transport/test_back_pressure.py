"""A client that does not read costs what its queue may hold, and nobody else anything."""

import asyncio
import tracemalloc
from typing import Any

import pytest

from tools.transport.outbox import MOST_BYTES, Outbox

MIB = 1024 * 1024


def test_a_queue_is_bounded_in_bytes_as_in_messages() -> None:
    told: list[int] = []
    outbox = Outbox(limit=1000, most_bytes=100, on_overflow=lambda: told.append(1))
    for _ in range(10):
        outbox.put(b"x" * 10)
    assert outbox.open
    outbox.put(b"x")
    assert told == [1]
    assert not outbox.open


async def test_one_message_may_be_larger_than_the_queue_and_what_was_read_counts_no_more() -> None:
    told: list[int] = []
    outbox = Outbox(limit=1000, most_bytes=100, on_overflow=lambda: told.append(1))
    for _ in range(3):
        outbox.put(b"x" * 500)
        assert len(await outbox.take(patience_s=1)) > 500
    assert not told


async def test_a_reader_that_stands_still_does_not_hold_up_the_others(serve: Any) -> None:
    served = await serve(max_queued_messages=8)
    slow, quick = await served.session(), await served.session()
    async with slow.get(), quick.get() as stream, served.pair() as pair:
        call = asyncio.create_task(slow.answer(served.tool("flood", size=2_000_000, count=40)))
        for step in range(20):
            assert "result" in await quick.answer(served.tool("flood", size=step, count=1))
            notice = (await served.next_event(stream))[1]
            assert notice["method"] == "notifications/resources/updated"
            await pair.send(served.tool("echo", id=step))
            assert (await pair.receive())["id"] == step
        assert "error" in await call
        await served.eventually(lambda: served.recorder.session_count == 2)


@pytest.mark.parametrize("wire", ["session", "sse"])
async def test_what_nobody_reads_takes_no_more_memory_than_the_queue_may_hold(serve: Any, wire: str) -> None:
    served = await serve()
    flood = served.tool("flood", size=MIB, count=400)
    tracemalloc.start()
    try:
        if wire == "session":
            session = await served.session()
            async with session.get(), session.post(flood) as response:
                assert response.status == 404
        else:
            async with served.pair() as pair:
                await pair.send(flood)
                await served.eventually(lambda: served.recorder.session_count == 0)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # Once in the queue, once on its way to the socket, and what both ends of the connection hold in this process.
    assert peak < 4 * MOST_BYTES
