"""The official Python client works unmodified, in every mode and over every transport it has."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import mcp_types as types
import pytest
from mcp import Client
from mcp.client.sse import sse_client
from mcp.client.streamable_http import streamable_http_client

MODES = [
    ("http", "2026-07-28", "2026-07-28"),
    ("http", "auto", "2026-07-28"),
    ("http", "legacy", "2025-11-25"),
    ("transport", "auto", "2026-07-28"),
    ("transport", "legacy", "2025-11-25"),
    ("sse", "legacy", "2025-11-25"),
    ("sse", "auto", "2025-11-25"),
]


def connect(served: Any, kind: str, mode: str, **options: Any) -> AbstractAsyncContextManager[Client]:
    targets: dict[str, Callable[[], Any]] = {
        "http": lambda: served.url("/mcp"),
        "transport": lambda: streamable_http_client(served.url("/mcp")),
        "sse": lambda: sse_client(served.url("/sse")),
    }
    return Client(targets[kind](), mode=mode, **options)


@pytest.mark.parametrize(("kind", "mode", "version"), MODES)
async def test_a_client_lists_and_calls_tools_and_leaves_nothing(
    served: Any, kind: str, mode: str, version: str
) -> None:
    seen: list[float] = []

    async def progressed(progress: float, total: float | None, message: str | None) -> None:
        assert (total, message) == (3, "working")
        seen.append(progress)

    async with asyncio.timeout(10), connect(served, kind, mode) as client:
        assert client.protocol_version == version
        assert {tool.name for tool in (await client.list_tools()).tools} >= {"echo", "slow"}
        result = await client.call_tool("echo", {"text": "hi"})
        assert result.content == [types.TextContent(type="text", text="hi for local")]
        await client.call_tool("progress", {}, progress_callback=progressed)
    assert seen == [0, 1, 2]
    await served.eventually(lambda: served.recorder.session_count == 0)
    await served.eventually(lambda: not +served.recorder.streams)


async def test_a_client_too_new_for_the_stateless_wire_falls_back_to_a_session(
    served: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mcp.client._probe.LATEST_MODERN_VERSION", "2099-01-01")
    monkeypatch.setattr("mcp.client._probe.MODERN_PROTOCOL_VERSIONS", ("2099-01-01",))
    async with asyncio.timeout(10), connect(served, "http", "auto") as client:
        assert client.protocol_version == "2025-11-25"


@pytest.mark.parametrize(("kind", "mode", "version"), [mode for mode in MODES if mode[2] == "2025-11-25"])
async def test_a_tool_asks_the_user_of_a_session(served: Any, kind: str, mode: str, version: str) -> None:
    async def fill_in(_context: Any, params: Any) -> types.ElicitResult:
        assert params.message == "Who?"
        return types.ElicitResult(action="accept", content={"name": version})

    async with asyncio.timeout(10), connect(served, kind, mode, elicitation_callback=fill_in) as client:
        result = await client.call_tool("ask", {})
    assert result.content == [types.TextContent(type="text", text=f"hello {version}")]


@pytest.mark.parametrize(("kind", "mode", "version"), MODES)
async def test_giving_up_on_a_call_cancels_it(served: Any, kind: str, mode: str, version: str) -> None:
    async with asyncio.timeout(10), connect(served, kind, mode) as client:
        assert client.protocol_version == version
        call = asyncio.create_task(client.call_tool("slow", {}))
        await served.toolbox.started.wait()
        call.cancel()
        await served.toolbox.cancelled.wait()
        result = await client.call_tool("echo", {"text": "still here"})
        assert result.content == [types.TextContent(type="text", text="still here for local")]


@pytest.mark.parametrize(("kind", "mode", "version"), MODES)
async def test_twenty_clients_at_once_see_their_own_answers(
    served: Any, kind: str, mode: str, version: str
) -> None:
    async def talk(number: int) -> None:
        async with connect(served, kind, mode) as client:
            for step in range(3):
                text = f"{version} {number} {step}"
                result = await client.call_tool("echo", {"text": text})
                assert result.content == [types.TextContent(type="text", text=f"{text} for local")]

    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        for number in range(20):
            group.create_task(talk(number))
    await served.eventually(lambda: served.recorder.session_count == 0)
