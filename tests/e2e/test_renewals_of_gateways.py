"""A hundred users with keys whose tokens end in the same instant, before four whole gateways on one Redis."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

import redis_server
from arrivals import entries_of, keys_for
from fleet import Program, answering
from gateway.auth.sign_in import SignIn
from ops.accounts import opened_records
from ops.serve import listening
from ops.settings import Settings
from ops.simulator import TOKEN_DESK, SimulatorConfig, create_app
from ops.simulator.accounts.desk import TokenDesk
from ports import free_port

pytestmark = pytest.mark.timeout(120)

GATEWAYS, USERS = 4, 100
NAMES = [f"user-{number:03d}" for number in range(1, USERS + 1)]
# A refresh token is good for one use, and Spotify takes its time, so that all gateways come meanwhile.
SPOTIFY = SimulatorConfig(rotate_refresh_tokens=True, users=USERS, latency_s=0.1, limit=10_000)


async def lend(environ: Mapping[str, str], desk: TokenDesk) -> None:
    """Let every user lend an account to a key; no access token has come of it yet."""
    async with opened_records(Settings.from_env(environ)) as records:
        for name in NAMES:
            token = desk.login(name, pkce=True)["refresh_token"]
            await records.keep(f"key:{name}", SignIn(consent=f"of-{name}", refresh_token=token))


@asynccontextmanager
async def gateways(folder: Path, environ: Mapping[str, str]) -> AsyncIterator[list[str]]:
    """Serve in as many processes, and yield where."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("SPOTIFY", "FERMATA"))}
    async with AsyncExitStack() as stack:
        bases = []
        for number in range(GATEWAYS):
            port = str(free_port())
            own = {"PORT": port, "DATA_DIR": str(folder / f"gateway-{number}")}
            command = [sys.executable, "-m", "ops", "serve"]
            program = Program(command, {**clean, **environ, **own}, log=folder / f"gateway-{number}.log")
            program.start()
            stack.callback(program.kill)
            bases.append(f"http://127.0.0.1:{port}")
        for base in bases:
            await answering(base)
        yield bases


async def test_each_user_is_renewed_once_whichever_gateways_are_asked(tmp_path: Path) -> None:
    keys, simulator = keys_for(*NAMES), create_app(SPOTIFY)
    desk = simulator[TOKEN_DESK]
    async with AsyncExitStack() as stack:
        url = stack.enter_context(redis_server.running(tmp_path))
        spotify = await stack.enter_async_context(listening(simulator, "127.0.0.1", port=0))
        environ = {
            "SPOTIFY_CLIENT_ID": SPOTIFY.client_id,
            "SPOTIFY_CLIENT_SECRET": SPOTIFY.client_secret,
            "SPOTIFY_API_URL": f"{spotify}/v1",
            "SPOTIFY_ACCOUNTS_URL": spotify,
            "SPOTIFY_PROFILE": "extended",
            "RATE_LIMIT_CALLS": "10000",
            "REDIS_URL": url,
            "AUTH_MODE": "keys",
            "FERMATA_KEYS": entries_of(keys),
            "LOG_LEVEL": "WARNING",
        }
        await lend(environ, desk)
        bases = await stack.enter_async_context(gateways(tmp_path, environ))
        http = await stack.enter_async_context(aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)))

        async def who(base: str, name: str) -> str:
            headers = {"Authorization": f"Bearer {keys[name]}"}
            async with http.get(f"{base}/v1/me", headers=headers) as response:
                return str((await response.json()).get("id"))

        for _ in range(2):
            asked = [(base, name) for name in NAMES for base in bases]
            assert await asyncio.gather(*(who(base, name) for base, name in asked)) == [name for _, name in asked]
            counted = [desk.tally.summary()["users"][name] for name in NAMES]
            assert {(counts["refreshes"], counts["refused"]) for counts in counted} == {(1, 0)}
