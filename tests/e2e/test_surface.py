"""What callers may say about a call and what they are told, over real sockets on REST and MCP."""

import asyncio
import re
from typing import Any

import aiohttp
import pytest

from house import House, running
from ops.simulator import SimulatorConfig
from ops.simulator.world.world import World

TRACKS = [track.id for track in World.of(1).tracks[:20]]
MODERN = {
    "Content-Type": "application/json",
    "Accept": "application/json, text/event-stream",
    "MCP-Protocol-Version": "2026-07-28",
    "Mcp-Method": "tools/call",
}


async def get(house: House, http: aiohttp.ClientSession, path: str, **headers: str) -> tuple[int, Any, Any]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    async with http.get(f"{house.base}{path}", headers=named) as response:
        return response.status, response.headers, await response.json()


async def tool(
    house: House, http: aiohttp.ClientSession, name: str, arguments: dict[str, Any], **headers: str
) -> tuple[int, Any, Any]:
    body = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {
            "name": name,
            "arguments": arguments,
            "_meta": {
                "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                "io.modelcontextprotocol/clientCapabilities": {},
            },
        },
    }
    named = MODERN | {"Mcp-Name": name} | {key.replace("_", "-"): value for key, value in headers.items()}
    async with http.post(f"{house.base}/mcp", json=body, headers=named) as response:
        return response.status, response.headers, await response.json()


async def metric(house: House, http: aiohttp.ClientSession, name: str) -> float:
    async with http.get(f"{house.base}/metrics") as response:
        found = re.search(rf"^{name} (\S+)$", await response.text(), re.MULTILINE)
    return float(found[1]) if found else 0.0


async def test_class_and_deadline_are_taken_from_headers() -> None:
    async with running(SimulatorConfig(limit=2)) as house, aiohttp.ClientSession() as http:
        await get(house, http, f"/v1/tracks/{TRACKS[0]}", X_Priority="Crawl")
        await get(house, http, f"/api/v1/tracks/{TRACKS[1]}")
        for label in ("crawl", "interactive"):
            assert await metric(house, http, f'fermata_limiter_permits_total{{priority="{label}"}}') == 1
        # The window is spent for thirty seconds, and this caller has a tenth of one.
        status, headers, body = await get(house, http, f"/v1/tracks/{TRACKS[2]}", X_Deadline_Ms="100")
        assert (status, body["error"]["reason"]) == (429, "BUDGET_SPENT")
        assert 1 <= int(headers["Retry-After"]) <= 32
        assert headers["RateLimit"].startswith('"window";r=0;t=')
        assert headers["RateLimit-Policy"] == '"window";q=2;w=30, "day";q=500;w=86400'


@pytest.mark.parametrize("header", ["X_Priority", "X_Deadline_Ms", "X_Dry_Run"])
async def test_a_bad_header_is_a_bad_request_and_costs_nothing(header: str) -> None:
    async with running() as house, aiohttp.ClientSession() as http:
        status, _, body = await get(house, http, f"/v1/tracks/{TRACKS[0]}", **{header: "soon"})
        assert (status, body["error"]["code"]) == (400, "invalid_arguments")
        assert f"{header.replace('_', '-')} must be" in body["error"]["message"]
        assert house.log.count(path_prefix="/v1/") == 0


async def test_every_answer_of_the_mirror_tells_the_budget_and_others_do_not() -> None:
    async with running(SimulatorConfig(limit=10)) as house, aiohttp.ClientSession() as http:
        left = '"window";r=9, "day";r=499'
        _, headers, _ = await get(house, http, f"/v1/tracks/{TRACKS[0]}")
        assert headers["RateLimit-Policy"] == '"window";q=10;w=30, "day";q=500;w=86400'
        assert headers["RateLimit"] == left
        _, headers, _ = await get(house, http, f"/v1/tracks/{TRACKS[0]}")
        assert (headers["X-Cache"], headers["RateLimit"]) == ("HIT", left)
        status, headers, _ = await get(house, http, "/v1/tracks/nope")
        assert (status, headers["RateLimit"]) == (400, left)
        async with http.get(f"{house.base}/health/live") as response:
            assert "RateLimit" not in response.headers


async def test_a_dry_run_over_rest_reads_and_writes_nothing() -> None:
    async with running(SimulatorConfig(profile="development", limit=5)) as house, aiohttp.ClientSession() as http:
        ids = ",".join(TRACKS)
        status, headers, body = await get(
            house, http, f"/v1/tracks?ids={ids}", X_Dry_Run="1", X_Deadline_Ms="1000"
        )
        assert (status, headers["X-Dry-Run"], headers["X-Upstream-Calls"], headers["X-Cache"]) == (
            200, "1", "0", "MISS",
        )  # fmt: skip
        assert (body["upstream_calls"], body["cached"], body["wait_s"], body["fits_deadline"]) == (20, 0, 0, False)
        assert 90 <= body["done_s"] <= 91
        async with http.put(
            f"{house.base}/v1/me/library?uris=spotify:track:{TRACKS[0]}", headers={"X-Dry-Run": "1"}
        ) as response:
            assert response.status == 200
            assert (await response.json())["upstream_calls"] == 1
        status, _, body = await get(house, http, f"/v1/recommendations?seed_tracks={TRACKS[0]}", X_Dry_Run="1")
        assert (status, body["error"]["code"]) == (403, "unsupported_in_profile")
        status, _, _ = await get(house, http, "/v1/tracks/nope", X_Dry_Run="1")
        assert status == 400
        assert house.log.count(path_prefix="/v1/") == 0


async def test_the_same_headers_count_on_a_tools_call() -> None:
    async with running(TOOLSETS="full") as house, aiohttp.ClientSession() as http:
        search = {"queries": ["paper lanterns"], "types": ["track"], "limit": 3}
        await tool(house, http, "spotify_search", search, X_Priority="crawl")
        assert await metric(house, http, 'fermata_limiter_permits_total{priority="crawl"}') == 1
        _, _, body = await tool(house, http, "spotify_search", search, X_Priority="urgent")
        assert body["result"]["isError"] is True
        assert "X-Priority must be one of" in body["result"]["content"][0]["text"]
        calls = house.log.count(path_prefix="/v1/")
        _, _, body = await tool(house, http, "pause_playback", {}, X_Dry_Run="1")
        assert '"upstream_calls":1' in body["result"]["content"][0]["text"]
        assert house.log.count(path_prefix="/v1/") == calls
        await tool(house, http, "pause_playback", {})
        assert await metric(house, http, 'fermata_limiter_permits_total{priority="control"}') >= 1


SLOW = {"FERMATA_INBOUND_PER_S": "0.5", "FERMATA_INBOUND_BURST": "3", "FERMATA_INBOUND_WAIT_S": "0"}


async def test_a_caller_who_sends_too_fast_is_told_so_on_rest_and_on_mcp() -> None:
    async with running(None, **SLOW) as house, aiohttp.ClientSession() as http:
        for _ in range(3):
            assert (await get(house, http, f"/v1/tracks/{TRACKS[0]}"))[0] == 200
        for path in (f"/v1/tracks/{TRACKS[0]}", f"/api/v1/tracks/{TRACKS[0]}"):
            status, headers, body = await get(house, http, path)
            assert (status, body["error"]["status"], body["error"]["reason"]) == (429, 429, "TOO_MANY_REQUESTS")
            assert int(headers["Retry-After"]) == body["error"]["retry_after"] == 2
        status, headers, body = await tool(house, http, "spotify_search", {"queries": ["x"], "types": ["track"]})
        assert (status, headers["Retry-After"], body["jsonrpc"]) == (429, "2", "2.0")
        assert body["error"]["data"] == {"retry_after": 2}
        assert "faster than" in body["error"]["message"]
        for path in ("/health/live", "/metrics", "/openapi.json", "/docs"):
            async with http.get(f"{house.base}{path}") as response:
                assert response.status == 200
        assert await metric(house, http, "fermata_inbound_refused_total") == 3


async def test_a_short_excess_is_smoothed_and_not_refused() -> None:
    pace = {"FERMATA_INBOUND_PER_S": "200", "FERMATA_INBOUND_BURST": "5"}
    async with running(None, **pace) as house, aiohttp.ClientSession() as http:
        answers = await asyncio.gather(*(get(house, http, f"/v1/tracks/{TRACKS[0]}") for _ in range(40)))
        assert {status for status, _, _ in answers} == {200}


async def test_a_page_of_a_listed_origin_may_send_and_read_the_headers() -> None:
    origin = "https://app.example"
    async with running(ALLOWED_ORIGINS=origin) as house, aiohttp.ClientSession() as http:
        ask = {"Origin": origin, "Access-Control-Request-Method": "GET"}
        async with http.options(f"{house.base}/v1/search", headers=ask) as response:
            sendable = response.headers["Access-Control-Allow-Headers"]
        assert {"X-Priority", "X-Deadline-Ms", "X-Dry-Run"} <= set(sendable.split(", "))
        async with http.get(f"{house.base}/v1/tracks/{TRACKS[0]}", headers={"Origin": origin}) as response:
            readable = response.headers["Access-Control-Expose-Headers"]
        assert {"RateLimit", "RateLimit-Policy", "WWW-Authenticate"} <= set(readable.split(", "))
