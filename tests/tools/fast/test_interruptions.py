"""What comes in pieces, ends early or comes too soon is served, reported and cleaned up alike with and without."""

import asyncio
import json
from typing import Any

import aiohttp
import pytest

from mcp_lanes import McpLanes, Server, call, essence, listing, mcp_lanes, modern, next_data, post
from raw_http import line, request

BOTH = pytest.mark.parametrize("side", ["fast", "ordinary"])
HELLO = {"protocolVersion": "2024-11-05", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}


def of(pair: McpLanes, side: str) -> Server:
    server: Server = getattr(pair, side)
    return server


@pytest.mark.parametrize(
    "at", [1, 60, -1, -60], ids=["in the first line", "in the head", "at the end", "in the body"]
)
async def test_a_request_in_pieces_is_answered_alike(at: int) -> None:
    data = modern(call("echo", word="hi"))

    async with mcp_lanes() as pair:

        def ask(port: int) -> Any:
            with line(port) as one:
                one.send(data[:at])
                one.sock.settimeout(0.05)
                with pytest.raises(TimeoutError):
                    one.sock.recv(1)
                one.sock.settimeout(5)
                one.send(data[at:], data)
                return essence(one.read()), essence(one.read())

        told = [await asyncio.to_thread(ask, server.port) for server in (pair.fast, pair.ordinary)]
        assert told[0] == told[1]
        assert not pair.fast.passed


@BOTH
async def test_a_client_that_leaves_amid_its_body_is_reported_once(side: str) -> None:
    async with mcp_lanes() as pair:
        server = of(pair, side)

        def leave() -> None:
            with line(server.port) as one:
                one.send(modern(call("echo", word="hi"))[:-1])
                one.sock.settimeout(0.05)
                with pytest.raises(TimeoutError):
                    one.sock.recv(1)

        await asyncio.to_thread(leave)
        await server.heard.until("mcp", "modern", "none", 499)
        await server.heard.until("http", "/mcp", "POST", 499)
        assert len(server.heard.events) == 2


@BOTH
async def test_bytes_after_a_body_are_the_next_request(side: str) -> None:
    hidden = modern(call("echo", word="two"))
    bodies = [
        modern(call("echo", word="one")),
        modern(call("nothing")),
        modern(call("echo"), **{"X-Who": "stranger"}),
    ]
    async with mcp_lanes() as pair:

        def ask() -> list[int]:
            with line(of(pair, side).port) as one:
                one.send(*(data for body in bodies for data in (body, hidden)))
                return [one.read().status for _ in range(6)]

        assert await asyncio.to_thread(ask) == [200, 200, 400, 200, 401, 200]


@BOTH
async def test_nothing_is_answered_before_the_handshake(side: str) -> None:
    async with mcp_lanes() as pair:
        base = f"http://localhost:{of(pair, side).port}"
        async with aiohttp.ClientSession() as http, http.get(f"{base}/sse") as stream:
            endpoint = await next_data(stream)
            for message in (call("echo", word="hi"), {"jsonrpc": "2.0", "id": 2, "method": "tools/list"}):
                async with http.post(base + endpoint, json=message) as response:
                    assert response.status == 202
                assert json.loads(await next_data(stream))["error"]["message"] == "Invalid request parameters"
            hello = {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": HELLO}
            async with http.post(base + endpoint, json=hello) as response:
                assert response.status == 202
            assert "result" in json.loads(await next_data(stream))


@BOTH
async def test_a_call_that_is_cancelled_before_it_begins_leaves_nothing(side: str) -> None:
    cancelled = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 7}}
    async with mcp_lanes() as pair:
        server = of(pair, side)
        async with aiohttp.ClientSession() as http, http.get(f"http://localhost:{server.port}/sse") as stream:
            path = await next_data(stream)
            hello = {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": HELLO}
            await server.ask(post(hello, path=path))

            def ask() -> None:
                with line(server.port) as one, line(server.port) as other:
                    # Both are read in the same turn of the loop, so the call is cancelled before its first step.
                    for _ in range(50):
                        one.send(post(call("echo", id=7), path=path))
                        other.send(post(cancelled, path=path))
                        assert one.read().status == 202
                        assert other.read().status == 202

            await asyncio.to_thread(ask)


@BOTH
async def test_a_reader_who_stops_reading_loses_its_session_and_nobody_else_notices(side: str) -> None:
    async with mcp_lanes(max_queued_messages=5) as pair:
        server = of(pair, side)

        def stall() -> list[int]:
            with line(server.port) as stream, line(server.port) as one:
                stream.send(request("/sse"))
                stream.read()
                while not (text := stream.text()).startswith("data: "):
                    pass
                path = text.removeprefix("data: ").strip()
                hello = {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": HELLO}
                statuses = [one.ask(post(hello, path=path)).status]
                while statuses[-1] == 202 and len(statuses) < 10_000:
                    statuses.append(one.ask(post(listing(id=len(statuses)), path=path)).status)
                return [*statuses, one.ask(modern(call("echo"))).status]

        statuses = await asyncio.to_thread(stall)
        assert set(statuses[:-2]) == {202}
        assert statuses[-2:] == [404, 200]
        await server.heard.until_alone()


@BOTH
async def test_answers_to_a_stream_that_ended_go_nowhere(side: str) -> None:
    async with mcp_lanes() as pair:
        server = of(pair, side)

        def leave() -> list[int]:
            with line(server.port) as one:
                with line(server.port) as stream:
                    stream.send(request("/sse"))
                    stream.read()
                    while not (text := stream.text()).startswith("data: "):
                        pass
                    path = text.removeprefix("data: ").strip()
                    hello = {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": HELLO}
                    statuses = [one.ask(post(hello, path=path)).status]
                    one.send(*(post(listing(id=number), path=path) for number in range(1, 50)))
                return statuses + [one.read().status for _ in range(49)]

        assert set(await asyncio.to_thread(leave)) <= {202, 404}
        await server.heard.until_alone()
