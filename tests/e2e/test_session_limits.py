"""The limits of MCP sessions that an operator sets, over real sockets."""

import asyncio
from typing import Any

import aiohttp
import pytest

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


async def test_a_session_that_nobody_uses_ends_after_the_time_that_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running(FERMATA_SESSION_IDLE_S="0.05") as house, aiohttp.ClientSession() as http:
        over = asyncio.Event()

        def counted(sessions: float) -> None:
            if not sessions:
                over.set()

        monkeypatch.setattr(house.gateway.metrics.mcp_sessions, "set", counted)
        _, headers = await begin(house, http)
        async with asyncio.timeout(10):
            await over.wait()
        assert await call(house, http, headers["Mcp-Session-Id"]) == 404
