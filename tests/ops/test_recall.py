"""What gateways on one Redis share, real servers and all."""

import asyncio
from collections.abc import Awaitable, Callable
from operator import attrgetter
from pathlib import Path

import redis_server
from cache import Answer, CachePolicy, Flight, Landing
from gateway.changes import Changes
from ops.events import CacheEvents, SharedCacheEvents
from ops.metrics import Metrics
from ops.recall import Recall
from ops.settings import Settings
from shared_rig import until

POLICY = CachePolicy(ttl_s=100)


def saying(body: bytes) -> Callable[[Flight[Landing], Answer | None], Awaitable[Answer]]:
    async def load(flight: Flight[Landing], known: Answer | None) -> Answer:
        del flight, known
        return Answer(200, body)

    return load


def recall(redis: str, api: str) -> Recall:
    settings = Settings.from_env(
        {
            "SPOTIFY_CLIENT_ID": "id",
            "SPOTIFY_CLIENT_SECRET": "hush",
            "SPOTIFY_API_URL": api,
            "FERMATA_CACHE_REDIS_URL": redis,
        }
    )
    metrics = Metrics()
    return Recall(
        settings,
        CacheEvents(metrics),
        shared_observer=SharedCacheEvents(metrics),
        on_written=Changes(settings.owners, attrgetter("id")).elsewhere,
    )


async def said(to: Recall, body: bytes) -> bytes:
    """What a read finds, if Spotify would say `body`."""
    deadline = asyncio.get_running_loop().time() + 30
    found = await to.cache.fetch("pub\nk", saying(body), policy=POLICY, deadline=deadline, label="x")
    return found.answer.body


async def test_what_a_simulator_said_is_never_served_for_what_spotify_says(tmp_path: Path) -> None:
    with redis_server.running(tmp_path) as url:
        simulated, likewise = (recall(url, "http://127.0.0.1:9/v1") for _ in range(2))
        real = recall(url, "https://api.spotify.com/v1")
        async with asyncio.timeout(30), simulated.opened(), likewise.opened(), real.opened():
            await until(lambda: not any(one.trouble for one in (simulated, likewise, real)))
            assert await said(simulated, b"simulated") == b"simulated"
            assert await said(likewise, b"again") == b"simulated"
            assert await said(real, b"real") == b"real"
