"""Processes that share a vault and want the same thing at once."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, ExitStack
from pathlib import Path

import pytest

import redis_server
import vault_racer
from gateway.auth.vault import Vault
from vaults import file_vault, redis_vault

PROCESSES = 4


class Shared:
    """A vault for several processes."""

    def __init__(self, where: str, opened: Callable[[], AbstractAsyncContextManager[Vault]]) -> None:
        self.opened = opened
        self._where = where

    def race(self, what: str, times: int) -> list[int]:
        """Return all that the processes got."""
        command = [sys.executable, vault_racer.__file__, what, self._where, str(times)]
        with ExitStack() as stack:
            racers = [
                stack.enter_context(
                    subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
                )
                for _ in range(PROCESSES)
            ]
            for racer in racers:
                stack.callback(racer.kill)
                assert racer.stdout is not None
                assert racer.stdout.readline() == "ready\n"
            for racer in racers:
                assert racer.stdin is not None
                racer.stdin.close()
            return [number for racer in racers if racer.stdout for number in json.loads(racer.stdout.read())]


@pytest.fixture(params=["file", "redis"])
def shared(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shared]:
    if request.param == "redis":
        with redis_server.running(tmp_path) as url:
            yield Shared(url, lambda: redis_vault(url, vault_racer.NAMESPACE))
    else:
        path = tmp_path / "vault.sqlite"
        yield Shared(str(path), lambda: file_vault(path))


async def test_what_processes_race_for_is_taken_once(shared: Shared) -> None:
    async with shared.opened() as vault:
        for number in range(100):
            await vault.put("code", str(number), b"x", ttl_s=60.0)
        assert sorted(shared.race("take", 100)) == list(range(100))
        assert await vault.count("code") == 0


async def test_no_swap_of_processes_that_race_is_lost(shared: Shared) -> None:
    # No vault is open here: the first of the processes to come makes the file.
    assert sorted(shared.race("swap", 50)) == list(range(1, 50 * PROCESSES + 1))


async def test_no_two_processes_are_alone_at_once(shared: Shared) -> None:
    assert sorted(shared.race("alone", 15)) == list(range(1, 15 * PROCESSES + 1))
