"""Part `local`: CPU of an acquire that need not wait, and memory of a limiter per key, beside the peers.

Rounds measure everybody in shuffled order, and a ratio is between two figures of one round, so whatever else the
machine does meets all alike. A subject whose rounds differ too much is measured again, and reported if that
persists.
"""

import asyncio
import time
import tracemalloc
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from itertools import repeat
from math import nan
from random import Random
from statistics import median
from typing import Final

from benchmarks.figures import noisy
from benchmarks.peers import GATES, AioLimiter, Build
from benchmarks.subjects import Gate
from benchmarks.table import Cell, Goal, Report, Table, judge
from limiter import LimiterConfig, LimitKey, LocalLimiter, Priority
from limiter.inbound import Inbound, InboundConfig

ROUNDS: Final = 5
RERUNS: Final = 2
BASE: Final = "aiolimiter"
TAKEN: Final = "ours, taken"
SETTLED: Final = "ours, taken and settled"
PLENTY: Final = 100_000_000
KEYS: Final = 100_000

Spin = Callable[[int], Awaitable[None]]

PRIORITY: Final = Priority.INTERACTIVE
"""Named once: looking a member up in an enum costs a fifth of a permit on Python 3.11."""


def ours(*, settled: bool) -> Spin:
    """A loop of acquires on a limiter with plenty of slots."""
    limiter = LocalLimiter(LimiterConfig(calls=PLENTY), clock=time.monotonic)
    key = LimitKey("account", "client", "search")
    acquire = limiter.acquire

    async def taking(count: int) -> None:
        for _ in repeat(None, count):
            await acquire(key, PRIORITY, deadline=1e12)

    async def settling(count: int) -> None:
        for _ in repeat(None, count):
            (await acquire(key, PRIORITY, deadline=1e12)).answered()

    return settling if settled else taking


def theirs(build: Build) -> Spin:
    """The same loop on a peer."""
    take = build(PLENTY, 30).take

    async def spin(count: int) -> None:
        for _ in repeat(None, count):
            await take()

    return spin


MAKERS: Final[Mapping[str, Callable[[], Spin]]] = {
    TAKEN: partial(ours, settled=False),
    SETTLED: partial(ours, settled=True),
    **{name: partial(theirs, build) for name, build in GATES.items()},
}


def cost_ns(make: Callable[[], Spin], *, count: int) -> float:
    """CPU nanoseconds per acquire on a fresh loop."""

    async def main() -> float:
        spin = make()
        await spin(count // 20)
        started = time.process_time_ns()
        await spin(count)
        return (time.process_time_ns() - started) / count

    return asyncio.run(main())


@dataclass(frozen=True, slots=True)
class Costs:
    """One subject's figures, a pair per round: CPU nanoseconds, and their ratio to the base's of that round."""

    ns: list[float]
    ratios: list[float]


def measure(progress: Callable[[str], None]) -> Report:
    """Both tables and the goals that hang on them."""
    report = Report()
    makers = {name: make for name, make in MAKERS.items() if _present(name, make, report)}
    progress(f"local: {ROUNDS} rounds of {len(makers)}")
    costs = rounds(makers)
    for _ in range(RERUNS):
        loud = [name for name in makers if noisy(costs[name].ns)]
        if not loud:
            break
        progress(f"local: again, for noise: {', '.join(loud)}")
        again = rounds({name: make for name, make in makers.items() if name in {*loud, BASE}})
        # The base keeps the figures of the rounds that the others are compared in, unless it was the noisy one.
        costs.update({name: again[name] for name in loud})
    report.remarks += [
        f"local: {name} stayed noisy, {min(cost.ns):.0f} to {max(cost.ns):.0f} ns"
        for name, cost in costs.items()
        if noisy(cost.ns)
    ]
    report.tables.append(_table(costs))
    report.goals.append(_goal(costs))
    progress("local: memory per key")
    memory = _memory()
    report.tables.append(memory)
    report.goals.append(_memory_goal({str(row[0]): float(row[1]) for row in memory.rows}))
    return report


def rounds(makers: Mapping[str, Callable[[], Spin]]) -> dict[str, Costs]:
    """Measure everybody, several times over."""
    measured = [_round(makers) for _ in range(ROUNDS)]
    return {
        name: Costs([one[name] for one in measured], [one[name] / one.get(BASE, nan) for one in measured])
        for name in makers
    }


def _present(name: str, make: Callable[[], Spin], report: Report) -> bool:
    async def build() -> None:
        make()

    try:
        asyncio.run(build())
    except ModuleNotFoundError as missing:
        report.remarks.append(f"local: {name} is missing: no module {missing.name}")
        return False
    return True


def _round(makers: Mapping[str, Callable[[], Spin]]) -> dict[str, float]:
    names = list(makers)
    Random().shuffle(names)  # noqa: S311  no secret
    # What takes microseconds needs fewer repetitions to be seen.
    return {
        name: cost_ns(makers[name], count=100_000 if name in {TAKEN, SETTLED, BASE} else 20_000) for name in names
    }


def _table(costs: Mapping[str, Costs]) -> Table:
    rows: list[list[Cell]] = [
        [name, median(cost.ns), min(cost.ns), max(cost.ns), median(cost.ratios)] for name, cost in costs.items()
    ]
    head = ["subject", "ns", "min", "max", f"x {BASE}"]
    return Table("Uncontended `await acquire`, CPU", head, sorted(rows, key=lambda row: float(row[1])))


def _goal(costs: Mapping[str, Costs]) -> Goal:
    return judge(
        "uncontended `await acquire`, CPU ns",
        median(costs[TAKEN].ns),
        {name: median(cost.ns) for name, cost in costs.items() if name not in {TAKEN, SETTLED}},
        goal=("<=", 1 / 3),
        ratio=(median(costs[TAKEN].ratios), BASE),
        limit="a bare coroutine",
    )


def _memory() -> Table:
    made = {"aiolimiter": partial(AioLimiter, 60, 60)}
    rows: list[list[Cell]] = [["ours", asyncio.run(_bytes_per_principal())]]
    for name, build in made.items():
        try:
            import_module(BASE)
        except ModuleNotFoundError:
            continue
        rows.append([name, asyncio.run(_bytes_per_key(build))])
    title = f"Memory per principal of {KEYS} that each called once, just now"
    note = "ours keeps 10,000 buckets at most; beyond that, newcomers share one until it has drained."
    return Table(title, ["subject", "bytes"], rows, note=note)


def _memory_goal(bytes_per_key: Mapping[str, float]) -> Goal:
    peers = {name: size for name, size in bytes_per_key.items() if name != "ours"}
    limit = "a number per principal, 62"
    return judge(
        "inbound memory per principal, bytes", bytes_per_key["ours"], peers, goal=("<=", 100), limit=limit
    )


async def _bytes_per_principal() -> float:
    names = [f"principal {number}" for number in range(KEYS)]
    tracemalloc.start()
    # So slow that no bucket drains meanwhile, and so large that nobody waits.
    inbound = Inbound(InboundConfig(per_s=0.01, burst=KEYS))
    for name in names:
        await inbound.admit(name)
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return used / KEYS


async def _bytes_per_key(build: Callable[[], Gate]) -> float:
    keys = [f"principal {number}" for number in range(KEYS)]
    tracemalloc.start()
    buckets: dict[str, Gate] = {}
    for key in keys:
        bucket = buckets[key] = build()
        await bucket.take()
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return used / KEYS
