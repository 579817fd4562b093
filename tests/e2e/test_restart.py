"""A gateway that is killed and started again: nothing that it sent is forgotten, and no ban is tried twice."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from ops.serve import listening
from ops.simulator import CALL_LOG, SimulatorConfig, create_app

CLEAN = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith(("SPOTIFY_", "FERMATA_", "RATE_LIMIT_"))
}


SERVE = (sys.executable, "-m", "ops", "serve")


def environ(spotify: str, folder: Path, config: SimulatorConfig) -> dict[str, str]:
    return CLEAN | {
        "PORT": "0",
        "DATA_DIR": str(folder),
        "SPOTIFY_CLIENT_ID": config.client_id,
        "SPOTIFY_CLIENT_SECRET": config.client_secret,
        "SPOTIFY_API_URL": f"{spotify}/v1",
        "SPOTIFY_ACCOUNTS_URL": spotify,
        "RATE_LIMIT_CALLS": str(config.limit),
        "RATE_LIMIT_WINDOW": str(config.window_s),
    }


@asynccontextmanager
async def gateway(spotify: str, folder: Path, config: SimulatorConfig) -> AsyncIterator[tuple[str, int]]:
    """Yield address and process id of a gateway of its own process; it is killed, not stopped, in the end."""
    process = await asyncio.create_subprocess_exec(
        *SERVE, env=environ(spotify, folder, config), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(20):
            line = (await process.stdout.readline()).decode()
        yield line.split()[-1], process.pid
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def status(http: aiohttp.ClientSession, base: str, query: str, deadline_ms: int = 30_000) -> tuple[int, str]:
    headers = {"X-Deadline-Ms": str(deadline_ms)}
    async with http.get(f"{base}/v1/search?type=track&q={query}", headers=headers) as response:
        return response.status, response.headers.get("Retry-After", "")


async def test_a_gateway_killed_in_the_middle_of_a_window_does_not_overshoot_when_it_is_back(
    tmp_path: Path,
) -> None:
    config = SimulatorConfig(limit=10, window_s=3.0)
    app = create_app(config)
    async with listening(app, "127.0.0.1", port=0) as spotify, aiohttp.ClientSession() as http:
        for life in range(3):
            async with gateway(spotify, tmp_path, config) as (base, pid):
                asked = [status(http, base, f"{life}+{number}") for number in range(10)]
                answers = asyncio.gather(*asked, return_exceptions=True)
                for _ in range(3000):
                    if app[CALL_LOG].count(path_prefix="/v1/search") >= 8 * (life + 1):
                        break
                    await asyncio.sleep(0.01)
                os.kill(pid, signal.SIGKILL)
                await answers
        assert app[CALL_LOG].refused == 0
        assert app[CALL_LOG].worst_window(config.window_s) <= config.limit


async def test_a_ban_is_remembered_by_the_next_process(tmp_path: Path) -> None:
    config = SimulatorConfig(limit=10)
    app = create_app(config)
    async with listening(app, "127.0.0.1", port=0) as spotify, aiohttp.ClientSession() as http:
        faults = {"faults": "429:retry_after=7200,times=1"}
        async with http.post(f"{spotify}/_simulator/faults", json=faults) as response:
            assert response.status == 200
        for _ in range(3):
            async with gateway(spotify, tmp_path, config) as (base, _):
                for number in range(3):
                    code, retry_after = await status(http, base, str(number))
                    assert code == 429
                    assert 7100 < int(retry_after) <= 7203
        assert app[CALL_LOG].count(path_prefix="/v1/search") == 1


async def test_a_second_gateway_on_the_same_folder_says_why_it_does_not_start(tmp_path: Path) -> None:
    config = SimulatorConfig()
    async with listening(create_app(config), "127.0.0.1", port=0) as spotify, gateway(spotify, tmp_path, config):
        second = await asyncio.create_subprocess_exec(
            *SERVE, env=environ(spotify, tmp_path, config), stderr=asyncio.subprocess.PIPE
        )
        _, complaint = await asyncio.wait_for(second.communicate(), 20)
        assert second.returncode
        assert "another Fermata uses" in complaint.decode()
        assert "REDIS_URL" in complaint.decode()
