"""A thousand callers miss one key at once: how often is the upstream asked, and who pays if the first leaves?"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from importlib import import_module
from statistics import median
from typing import Any, Final

from benchmarks.table import Cell, Report, Table, judge
from cache import Flight, SingleFlight

CALLERS: Final = 1_000
ROUNDS: Final = 3
UPSTREAM_S: Final = 0.05
TURNS: Final = 100
"""Of the loop, until everybody waits for the upstream or for each other."""
OURS: Final = "ours"

Load = Callable[[], Awaitable[bytes]]
Fetch = Callable[[], Coroutine[Any, Any, Any]]
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


@dataclass(slots=True)
class Upstream:
    """Answers a while after it is open, and counts how often it is asked."""

    open: asyncio.Event = field(default_factory=asyncio.Event)
    calls: int = 0

    async def load(self) -> bytes:
        """One call."""
        self.calls += 1
        await self.open.wait()
        await asyncio.sleep(UPSTREAM_S)
        return b"answer"


async def storm(build: Callable[[Load], Fetch]) -> tuple[int, float]:
    """Calls upstream, and CPU microseconds per caller, the task included."""
    upstream = Upstream()
    upstream.open.set()
    fetch = build(upstream.load)
    started = time.process_time_ns()
    await asyncio.gather(*(fetch() for _ in range(CALLERS)))
    return upstream.calls, (time.process_time_ns() - started) / CALLERS / 1_000


async def deserted(build: Callable[[Load], Fetch]) -> tuple[int, int]:
    """Callers that get an answer, and calls upstream, if the one who came first is cancelled meanwhile."""
    upstream = Upstream()
    fetch = build(upstream.load)
    callers = [asyncio.ensure_future(fetch()) for _ in range(CALLERS)]
    for _ in range(TURNS):
        await asyncio.sleep(0)
    callers[0].cancel()
    upstream.open.set()
    ends = await asyncio.gather(*callers, return_exceptions=True)
    return sum(not isinstance(end, BaseException) for end in ends), upstream.calls


def measure(progress: Progress) -> Report:
    """Let everybody be stormed."""
    progress(f"cache: {CALLERS} callers for one key")
    report = Report()
    rows: list[list[Cell]] = []
    calls: dict[str, float] = {}
    for name, build in SUBJECTS.items():
        try:
            asked, us = zip(*(asyncio.run(storm(build)) for _ in range(ROUNDS)), strict=True)
        except ModuleNotFoundError as missing:
            report.remarks.append(f"cache: {name} is missing: no module {missing.name}")
            continue
        calls[name] = max(asked)
        rows.append([name, calls[name], median(us), *asyncio.run(deserted(build))])
    head = ["subject", "calls", "us per caller", "first one cancelled: served", "calls"]
    report.tables.append(Table(f"{CALLERS} concurrent misses of one key", head, rows))
    quantity = f"upstream calls for {CALLERS} misses of one key"
    report.goals.append(judge(quantity, calls.pop(OURS), calls, goal=("<=", 1), limit="1"))
    return report
