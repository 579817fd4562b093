"""Part `rest`: what a cached read costs the server over HTTP, beside a bare handler of the same bytes.

Rounds of both sides alternate in random order, so that whatever else the machine does meets both alike.
"""

import asyncio
import statistics
import sys
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path
from random import Random

import aiohttp

from benchmarks.process import Process, serving
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
    async with serving(gateway) as ours, aiohttp.ClientSession() as http:
        url = f"{ours.base}/v1/tracks/{track}"
        async with http.get(url) as response:
            body = await response.read()
        async with serving([*bare, str(len(body))]) as floor:
            measures = {
                PLAIN: partial(server_cpu_us, http, url, ours),
                OPTION: partial(server_cpu_us, http, url, ours, **{"X-Priority": "interactive"}),
                BARE: partial(server_cpu_us, http, f"{floor.base}/", floor),
            }
            return await rounds(measures, progress)


async def server_cpu_us(http: aiohttp.ClientSession, url: str, process: Process, **headers: str) -> float:
    """CPU microseconds that a server spends on each of many requests."""
    waiting = iter(range(REQUESTS))

    async def worker() -> None:
        for _ in waiting:
            async with http.get(url, headers=headers) as response:
                await response.read()

    before = process.cpu_s()
    await asyncio.gather(*(worker() for _ in range(IN_FLIGHT)))
    return (process.cpu_s() - before) / REQUESTS * 1e6


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
