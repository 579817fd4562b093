"""A shutdown ends every stream, lets calls finish, waits for nobody and leaves nothing."""

import asyncio
from typing import Any


async def test_streams_end_at_once_and_the_server_closes_without_waiting(served: Any) -> None:
    session = await served.session()
    async with session.get() as stream, served.pair() as pair:
        async with asyncio.timeout(2):
            await served.client.server.close()
            assert await served.next_event(stream) == ("end", None)
            assert await served.next_event(pair.stream) == ("end", None)
    assert served.recorder.session_count == 0
    assert served.toolbox.closed == ["lifespan"]


async def test_a_reader_that_stopped_reading_does_not_hold_up_the_shutdown(served: Any) -> None:
    session = await served.session()
    async with session.get(), served.pair() as pair:
        assert "result" in await session.answer(served.tool("flood", size=30_000_000, count=1))
        await pair.send(served.tool("flood", size=30_000_000, count=1))
        await served.eventually(lambda: ("sse", "tools/call", 202) in served.recorder.requests)
        async with asyncio.timeout(4):
            await served.client.server.close()
    assert served.recorder.session_count == 0


async def test_a_call_in_progress_is_answered_before_its_stream_ends(served: Any) -> None:
    session = await served.session()
    async with served.pair() as pair, asyncio.timeout(5):
        call = asyncio.create_task(session.answer(served.tool("slow", id="post")))
        await served.toolbox.started.wait()
        await pair.send(served.tool("slow", id="stream"))
        served.transport.begin_shutdown()
        served.transport.begin_shutdown()
        served.toolbox.release.set()
        assert "result" in await call
        assert (await pair.receive())["id"] == "stream"
        assert await served.next_event(pair.stream) == ("end", None)


async def test_nothing_new_begins_during_the_shutdown(served: Any) -> None:
    session = await served.session()
    served.transport.begin_shutdown()
    for answer in (
        served.client.post("/mcp", json=served.hello("2025-11-25")),
        served.client.get("/sse"),
        session.get(),
        session.post(served.tool("echo")),
    ):
        async with answer as response:
            assert response.status == 503
            assert int(response.headers["Retry-After"]) > 0


async def test_what_still_runs_at_the_end_is_cancelled(served: Any) -> None:
    session = await served.session()
    call = asyncio.create_task(session.answer(served.tool("slow")))
    async with asyncio.timeout(5):
        await served.toolbox.started.wait()
        await served.transport.__aexit__(None, None, None)
        assert "ended" in (await call)["error"]["message"]
    assert served.toolbox.cancelled.is_set()
    assert served.recorder.session_count == 0
