"""Part `tier2`: what a key from the shared tier costs its reader, beside redis-py asked in every way it offers.

The server is the benchmark's own. Rounds measure everybody in shuffled order on one loop, and a ratio is between
two figures of one round. Ours unpacks an answer and reckons its age; redis-py hands out bytes.
"""

import asyncio
import os
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from itertools import cycle, islice
from pathlib import Path
from random import Random
from statistics import median
from typing import Any, Final

import uvloop
from redis.asyncio import Redis

import redis_server
from benchmarks.figures import noisy
from benchmarks.table import Cell, Goal, Report, Table, judge
from cache.entry import Answer
from cache.shared.config import SharedConfig
from cache.shared.link import connect
from cache.shared.tier import RedisTier

ROUNDS: Final = 5
READS: Final = 4_000
KEYS: Final = [f"pub\n{number}" for number in range(1_000)]
BODY_BYTES: Final = 2_000
TASKS: Final = 32
BATCH: Final = 50

BASE: Final = "redis-py GET, one after the other"
LADDER: Final = {
    BASE: BASE,
    f"redis-py GET, {TASKS} tasks": f"redis-py GET, {TASKS} tasks",
    f"redis-py pipeline of {BATCH}": f"redis-py pipeline of {BATCH}",
    f"redis-py MGET of {BATCH}": f"redis-py MGET of {BATCH}",
    "ours, one after the other": BASE,
    f"ours, {TASKS} tasks": f"redis-py GET, {TASKS} tasks",
    f"ours, {BATCH} in one tick": f"redis-py pipeline of {BATCH}",
}
"""Who is measured, and whom it replaces."""

LOOPS: Final[Mapping[str, Callable[[], asyncio.AbstractEventLoop]]] = {
    "asyncio": asyncio.new_event_loop,
    "uvloop": uvloop.new_event_loop,
}

Progress = Callable[[str], None]
Get = Callable[[str], Awaitable[object]]
Spin = Callable[[int], Awaitable[None]]
Costs = Mapping[str, list[float]]


def in_turn(get: Get) -> Spin:
    """Read one key after the other."""

    async def spin(count: int) -> None:
        for key in islice(cycle(KEYS), count):
            await get(key)

    return spin


def in_tasks(get: Get) -> Spin:
    """Read as many at once as there are tasks, each the next as soon as it has one."""

    async def spin(count: int) -> None:
        keys = islice(cycle(KEYS), count)

        async def work() -> None:
            for key in keys:
                await get(key)

        await asyncio.gather(*(work() for _ in range(TASKS)))

    return spin


def in_batches(get_all: Callable[[list[str]], Awaitable[object]]) -> Spin:
    """Read a batch after the other."""

    async def spin(count: int) -> None:
        keys = cycle(KEYS)
        for _ in range(count // BATCH):
            await get_all(list(islice(keys, BATCH)))

    return spin


def theirs(client: Any) -> tuple[Spin, ...]:
    """All ways to ask redis-py, in the order of the ladder."""

    async def pipeline(keys: list[str]) -> None:
        pipe = client.pipeline(transaction=False)
        for key in keys:
            pipe.get(key)
        await pipe.execute()

    return in_turn(client.get), in_tasks(client.get), in_batches(pipeline), in_batches(client.mget)


def ours(get: Get) -> tuple[Spin, ...]:
    """All ways to ask the tier, in the order of the ladder."""

    async def tick(keys: list[str]) -> None:
        await asyncio.gather(*map(get, keys))

    return in_turn(get), in_tasks(get), in_batches(tick)


@asynccontextmanager
async def subjects(url: str) -> AsyncIterator[Mapping[str, Spin]]:
    """Everybody, with their keys in place."""
    settings: Any = {"on_lost": int, "on_emptied": int, "on_purged": str}
    client: Any
    async with (
        Redis.from_url(url) as client,
        connect(url) as own,
        RedisTier(
            own,
            SharedConfig(),
            namespace="bench",
            clock=time.monotonic,
            random=Random(),  # noqa: S311  no secret
            **settings,
        ) as tier,
    ):
        for key in KEYS:
            body = os.urandom(BODY_BYTES)
            await client.set(key, body)
            await tier.store.put(key, Answer(200, body, '"etag"'), fresh_s=600, kept_s=3600)
        if await tier.store.get(KEYS[0]) is None:
            raise RuntimeError("the shared tier does not keep what it is given")
        yield dict(zip(LADDER, (*theirs(client), *ours(tier.store.get)), strict=True))


async def rounds(url: str) -> Costs:
    """CPU microseconds per key of everybody, several times over."""
    costs: dict[str, list[float]] = {name: [] for name in LADDER}
    async with subjects(url) as spins:
        for _ in range(ROUNDS):
            names = list(LADDER)
            Random().shuffle(names)  # noqa: S311  no secret
            for name in names:
                await spins[name](READS // 10)
                started = time.process_time_ns()
                await spins[name](READS)
                costs[name].append((time.process_time_ns() - started) / READS / 1000)
    return costs


def measure(progress: Progress) -> Report:
    """The ladder on both loops; a machine without a Redis gets a remark instead."""
    report = Report()
    server, origin = redis_server.find()
    if server is None:
        report.remarks.append(f"tier2: not measured, no server: {origin}")
        return report
    with tempfile.TemporaryDirectory() as folder, redis_server.running(Path(folder)) as url:
        for loop, make in LOOPS.items():
            progress(f"tier2: {ROUNDS} rounds of {len(LADDER)} on {loop}")
            with asyncio.Runner(loop_factory=make) as runner:
                costs = runner.run(rounds(url))
            report.tables.append(_table(loop, costs))
            report.goals.append(_goal(loop, costs))
            report.remarks += [
                f"tier2: {name} on {loop} stayed noisy, {min(cost):.1f} to {max(cost):.1f} us"
                for name, cost in costs.items()
                if noisy(cost)
            ]
    return report


def _ratio(costs: Costs, name: str, base: str) -> float:
    return median(one / other for one, other in zip(costs[name], costs[base], strict=True))


def _table(loop: str, costs: Costs) -> Table:
    rows: list[list[Cell]] = [
        [name, median(cost), min(cost), max(cost), _ratio(costs, name, BASE), _ratio(costs, name, LADDER[name])]
        for name, cost in costs.items()
    ]
    head = ["subject", "us", "min", "max", "x one after the other", "x redis-py asked alike"]
    return Table(f"Client CPU per key of {BODY_BYTES} bytes, {loop}", head, rows)


def _goal(loop: str, costs: Costs) -> Goal:
    name, alike = f"ours, {TASKS} tasks", f"redis-py GET, {TASKS} tasks"
    return judge(
        f"a key from the shared tier, {TASKS} tasks, {loop}, CPU us",
        median(costs[name]),
        {alike: median(costs[alike])},
        goal=("<=", 1 / 5),
        ratio=(_ratio(costs, name, BASE), "redis-py, one by one"),
        limit="MGET alone",
    )
