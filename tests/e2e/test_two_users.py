"""Two gateways of one app, each with a user of its own, that share one Redis."""

from pathlib import Path
from typing import Any

import aiohttp

import redis_server
from house import running
from ops.simulator import TOKEN_DESK, SimulatorConfig

AMPLE = SimulatorConfig(limit=1000)
PRIVATE = ("/me/tracks?limit=2", "/me/playlists?limit=2", "/me/top/tracks?limit=2", "/me/following?type=artist")


async def read(http: aiohttp.ClientSession, address: str) -> tuple[str, Any]:
    async with http.get(address) as response:
        return response.headers["X-Cache"], await response.json()


async def test_what_one_gateways_user_may_read_is_never_shown_to_the_user_of_another(tmp_path: Path) -> None:
    with redis_server.running(tmp_path) as url:
        async with aiohttp.ClientSession() as http, running(AMPLE, FERMATA_CACHE_REDIS_URL=url) as one:
            friend = {
                "FERMATA_CACHE_REDIS_URL": url,
                "SPOTIFY_API_URL": f"{one.spotify}/v1",
                "SPOTIFY_ACCOUNTS_URL": one.spotify,
                "FERMATA_REFRESH_TOKEN": one.simulator[TOKEN_DESK].login("friend")["refresh_token"],
            }
            async with running(AMPLE, **friend) as other:
                names = [(await read(http, f"{house.base}/v1/me"))[1]["id"] for house in (one, other)]
                assert names == ["demo", "friend"]
                for path in PRIVATE:
                    results = [(await read(http, f"{house.base}/v1{path}"))[0] for house in (one, other)]
                    assert results == ["MISS", "MISS"], path
                # What is nobody's is still everybody's.
                search = "/v1/search?q=paper&type=track"
                results = [(await read(http, f"{house.base}{search}"))[0] for house in (one, other)]
                assert results == ["MISS", "SHARED"]
