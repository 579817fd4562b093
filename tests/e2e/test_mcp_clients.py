import sys
from contextlib import AsyncExitStack
from typing import Any, cast

import aiohttp
import pytest
from mcp import Client, ClientSession, StdioServerParameters
from mcp.client.sse import sse_client
from mcp.client.stdio import stdio_client
from mcp.shared.exceptions import MCPError

from house import running
from ops.simulator import SimulatorConfig

CALL = {"queries": ["Paper Lanterns", "тихий семафор"], "types": ["track", "artist"], "limit": 2}

CORE = ["spotify_search", "spotify_status", "spotify_control", "spotify_playlist", "spotify_library"]


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
        assert [tool.name for tool in tools] == CORE
        check(await client.call_tool("spotify_search", CALL))


async def test_the_official_client_searches_over_http_with_sse() -> None:
    async with (
        running() as house,
        sse_client(f"{house.base}/sse") as (read, write),
        ClientSession(read, write) as session,
    ):
        await session.initialize()
        assert [tool.name for tool in (await session.list_tools()).tools] == CORE
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
        assert "spotify_search" in tools
        assert "get_audio_features" not in tools
        found = await client.call_tool("get_track", {"id": "N5Nsdg2e67FsJcAciO5tNI"})
        assert '"name":"Paper Lanterns"' in text_of(found)
        assert text_of(await client.call_tool("pause_playback", {})) == "Done."
        wrong = await client.call_tool("get_track", {"id": "short"})
        assert wrong.is_error
        assert "id: must be a Spotify id" in text_of(wrong)
        with pytest.raises(MCPError, match="Unknown tool: get_audio_features"):
            await client.call_tool("get_audio_features", {"id": "N5Nsdg2e67FsJcAciO5tNI"})


async def test_an_address_shows_the_tools_that_it_names_on_every_wire() -> None:
    markets = ["get_available_markets", "get_category"]
    config = SimulatorConfig(profile="extended")
    async with running(config) as house:
        for mode in ("auto", "legacy", "2026-07-28"):
            async with Client(f"{house.base}/mcp/x/markets,browse/readonly", mode=cast(Any, mode)) as client:
                names = [tool.name for tool in (await client.list_tools()).tools]
                assert set(markets) <= set(names)
                assert "spotify_search" not in names
                assert '"markets"' in text_of(await client.call_tool("get_available_markets", {}))
        async with (
            sse_client(f"{house.base}/sse/x/markets") as (read, write),
            ClientSession(read, write) as session,
        ):
            await session.initialize()
            assert [tool.name for tool in (await session.list_tools()).tools] == ["get_available_markets"]


async def test_an_address_of_nothing_is_refused_in_the_words_of_the_protocol() -> None:
    async with running() as house, aiohttp.ClientSession() as http:
        async with http.post(f"{house.base}/mcp/x/nope", json={}) as response:
            assert response.status == 404
            message = (await response.json())["error"]["message"]
        assert "audiobooks, browse" in message
        assert "/mcp/full" in message
        for path in ("/mcp/full", "/sse/full", "/messages/full"):
            async with http.post(f"{house.base}{path}", headers={"Host": "evil.example"}) as response:
                assert response.status == 421
                assert (await response.json())["jsonrpc"] == "2.0"
        async with http.get(f"{house.base}/metrics") as response:
            assert "nope" not in await response.text()


async def test_a_session_of_one_address_gets_nothing_at_another() -> None:
    headers = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2025-11-25"}
    pause = {
        "jsonrpc": "2.0",
        "id": 2,
        "method": "tools/call",
        "params": {"name": "pause_playback", "arguments": {}},
    }
    hello = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
    start = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello}
    async with running() as house, aiohttp.ClientSession() as http:

        async def send(path: str, message: Any) -> tuple[int, Any, str]:
            async with http.post(f"{house.base}{path}", json=message, headers=headers) as response:
                body = await response.json() if response.status != 202 else None
                return response.status, body, response.headers.get("Mcp-Session-Id", "")

        for path, status in (("/mcp/full", 200), ("/mcp/full/readonly", 404), ("/mcp", 404)):
            headers.pop("Mcp-Session-Id", None)
            headers["Mcp-Session-Id"] = (await send("/mcp/full", start))[2]
            await send("/mcp/full", {"jsonrpc": "2.0", "method": "notifications/initialized"})
            assert (await send(path, pause))[0] == status
        headers.pop("Mcp-Session-Id")
        headers["Mcp-Session-Id"] = (await send("/mcp/full/readonly", start))[2]
        await send("/mcp/full/readonly", {"jsonrpc": "2.0", "method": "notifications/initialized"})
        _, answer, _ = await send("/mcp/full/readonly", pause)
        assert "Unknown tool: pause_playback" in answer["error"]["message"]
        assert house.log.count(path_prefix="/v1/me/player/pause") == 1


async def test_a_prompt_is_offered_beside_its_tools() -> None:
    async with running() as house, Client(f"{house.base}/mcp/x/users") as client:
        assert [prompt.name for prompt in (await client.list_prompts()).prompts] == [
            "what_have_i_been_listening_to"
        ]
        result = await client.get_prompt("what_have_i_been_listening_to", {"time_range": "medium_term"})
        assert "get_user_top_items" in getattr(result.messages[0].content, "text", "")


def text_of(result: Any) -> str:
    (content,) = result.content
    return str(content.text)
