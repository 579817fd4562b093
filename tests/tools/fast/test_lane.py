"""What happens around a call: sessions, cancellation, leaving, pace; each runs with the lane and without."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from limiter.inbound import InboundConfig
from mcp_lanes import McpLanes, Server, call, found, listing, mcp_lanes, modern, next_data, post
from raw_http import line

BOTH = pytest.mark.parametrize("side", ["fast", "ordinary"])
CANCELLED = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 7}}


def of(pair: McpLanes, side: str) -> Server:
    server: Server = getattr(pair, side)
    return server


@asynccontextmanager
async def sse(server: Server) -> AsyncIterator[Any]:
    """A client of the pair: `send` posts, `receive` takes the next message."""
    base = f"http://localhost:{server.port}"
    async with aiohttp.ClientSession() as http, http.get(f"{base}/sse") as stream:
        endpoint = await next_data(stream)

        async def send(message: Any) -> None:
            async with http.post(base + endpoint, json=message) as response:
                assert response.status == 202

        async def receive() -> Any:
            return json.loads(await next_data(stream))

        params = {"protocolVersion": "2024-11-05", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
        await send({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params})
        await receive()
        await send({"jsonrpc": "2.0", "method": "notifications/initialized"})
        yield send, receive


@BOTH
async def test_a_call_that_its_client_cancelled_is_not_answered(side: str) -> None:
    async with mcp_lanes() as pair:
        server = of(pair, side)
        headers = await server.session()
        asking = asyncio.create_task(server.ask(post(call("slow", id=7), **headers)))
        await asyncio.wait_for(server.toolbox.started.wait(), 5)
        (refused,) = await server.ask(post(call("echo", id=7), **headers))
        assert refused.status == 400
        await server.ask(post(CANCELLED, **headers))
        (answer,) = await asyncio.wait_for(asking, 5)
        assert server.toolbox.cancelled.is_set()
        assert (answer.status, answer.body) == (200, b"")
        assert answer["Content-Type"] == "text/event-stream"
        await server.heard.until("tool", "slow", "cancelled")


@BOTH
async def test_a_client_that_reads_json_only_learns_of_its_cancellation_by_202(side: str) -> None:
    async with mcp_lanes() as pair:
        server = of(pair, side)
        headers = {**await server.session(), "Accept": "application/json"}
        asking = asyncio.create_task(server.ask(post(call("slow", id=7), **headers)))
        await asyncio.wait_for(server.toolbox.started.wait(), 5)
        await server.ask(post(CANCELLED, **headers))
        assert (await asyncio.wait_for(asking, 5))[0].status == 202


@BOTH
async def test_a_session_that_ends_answers_the_calls_it_was_serving(side: str) -> None:
    async with mcp_lanes() as pair:
        server = of(pair, side)
        headers = await server.session()
        asking = asyncio.create_task(server.ask(post(call("slow", id=7), **headers)))
        await asyncio.wait_for(server.toolbox.started.wait(), 5)
        async with (
            aiohttp.ClientSession() as http,
            http.delete(f"http://localhost:{server.port}/mcp", headers=headers) as gone,
        ):
            assert gone.status == 204
        (answer,) = await asyncio.wait_for(asking, 5)
        assert answer.status == 404
        assert "session ended" in json.loads(answer.body)["error"]["message"]
        assert (await server.ask(post(call("echo"), **headers)))[0].status == 404


@BOTH
async def test_hanging_up_cancels_a_stateless_call(side: str) -> None:
    async with mcp_lanes() as pair:
        server = of(pair, side)

        def hang_up() -> None:
            with line(server.port) as one:
                one.send(modern(call("slow")))
                one.sock.settimeout(0.2)
                with pytest.raises(TimeoutError):
                    one.read()

        await asyncio.to_thread(hang_up)
        await asyncio.wait_for(server.toolbox.cancelled.wait(), 5)
        await server.heard.until("mcp", "modern", "tools/call", 499)
        await server.heard.until("tool", "slow", "cancelled")


@BOTH
async def test_hanging_up_does_not_cancel_a_call_of_a_session(side: str) -> None:
    async with mcp_lanes() as pair:
        server = of(pair, side)
        headers = await server.session()

        def hang_up() -> None:
            with line(server.port) as one:
                one.send(post(call("slow", id=7), **headers))

        await asyncio.to_thread(hang_up)
        await asyncio.wait_for(server.toolbox.started.wait(), 5)
        await server.heard.until("mcp", "session", "tools/call", 499)
        assert not server.toolbox.cancelled.is_set()
        server.toolbox.release.set()
        await server.heard.until("tool", "slow", "ok")


@BOTH
async def test_answers_of_the_pair_come_by_its_stream(side: str) -> None:
    async with mcp_lanes(lambda _, url: found(url)) as pair:
        server = of(pair, side)
        async with sse(server) as (send, receive):
            await send(call("echo", id="a", word="hi"))
            assert (await receive())["result"]["structuredContent"]["word"] == "hi"
            await send(listing(id="b"))
            assert (await receive())["result"]["tools"][0]["name"] == "echo"
            search = call("spotify_search", queries=["crush"], types=["track"])
            costs = []
            for turn in range(4):
                await send({**search, "id": turn})
                answer = await receive()
                costs.append((answer["id"], answer["result"]["structuredContent"]["upstream_calls"]))
            assert costs == [(0, 1), (1, 0), (2, 0), (3, 0)]
            await send(call("echo", id="c", word="no JSON"))
            assert (await receive())["error"]["message"] == "Internal server error"
            await send(call("slow", id=7))
            await asyncio.wait_for(server.toolbox.started.wait(), 5)
            await send(CANCELLED)
            await asyncio.wait_for(server.toolbox.cancelled.wait(), 5)
            await send(call("echo", id="after"))
            assert (await receive())["id"] == "after"
        await server.heard.until("mcp", "sse", "tools/call", 202)


@BOTH
async def test_nobody_uses_the_session_of_another(side: str) -> None:
    async with mcp_lanes() as pair:
        server = of(pair, side)
        headers = await server.session(**{"X-Who": "ann"})
        mine, theirs = await server.ask(
            post(call("echo", word="hi"), **headers), post(call("echo", word="hi"), **{**headers, "X-Who": "bob"})
        )
        assert json.loads(mine.body)["result"]["structuredContent"]["_msg"] == "ann says hi"
        assert theirs.status == 404


@BOTH
async def test_who_sends_too_fast_is_told_when_to_come_back(side: str) -> None:
    async with mcp_lanes(inbound=InboundConfig(per_s=0.5, burst=2, wait_s=0)) as pair:
        server = of(pair, side)
        answers = await server.ask(*[modern(call("echo", word="hi"))] * 3)
        assert [answer.status for answer in answers] == [200, 200, 429]
        assert answers[2]["Retry-After"] == "2"


async def test_a_connection_that_is_to_close_closes() -> None:
    async with mcp_lanes() as pair:

        def ask() -> bool:
            with line(pair.fast.port) as one:
                assert one.ask(modern(call("echo", word="hi"), Connection="close"))["Connection"] == "close"
                return one.at_end()

        assert await asyncio.to_thread(ask)
