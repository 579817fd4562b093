"""The limits of MCP sessions that an operator sets, over real sockets."""

import asyncio
from typing import Any

import aiohttp

from house import House, running

JSON = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}},
}


async def begin(house: House, http: aiohttp.ClientSession) -> tuple[int, Any]:
    async with http.post(f"{house.base}/mcp", json=INITIALIZE, headers=JSON) as response:
        await response.read()
        return response.status, response.headers


async def call(house: House, http: aiohttp.ClientSession, session: str) -> int:
    listing = {"jsonrpc": "2.0", "id": 2, "method": "tools/list"}
    headers = {**JSON, "MCP-Protocol-Version": "2025-11-25", "Mcp-Session-Id": session}
    async with http.post(f"{house.base}/mcp", json=listing, headers=headers) as response:
        await response.read()
        return response.status


async def test_no_more_sessions_are_open_than_the_setting_allows() -> None:
    async with running(FERMATA_MAX_SESSIONS="2") as house, aiohttp.ClientSession() as http:
        assert [(await begin(house, http))[0] for _ in range(3)] == [200, 200, 503]


async def test_a_session_that_nobody_uses_ends_after_the_time_that_is_set() -> None:
    async with running(FERMATA_SESSION_IDLE_S="0.05") as house, aiohttp.ClientSession() as http:
        _, headers = await begin(house, http)
        gauge = house.gateway.metrics.mcp_sessions.collect
        async with asyncio.timeout(10):
            while list(gauge())[0].samples[0].value:
                await asyncio.sleep(0.02)
        assert await call(house, http, headers["Mcp-Session-Id"]) == 404
