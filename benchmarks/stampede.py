"""A thousand callers miss one key at once: how often is the upstream asked, and what does waiting cost each?"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from importlib import import_module
from statistics import median
from typing import Any, Final

from benchmarks.table import Cell, Report, Table, judge
from cache import Flight, SingleFlight

CALLERS: Final = 1_000
ROUNDS: Final = 5
UPSTREAM_S: Final = 0.05
OURS: Final = "ours"

Load = Callable[[], Awaitable[bytes]]
Fetch = Callable[[], Awaitable[Any]]
Progress = Callable[[str], None]


def single_flight(load: Load) -> Fetch:
    """Our flight table."""
    flights: SingleFlight[bytes] = SingleFlight(time.monotonic)

    async def fly(flight: Flight[bytes]) -> bytes:
        flight.commit()
        return await load()

    return lambda: flights.do("key", fly, deadline=time.monotonic() + 60)


def aiocache(load: Load, *, decorator: str) -> Fetch:
    """One of aiocache's decorators, on its cache in memory."""
    fetch: Fetch = getattr(import_module("aiocache"), decorator)(key="key", ttl=600)(load)
    return fetch


def cashews(load: Load) -> Fetch:
    """The decorator of cashews, which protects by itself."""
    cache = import_module("cashews").Cache()
    cache.setup("mem://", check_interval=0)
    fetch: Fetch = cache(ttl=600, key="key")(load)
    return fetch


def theine(load: Load) -> Fetch:
    """The decorator of theine."""
    fetch = import_module("theine").Memoize(1_000, timedelta(seconds=600))(load)
    fetch.key(lambda: "key")

    async def wait() -> Any:
        # What it returns can be awaited, but is no coroutine that a task could run.
        return await fetch()

    return wait


SUBJECTS: Final[Mapping[str, Callable[[Load], Fetch]]] = {
    OURS: single_flight,
    "aiocache cached": lambda load: aiocache(load, decorator="cached"),
    "aiocache cached_stampede": lambda load: aiocache(load, decorator="cached_stampede"),
    "cashews": cashews,
    "theine Memoize": theine,
}
"""Everybody, by name; built from a load."""


def storms(build: Callable[[Load], Fetch]) -> tuple[int, float]:
    """The most calls upstream of several stampedes, and the median of the CPU microseconds per caller."""
    calls, us = zip(*(asyncio.run(stampede(build)) for _ in range(ROUNDS)), strict=True)
    return max(calls), median(us)


async def stampede(build: Callable[[Load], Fetch]) -> tuple[int, float]:
    """Calls upstream, and CPU microseconds per caller, the task included."""
    calls = 0

    async def load() -> bytes:
        nonlocal calls
        calls += 1
        await asyncio.sleep(UPSTREAM_S)
        return b"answer"

    fetch = build(load)
    started = time.process_time_ns()
    await asyncio.gather(*(fetch() for _ in range(CALLERS)))
    return calls, (time.process_time_ns() - started) / CALLERS / 1_000


def measure(progress: Progress) -> Report:
    """Let everybody be stormed."""
    progress(f"cache: {CALLERS} callers for one key")
    report = Report()
    rows: list[list[Cell]] = []
    for name, build in SUBJECTS.items():
        try:
            rows.append([name, *storms(build)])
        except ModuleNotFoundError as missing:
            report.remarks.append(f"cache: {name} is missing: no module {missing.name}")
    report.tables.append(
        Table(f"{CALLERS} concurrent misses of one key", ["subject", "calls", "us per caller"], rows)
    )
    calls = {str(name): float(count) for name, count, _ in rows}
    report.goals.append(
        judge(
            f"upstream calls for {CALLERS} misses of one key",
            calls.pop(OURS),
            calls,
            goal=("<=", 1),
            limit="1",
        )
    )
    return report
