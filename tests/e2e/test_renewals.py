"""A hundred users whose tokens end in the same instant, and four processes that all notice."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestServer

import redis_server
import renewer
from gateway.auth.sign_in import KIND, SignIn
from gateway.auth.vault import Vault
from ops.simulator import SimulatorConfig, create_app
from ops.simulator.accounts.desk import TOKEN_DESK, TokenDesk
from vaults import file_vault, redis_vault

PROCESSES, USERS, CALLERS = 4, 100, 5


@pytest.fixture(params=["file", "redis"])
async def shared(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[tuple[str, Vault]]:
    """Where the vault of all processes is, and that vault."""
    if request.param == "file":
        path = tmp_path / "vault.sqlite"
        async with file_vault(path) as vault:
            yield str(path), vault
        return
    with redis_server.running(tmp_path) as url:
        async with redis_vault(url, renewer.NAMESPACE) as vault:
            yield url, vault


@asynccontextmanager
async def spotify() -> AsyncIterator[tuple[str, TokenDesk]]:
    """A Spotify whose refresh tokens are good for one use; it takes its time, so that all come meanwhile."""
    app = create_app(SimulatorConfig(rotate_refresh_tokens=True, users=USERS, latency_s=0.2))
    async with TestServer(app) as server:
        yield str(server.make_url("")).rstrip("/"), app[TOKEN_DESK]


async def race(where: str, url: str) -> list[str]:
    """Have every process ask for the tokens of every user, from a common start; return what they got."""
    command = [renewer.__file__, where, url, str(USERS), str(CALLERS)]
    async with AsyncExitStack() as stack, asyncio.timeout(55):
        processes: list[Process] = []
        for _ in range(PROCESSES):
            process = await asyncio.create_subprocess_exec(sys.executable, *command, stdin=PIPE, stdout=PIPE)
            stack.push_async_callback(_end, process)
            processes.append(process)
        for process in processes:
            assert process.stdout is not None
            assert await process.stdout.readline() == b"ready\n"
        printed = await asyncio.gather(*(process.communicate(b"") for process in processes))
        return [token for out, _ in printed for token in json.loads(out)]


async def _end(process: Process) -> None:
    if process.returncode is None:
        process.kill()
    await process.wait()


async def sign_in(vault: Vault, desk: TokenDesk) -> None:
    """Let every user consent; no access token has come of it yet."""
    for number, principal in enumerate(renewer.principals(USERS), 1):
        granted = desk.login(f"user-{number:03d}", pkce=True)
        record = SignIn(consent="c", refresh_token=granted["refresh_token"])
        await vault.put(KIND, principal.id, record.encode())


def refreshes(desk: TokenDesk) -> list[dict[str, Any]]:
    """What Spotify counted, user by user."""
    return [counts for name, counts in desk.tally.summary()["users"].items() if name.startswith("user-")]


async def test_each_of_a_hundred_users_is_renewed_once_by_four_processes_and_again_once(
    shared: tuple[str, Vault],
) -> None:
    where, vault = shared
    async with spotify() as (url, desk):
        await sign_in(vault, desk)
        for times in (1, 2):
            tokens = await race(where, url)
            assert len(tokens) == PROCESSES * USERS * CALLERS
            assert "" not in tokens
            # One token for each user, whoever asks; and Spotify was asked for no other.
            assert len(set(tokens)) == USERS
            counted = refreshes(desk)
            assert len(counted) == USERS
            assert {(counts["refreshes"], counts["refused"]) for counts in counted} == {(times, 0)}
            await _expire(vault)


async def _expire(vault: Vault) -> None:
    """Let every access token end; what is kept of the sign-in is all that the next processes have."""
    for principal in renewer.principals(USERS):
        raw = await vault.get(KIND, principal.id)
        kept = None if raw is None else SignIn.decode(raw)
        assert kept is not None
        spent = SignIn(consent=kept.consent, refresh_token=kept.refresh_token)
        assert await vault.swap(KIND, principal.id, spent.encode(), expected=raw)
