"""Part `rest`: what a cached read costs the server over HTTP, beside a bare handler of the same bytes.

Rounds of both sides alternate in random order, so that whatever else the machine does meets both alike.
"""

import asyncio
import statistics
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from random import Random

import aiohttp

from benchmarks.table import Cell, Report, Table, judge
from ops.simulator.world.world import World

ROUNDS = 9
IN_FLIGHT = 32
REQUESTS = 3_000
GOAL = 1.3
BARE = "bare aiohttp handler"
PLAIN = "gateway, plain"
OPTION = "gateway, with an option header"
"""Such a read goes through router and middlewares."""
ENVIRONMENT = {
    "PORT": "0",
    "LOG_LEVEL": "WARNING",
    "PATH": "",
    # The caller is always within its rate, and somebody looks every time.
    "FERMATA_INBOUND_PER_S": "1000000",
    "FERMATA_INBOUND_BURST": "1000000",
}
Measure = Callable[[], Awaitable[float]]


async def rounds(measures: Mapping[str, Measure], progress: Callable[[str], None]) -> list[dict[str, float]]:
    """Measure everything in each round, in random order."""
    found = []
    for number in range(ROUNDS):
        order = [*measures]
        Random().shuffle(order)  # noqa: S311 - no secret
        found.append({name: await measures[name]() for name in order})
        progress(f"rest: round {number + 1} of {ROUNDS}")
    return found


async def cached_reads(progress: Callable[[str], None]) -> list[dict[str, float]]:
    """Server CPU of a cached track over HTTP, by both ways through the gateway, and of as many bare bytes."""
    track = World.of(1).tracks[0].id
    gateway = [sys.executable, "-m", "ops", "demo"]
    bare = [sys.executable, str(Path(__file__).parent / "bare.py")]
    async with serving(gateway) as (pid, base), aiohttp.ClientSession() as http:
        url = f"{base}/v1/tracks/{track}"
        async with http.get(url) as response:
            body = await response.read()
        async with serving([*bare, str(len(body))]) as (bare_pid, bare_base):
            measures = {
                PLAIN: partial(server_cpu_us, http, url, pid),
                OPTION: partial(server_cpu_us, http, url, pid, **{"X-Priority": "interactive"}),
                BARE: partial(server_cpu_us, http, f"{bare_base}/", bare_pid),
            }
            return await rounds(measures, progress)


@asynccontextmanager
async def serving(command: list[str]) -> AsyncIterator[tuple[int, str]]:
    """Run a server that prints its address; yield its process id and that address."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdout=subprocess.PIPE,
        env=ENVIRONMENT,
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


async def server_cpu_us(http: aiohttp.ClientSession, url: str, pid: int, **headers: str) -> float:
    """CPU microseconds that the process `pid` spends on each of many requests."""
    waiting = iter(range(REQUESTS))

    async def worker() -> None:
        for _ in waiting:
            async with http.get(url, headers=headers) as response:
                await response.read()

    before = cpu_s(pid)
    await asyncio.gather(*(worker() for _ in range(IN_FLIGHT)))
    return (cpu_s(pid) - before) / REQUESTS * 1e6


def cpu_s(pid: int) -> float:
    """CPU seconds of all threads of a process; from the scheduler's own nanoseconds, so Linux only."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9


def measure(progress: Callable[[str], None]) -> Report:
    """One table, and the goal for plain reads: those that the express lane takes."""
    found = asyncio.run(cached_reads(progress))
    cost = {name: statistics.median(one[name] for one in found) for name in sorted(found[0])}
    ratio = {name: statistics.median(one[name] / one[BARE] for one in found) for name in cost}
    rows: list[list[Cell]] = [[name, cost[name], ratio[name]] for name in cost]
    goal = judge(
        "cached REST read, server CPU us",
        cost[PLAIN],
        {BARE: cost[BARE]},
        goal=("<=", GOAL),
        limit=f"{BARE}: 1",
        ratio=(ratio[PLAIN], BARE),
    )
    return Report([Table("Server CPU per cached read", ["read", "us", "ratio"], rows)], [goal])
