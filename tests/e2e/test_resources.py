"""Who subscribed hears of writes by REST and by tool, in this gateway and in others that share its cache."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import orjson
from mcp import Client
from mcp.client.subscriptions import ResourceUpdated, Subscription
from mcp_types import TextResourceContents

import redis_server
from house import House, running
from ops.simulator import SimulatorConfig
from ops.simulator.world.world import World
from shared_rig import until

AMPLE = SimulatorConfig(limit=1000)
TRACK = World.of(1).tracks[7].id
TRACKS, PLAYER = "spotify://me/tracks", "spotify://me/player"


async def change(http: aiohttp.ClientSession, house: House, method: str) -> None:
    uris = f"spotify:track:{TRACK}"
    async with http.request(method, f"{house.base}/v1/me/library", params={"uris": uris}) as response:
        assert response.status == 200


async def heard(stream: Subscription) -> str:
    async with asyncio.timeout(10):
        event = await anext(stream)
    assert isinstance(event, ResourceUpdated)
    return event.uri


@asynccontextmanager
async def listening(house: House, *uris: str) -> AsyncIterator[tuple[Client, Subscription]]:
    async with Client(f"{house.base}/mcp") as client, client.listen(resource_subscriptions=uris) as stream:
        yield client, stream


async def newest(client: Client) -> str:
    (contents,) = (await client.read_resource(TRACKS)).contents
    assert isinstance(contents, TextResourceContents)
    return str(orjson.loads(contents.text)["items"][0]["track"]["id"])


async def test_a_write_over_rest_and_one_by_a_tool_are_told_and_can_be_read() -> None:
    async with (
        running(AMPLE, TOOLSETS="full") as house,
        aiohttp.ClientSession() as http,
        listening(house, TRACKS, PLAYER) as (client, stream),
    ):
        assert await newest(client) != TRACK
        await change(http, house, "PUT")
        assert await heard(stream) == TRACKS
        assert await newest(client) == TRACK
        assert not (await client.call_tool("pause_playback", {})).is_error
        assert await heard(stream) == PLAYER


async def test_a_write_by_another_gateway_is_told(tmp_path: Path) -> None:
    with redis_server.running(tmp_path) as url:
        async with aiohttp.ClientSession() as http, running(AMPLE, FERMATA_CACHE_REDIS_URL=url) as one:
            settings = one.gateway.settings
            same = {
                "FERMATA_CACHE_REDIS_URL": url,
                "SPOTIFY_API_URL": f"{one.spotify}/v1",
                "SPOTIFY_ACCOUNTS_URL": one.spotify,
                "FERMATA_REFRESH_TOKEN": settings.fermata_refresh_token.get_secret_value(),
            }
            async with running(AMPLE, **same) as other:
                await until(lambda: not (one.gateway.recall.trouble or other.gateway.recall.trouble))
                async with listening(one, TRACKS, PLAYER) as (client, stream):
                    assert await newest(client) != TRACK
                    await change(http, other, "PUT")
                    assert await heard(stream) == TRACKS
                    assert await newest(client) == TRACK
                    # Who wrote it hears of it once, not once more from Redis.
                    await change(http, one, "DELETE")
                    assert await heard(stream) == TRACKS
                    assert await newest(client) != TRACK
                    async with http.put(f"{one.base}/v1/me/player/pause") as response:
                        assert response.status == 204
                    assert await heard(stream) == PLAYER
