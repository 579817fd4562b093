"""The pair of /sse and /messages (2024-11-05): a session lives exactly as long as its stream."""

import asyncio
from typing import Any

import pytest


@pytest.mark.parametrize("version", ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"])
async def test_answers_come_by_the_stream(served: Any, version: str) -> None:
    async with served.pair(version) as pair:
        assert pair.endpoint.startswith("/messages?session_id=")
        await pair.send(served.tool("echo", id="x", text="hi"))
        answer = await pair.receive()
    assert answer["id"] == "x"
    assert answer["result"]["content"][0]["text"] == "hi for local"
    assert ("sse", "tools/call", 202) in served.recorder.requests


async def test_the_session_ends_with_its_stream_and_cancels_its_calls(served: Any) -> None:
    async with served.pair() as pair:
        await pair.send(served.tool("slow"))
        async with asyncio.timeout(5):
            await served.toolbox.started.wait()
    await served.eventually(lambda: served.recorder.session_count == 0)
    async with asyncio.timeout(5):
        await served.toolbox.cancelled.wait()
    async with pair.post(served.tool("echo")) as response:
        assert response.status == 404


async def test_progress_and_questions_share_the_stream(served: Any) -> None:
    async with served.pair() as pair:
        await pair.send(served.tool("progress", id=1, token="t"))
        assert [(await pair.receive())["params"]["progress"] for _ in range(3)] == [0, 1, 2]
        assert "result" in await pair.receive()
        for name in ("ask", "ask_alone"):
            await pair.send(served.tool(name, id=name))
            question = await pair.receive()
            result = {"action": "accept", "content": {"name": "Ann"}}
            await pair.send({"jsonrpc": "2.0", "id": question["id"], "result": result})
            assert (await pair.receive())["result"]["content"][0]["text"] == "hello Ann"


async def test_a_cancelled_call_gets_no_answer(served: Any) -> None:
    async with served.pair() as pair:
        await pair.send(served.tool("deaf", id=1))
        async with asyncio.timeout(5):
            await served.toolbox.started.wait()
            await pair.send({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}})
            await served.toolbox.cancelled.wait()
        await pair.send(served.tool("echo", id=2))
        assert (await pair.receive())["id"] == 2


async def test_the_stream_is_kept_alive(serve: Any) -> None:
    served = await serve(keep_alive_s=0.02)
    async with served.pair() as pair:
        assert (await served.next_event(pair.stream, comments=True))[0] == "comment"


async def test_a_slow_reader_loses_its_session(serve: Any) -> None:
    served = await serve(max_queued_messages=4)
    async with served.pair() as pair:
        await pair.send(served.tool("flood", size=2_000_000, count=40))
        await served.eventually(lambda: served.recorder.session_count == 0)


async def test_batches_belong_to_2025_03_26_here_too(served: Any) -> None:
    batch = [served.tool("echo", id=1), served.tool("echo", id=2)]
    async with served.pair("2025-03-26") as pair:
        await pair.send(batch)
        assert {(await pair.receive())["id"], (await pair.receive())["id"]} == {1, 2}
    async with served.pair("2024-11-05") as pair, pair.post(batch) as response:
        assert response.status == 400


async def test_a_post_names_a_session_that_is_there_and_its_own(served: Any) -> None:
    session = await served.session()
    async with served.pair() as pair:
        for path, status in [
            ("/messages", 400),
            ("/messages?session_id=nope", 404),
            (f"/messages?session_id={session.id}", 404),
        ]:
            async with served.client.post(path, json=served.tool("echo")) as response:
                assert response.status == status
                assert "error" in await response.json()
        async with pair.post(served.tool("echo"), **{"X-Who": "bob"}) as response:
            assert response.status == 404
        other = {"Mcp-Session-Id": pair.endpoint.partition("=")[2]}
        async with served.client.post("/mcp", json=served.tool("echo"), headers=other) as response:
            assert response.status == 404
        async with served.client.post(
            pair.endpoint, data=b"{", headers={"Content-Type": "application/json"}
        ) as bad:
            assert bad.status == 400
            assert (await bad.json())["error"]["code"] == -32700
