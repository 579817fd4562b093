"""What callers see of the cache: over HTTP, in a tool's result, and in the metrics."""

import aiohttp
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client

from examples import URI, WORLD
from house import House, running
from ops.simulator import SimulatorConfig

TRACK = WORLD.tracks[0].id


async def get(http: aiohttp.ClientSession, house: House, path: str, **headers: str) -> tuple[int, str, str]:
    async with http.get(f"{house.base}/v1{path}", headers=headers) as response:
        await response.read()
        return response.status, response.headers.get("X-Cache", ""), response.headers.get("X-Partial", "")


async def test_a_part_that_a_list_showed_is_served_to_who_asks_for_no_more() -> None:
    async with running() as house, aiohttp.ClientSession() as http:
        async with http.get(f"{house.base}/v1/tracks/{TRACK}?market=US") as response:
            album = (await response.json())["album"]["id"]
        assert await get(http, house, f"/albums/{album}?market=US", **{"X-Partial": "1"}) == (200, "HIT", "1")
        assert await get(http, house, f"/albums/{album}?market=US") == (200, "MISS", "")
        assert await get(http, house, f"/albums/{album}?market=US", **{"X-Partial": "1"}) == (200, "HIT", "")


async def test_the_end_of_a_sign_in_deletes_what_was_read_in_the_users_name() -> None:
    # So short that each call needs a new token.
    async with running(SimulatorConfig(token_ttl_s=1)) as house, aiohttp.ClientSession() as http:
        assert await get(http, house, "/me/playlists") == (200, "MISS", "")
        assert await get(http, house, "/me/playlists") == (200, "HIT", "")
        async with http.delete(f"{house.spotify}/_simulator/login", json={"user": "demo"}) as response:
            assert response.status == 204
        status, _, _ = await get(http, house, f"/me/library/contains?uris={URI}")
        assert status == 401
        status, _, _ = await get(http, house, "/me/playlists")
        assert status == 401
        async with http.get(f"{house.base}/metrics") as response:
            metrics = await response.text()
        assert "fermata_cache_entries 0.0" in metrics


async def test_a_search_tells_how_its_answers_were_come_by_if_it_is_asked() -> None:
    async with (
        running() as house,
        streamable_http_client(f"{house.base}/mcp") as (reading, writing),
        ClientSession(reading, writing) as session,
    ):
        await session.initialize()
        told = []
        for cache in (True, True, False):
            result = await session.call_tool(
                "spotify_search", {"queries": ["lanterns"], "types": ["track"], "cache": cache}
            )
            assert result.structured_content is not None
            told.append(result.structured_content["batches"][0].get("cache"))
        assert told == ["miss", "hit", None]


async def test_metrics_show_what_the_cache_does() -> None:
    async with running() as house, aiohttp.ClientSession() as http:
        for _ in range(2):
            await get(http, house, "/search?q=lanterns&type=track&market=US")
        async with http.get(f"{house.base}/metrics") as response:
            metrics = await response.text()
        assert 'fermata_cache_lookups_total{endpoint="search",result="hit"} 1.0' in metrics
        assert 'fermata_cache_lookups_total{endpoint="search",result="miss"} 1.0' in metrics
        assert 'fermata_cache_filled_total{endpoint="get-track"}' in metrics
        assert "fermata_cache_flights 0.0" in metrics
        assert "fermata_cache_shared_connected 0.0" in metrics
