"""Gateways of separate processes on one Redis: a client may send each message of a session to another of them."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from fleet import Fleet, Terms
from shared_rig import eventually

# Real processes start, die and start again.
pytestmark = pytest.mark.timeout(120)

TERMS = Terms(limit=1000, window_s=30.0)
SEARCH = {"name": "spotify_search", "arguments": {"queries": ["Paper Lanterns"], "types": ["track"], "limit": 2}}
HEADERS = {"Accept": "application/json, text/event-stream"}


class Client:
    """Speaks revision 2025-11-25, to whichever gateway it is told."""

    def __init__(self, http: aiohttp.ClientSession) -> None:
        self.http = http
        self._ids = itertools.count(1)
        self.headers = dict(HEADERS)

    async def ask(self, base: str, method: str, params: Any) -> tuple[int, Any]:
        """Send a request; its status and result."""
        message = {"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": params}
        async with self.http.post(f"{base}/mcp", json=message, headers=self.headers) as response:
            self.headers |= {name: response.headers[name] for name in response.headers if name == "Mcp-Session-Id"}
            return response.status, (await response.json()).get("result")

    async def tell(self, base: str, method: str) -> int:
        """Send a notification."""
        message = {"jsonrpc": "2.0", "method": method}
        async with self.http.post(f"{base}/mcp", json=message, headers=self.headers) as response:
            return response.status

    async def greet(self, base: str) -> None:
        """Open a session."""
        self.headers = dict(HEADERS)
        info = {"name": "test", "version": "1"}
        params = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": info}
        status, result = await self.ask(base, "initialize", params)
        assert (status, result["protocolVersion"]) == (200, "2025-11-25")
        self.headers["MCP-Protocol-Version"] = "2025-11-25"

    async def search(self, base: str) -> bool:
        """Call a tool; False if the session is not known there."""
        status, result = await self.ask(base, "tools/call", SEARCH)
        if status == 404:
            return False
        assert status == 200
        assert result["structuredContent"]["batches"][0]["items"][0]["name"] == "Paper Lanterns"
        return True

    async def leave(self, base: str) -> int:
        """End the session."""
        async with self.http.delete(f"{base}/mcp", headers=self.headers) as response:
            return response.status


@asynccontextmanager
async def talking(folder: Path) -> AsyncIterator[tuple[Fleet, Client]]:
    async with Fleet(folder, TERMS, gateways=2).running() as fleet, aiohttp.ClientSession() as http:
        for base in fleet.bases:
            await shares(http, base)
        yield fleet, Client(http)


async def shares(http: aiohttp.ClientSession, base: str) -> None:
    """Wait until this gateway hears of the sessions of others."""
    async with asyncio.timeout(20):
        while True:
            async with http.get(f"{base}/metrics") as response:
                if "fermata_mcp_sessions_shared 1.0" in await response.text():
                    return
            await asyncio.sleep(0.05)


async def gone(client: Client, base: str) -> bool:
    return not await client.search(base)


async def test_each_message_of_a_session_may_reach_another_process(tmp_path: Path) -> None:
    async with talking(tmp_path) as (fleet, client):
        first, second = fleet.bases
        await client.greet(first)
        assert await client.tell(second, "notifications/initialized") == 202
        status, listed = await client.ask(second, "tools/list", {})
        assert status == 200
        assert "spotify_search" in [tool["name"] for tool in listed["tools"]]
        for base in (second, first, second):
            assert await client.search(base)
        assert await client.leave(second) == 204
        await eventually(lambda: gone(client, first))
        assert not await client.search(second)
        assert await client.leave(first) == 404


async def test_a_session_outlives_its_process_and_redis_a_session(tmp_path: Path) -> None:
    async with talking(tmp_path) as (fleet, client):
        first, second = fleet.bases
        await client.greet(first)
        fleet.gateways[0].kill()
        assert await client.search(second)
        fleet.gateways[0].start()
        await fleet.ready()
        assert await client.search(first)
        fleet.redis.kill()
        # Served from what each process knows; a newcomer is served by the one that it came to.
        for base in fleet.bases:
            assert await client.ask(base, "ping", {}) == (200, {})
        other = Client(client.http)
        await other.greet(second)
        assert (await other.ask(second, "ping", {}))[0] == 200
        assert not await other.search(first)
        fleet.redis.start()
        await eventually(lambda: other.search(first), seconds=20)
        assert await client.search(first)
