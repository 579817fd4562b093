"""Part `rest`: what a cached read costs the server over HTTP, beside a bare handler of the same bytes.

Rounds of both sides alternate in random order, so that whatever else the machine does meets both alike.
"""

import asyncio
import statistics
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

import aiohttp

from benchmarks.table import Cell, Report, Table
from ops.simulator.world.world import World

ROUNDS = 7
IN_FLIGHT = 32
Measure = Callable[[], Awaitable[float]]


async def paired(ours: Measure, floor: Measure) -> tuple[float, float, float]:
    """Medians of our cost, the floor's, and their ratio."""
    pairs = []
    for _ in range(ROUNDS):
        order = [ours, floor]
        Random().shuffle(order)  # noqa: S311 - no secret
        cost = {measure: await measure() for measure in order}
        pairs.append((cost[ours], cost[floor], cost[ours] / cost[floor]))
    first, second, ratio = (statistics.median(column) for column in zip(*pairs, strict=True))
    return first, second, ratio


async def cached_reads() -> tuple[float, float, float]:
    """Server CPU of a cached track over HTTP, metrics on, beside a bare aiohttp handler of the same bytes."""
    track = World.of(1).tracks[0].id
    gateway = [sys.executable, "-m", "ops", "demo"]
    bare = [sys.executable, str(Path(__file__).parent / "bare.py")]
    async with serving(gateway) as (pid, base), aiohttp.ClientSession() as http:
        url = f"{base}/v1/tracks/{track}"
        async with http.get(url) as response:
            body = await response.read()
        async with serving([*bare, str(len(body))]) as (bare_pid, bare_base):
            return await paired(
                lambda: server_cpu_us(http, url, pid), lambda: server_cpu_us(http, f"{bare_base}/", bare_pid)
            )


@asynccontextmanager
async def serving(command: list[str]) -> AsyncIterator[tuple[int, str]]:
    """Run a server that prints its address; yield its process id and that address."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdout=subprocess.PIPE,
        env={
            "PORT": "0",
            "LOG_LEVEL": "WARNING",
            "PATH": "",
            "FERMATA_INBOUND_PER_S": "1000000",
            "FERMATA_INBOUND_BURST": "100000",
        },
    )
    if process.stdout is None:
        raise RuntimeError("the server has no output to read its address from")
    try:
        while "http://" not in (line := (await process.stdout.readline()).decode()):
            if not line:
                raise RuntimeError(f"{command} ended before it said where it listens")
        yield process.pid, "http://" + line.split("http://")[1].split("/")[0].split()[0]
    finally:
        process.terminate()
        await process.communicate()


async def server_cpu_us(http: aiohttp.ClientSession, url: str, pid: int, *, count: int = 3_000) -> float:
    """CPU microseconds that the process `pid` spends on each of `count` requests."""
    waiting = iter(range(count))

    async def worker() -> None:
        for _ in waiting:
            async with http.get(url) as response:
                await response.read()

    before = cpu_s(pid)
    await asyncio.gather(*(worker() for _ in range(IN_FLIGHT)))
    return (cpu_s(pid) - before) / count * 1e6


def cpu_s(pid: int) -> float:
    """CPU seconds of all threads of a process; from the scheduler's own nanoseconds, so Linux only."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9


def measure(progress: Callable[[str], None]) -> Report:
    """One table of one row; its goal is stated in the README."""
    progress(f"rest: {ROUNDS} rounds of both servers")
    row: list[Cell] = ["cached REST read, metrics on / bare aiohttp handler", *asyncio.run(cached_reads())]
    return Report([Table("Server CPU per request", ["quantity", "ours us", "floor us", "ratio"], [row])])
