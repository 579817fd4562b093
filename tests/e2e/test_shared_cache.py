"""Gateways of separate processes that share a cache through a Redis of its own, whatever becomes of that Redis."""

import asyncio
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from fleet import Fleet, Judge, Program, Terms, redis_cli, redis_program
from ops.simulator.world.world import World
from ports import free_port

# Real processes start, die and start again.
pytestmark = pytest.mark.timeout(120)

TERMS = Terms(limit=1000, window_s=30.0)
TRACKS = [track.id for track in World.of(1).tracks]
HEARD_S = 1.0
"""How soon every process must have heard of a write, on a machine that does other things as well; usually it is a
millisecond."""


class Home:
    """A fleet, its cache's own Redis, and somebody who asks."""

    def __init__(self, fleet: Fleet, cache: Program, cache_port: int, http: aiohttp.ClientSession) -> None:
        self.fleet = fleet
        self.cache = cache
        self.cache_port = cache_port
        self.http = http
        self.judge = Judge(fleet, http)
        self.statuses: Counter[int] = Counter()

    async def get(self, base: str, path: str) -> tuple[str, bytes]:
        """Return `X-Cache` and the body of an answer."""
        async with self.http.get(f"{base}/v1{path}") as response:
            self.statuses[response.status] += 1
            return response.headers["X-Cache"], await response.read()

    async def keeps(self, base: str, uri: str) -> bool:
        """Tell whether the user's library holds a track, as the gateway at `base` sees it."""
        _, body = await self.get(base, f"/me/library/contains?uris={uri}")
        return body == b"[true]"

    async def write(self, base: str, uri: str, *, keep: bool) -> None:
        """Add a track to the user's library, or take it out."""
        method = "PUT" if keep else "DELETE"
        async with self.http.request(method, f"{base}/v1/me/library?uris={uri}") as response:
            self.statuses[response.status] += 1

    async def condition(self) -> str:
        """Return what the first gateway says of the shared cache."""
        async with self.http.get(f"{self.fleet.bases[0]}/health/ready") as response:
            self.statuses[response.status] += 1
            return str((await response.json())["components"]["cache"])

    async def everybody_sees(self, uri: str, *, keep: bool) -> None:
        """Wait until all gateways have heard of a write; from then on none may show the state before it."""
        give_up = time.monotonic() + HEARD_S
        while [await self.keeps(base, uri) for base in self.fleet.bases] != [keep] * len(self.fleet.bases):
            assert time.monotonic() < give_up, "a gateway did not hear of the write"
        assert [await self.keeps(base, uri) for base in self.fleet.bases * 3] == [keep] * 3 * len(self.fleet.bases)


@asynccontextmanager
async def home(folder: Path, *, gateways: int) -> AsyncIterator[Home]:
    port = free_port()
    cache = redis_program(folder, port)
    fleet = Fleet(
        folder,
        TERMS,
        gateways=gateways,
        FERMATA_CACHE_MIB="16",
        FERMATA_CACHE_REDIS_URL=f"redis://127.0.0.1:{port}",
    )
    cache.start()
    try:
        async with fleet.running(), aiohttp.ClientSession() as http:
            yield Home(fleet, cache, port, http)
    finally:
        cache.kill()


async def test_a_thousand_identical_misses_over_four_processes_are_one_call(tmp_path: Path) -> None:
    async with home(tmp_path, gateways=4) as house:
        bases = house.fleet.bases
        told = await asyncio.gather(
            *(house.get(bases[number % 4], f"/tracks/{TRACKS[0]}?market=US") for number in range(1000))
        )
        calls = [call for call in await house.judge.calls() if "/tracks/" in str(call["path"])]
        assert len(calls) == 1
        assert len({body for _, body in told}) == 1
        assert Counter(result for result, _ in told)["MISS"] == 1
        assert house.statuses == {200: 1000}


async def test_a_write_through_one_process_is_seen_by_all_of_them(tmp_path: Path) -> None:
    async with home(tmp_path, gateways=3) as house:
        first, second, _ = house.fleet.bases
        uri = f"spotify:track:{TRACKS[1]}"
        before = await house.keeps(first, uri)
        for base in house.fleet.bases:
            assert await house.keeps(base, uri) is before
        await house.write(second, uri, keep=not before)
        assert await house.keeps(second, uri) is not before
        await house.everybody_sees(uri, keep=not before)
        await house.write(first, uri, keep=before)
        await house.everybody_sees(uri, keep=before)


async def test_no_fault_of_redis_fails_a_request_or_brings_back_what_a_write_has_changed(tmp_path: Path) -> None:
    async with home(tmp_path, gateways=3) as house:
        readers = asyncio.create_task(_read_on_end(house))
        state = False

        async def change(*, heard: bool = True) -> None:
            nonlocal state
            state = not state
            uri = f"spotify:track:{TRACKS[2]}"
            await house.write(house.fleet.bases[0], uri, keep=state)
            assert await house.keeps(house.fleet.bases[0], uri) is state
            if heard:
                await house.everybody_sees(uri, keep=state)

        await change()
        # Slow: it answers nothing for a while.
        house.cache.signal(signal.SIGSTOP)
        await change(heard=False)
        await asyncio.sleep(1.0)
        house.cache.signal(signal.SIGCONT)
        await asyncio.sleep(3.0)
        await change()
        redis_cli(house.cache_port, "FLUSHALL")
        await change()
        # Full: it takes nothing more.
        redis_cli(house.cache_port, "CONFIG", "SET", "maxmemory", "1")
        await change(heard=False)
        redis_cli(house.cache_port, "CONFIG", "SET", "maxmemory", "0")
        await asyncio.sleep(2.0)
        await change()
        # Stopped, and started again empty.
        house.cache.kill()
        await change(heard=False)
        await asyncio.sleep(1.0)
        assert "cannot be reached" in await house.condition()
        house.cache.start()
        await asyncio.sleep(4.0)
        assert await house.condition() == "ok"
        await change()
        readers.cancel()
        await asyncio.gather(readers, return_exceptions=True)
        assert set(house.statuses) <= {200, 204}
        assert house.statuses[200] > 500


async def _read_on_end(house: Home) -> None:
    async def reader(number: int) -> None:
        while True:
            for track in TRACKS[:40]:
                await house.get(house.fleet.bases[number % 3], f"/tracks/{track}?market=US")
                await asyncio.sleep(0.01)

    async with asyncio.TaskGroup() as group:
        for number in range(6):
            group.create_task(reader(number))
