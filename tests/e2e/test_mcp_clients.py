import sys
from contextlib import AsyncExitStack
from typing import Any

import pytest
from mcp import Client, ClientSession, StdioServerParameters
from mcp.client.sse import sse_client
from mcp.client.stdio import stdio_client

from gateway.catalogue import CATALOGUE
from house import running

CALL = {"queries": ["Paper Lanterns", "тихий семафор"], "types": ["track", "artist"], "limit": 2}


def check(result: Any) -> None:
    assert not result.is_error
    first, second = result.structured_content["batches"]
    assert first["items"][0]["name"] == "Paper Lanterns"
    assert first["items"][0]["artists"] == ["Nightjar Avenue"]
    assert [item["name"] for item in second["items"] if item["type"] == "artist"] == ["Тихий Семафор"]
    assert result.content[0].text == result.structured_content["_msg"]


@pytest.mark.parametrize("mode", ["auto", "legacy", "2026-07-28"])
async def test_the_official_client_searches_in_every_mode(mode: Any) -> None:
    async with running() as house, Client(f"{house.base}/mcp", mode=mode) as client:
        tools = (await client.list_tools()).tools
        assert [tool.name for tool in tools] == ["spotify_search"]
        check(await client.call_tool("spotify_search", CALL))


async def test_the_official_client_searches_over_http_with_sse() -> None:
    async with (
        running() as house,
        sse_client(f"{house.base}/sse") as (read, write),
        ClientSession(read, write) as session,
    ):
        await session.initialize()
        assert [tool.name for tool in (await session.list_tools()).tools] == ["spotify_search"]
        check(await session.call_tool("spotify_search", CALL))


@pytest.mark.parametrize("mode", ["auto", "legacy", "2026-07-28"])
async def test_the_official_client_searches_over_stdio(mode: Any) -> None:
    server = StdioServerParameters(command=sys.executable, args=["-m", "ops", "stdio", "--demo"])
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(Client(stdio_client(server), mode=mode))
        check(await client.call_tool("spotify_search", CALL))


async def test_every_operation_is_a_tool_where_the_settings_ask_for_it() -> None:
    async with running(TOOLSETS="full") as house, Client(f"{house.base}/mcp") as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert len(tools) == 1 + len(CATALOGUE)
        found = await client.call_tool("get_track", {"id": "N5Nsdg2e67FsJcAciO5tNI"})
        assert '"name":"Paper Lanterns"' in getattr(found.content[0], "text", "")
        paused = await client.call_tool("pause_a_users_playback", {})
        assert [getattr(content, "text", "") for content in paused.content] == ["Done."]
        wrong = await client.call_tool("get_track", {"id": "short"})
        assert wrong.is_error
        assert "id: must be a Spotify id" in getattr(wrong.content[0], "text", "")
        refused = await client.call_tool("get_audio_features", {"id": "N5Nsdg2e67FsJcAciO5tNI"})
        assert refused.is_error
        assert getattr(refused.content[0], "text", "").startswith("unsupported_in_profile: ")
