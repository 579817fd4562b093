"""Keeps a server busy with as many clients as it is told, and reads what that costs it."""

import asyncio
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count, cycle, islice
from typing import Final

import aiohttp

from benchmarks.figures import percentile
from benchmarks.process import Process
from benchmarks.wires import Caller, Opens, Question

CONNECTIONS: Final = 50
WARM_UP: Final = 300
TRIES: Final = 3
MOST_RENEWED: Final = 0.01
"""Of the calls of one figure."""


@dataclass(frozen=True, slots=True, order=True)
class Sample:
    """What calls came to: server CPU for each in microseconds, and their latency in milliseconds."""

    cpu_us: float
    p99_ms: float


async def asked(callers: Sequence[Caller], questions: Sequence[Question], numbers: Iterator[int]) -> list[float]:
    """Ask each question once, by whoever is free; how long each took, in seconds."""
    waiting = iter(questions)
    took: list[float] = []

    async def work(caller: Caller) -> None:
        for question in waiting:
            started = time.perf_counter()
            await caller.call(next(numbers), question)
            took.append(time.perf_counter() - started)

    async with asyncio.TaskGroup() as group:
        for caller in callers:
            group.create_task(work(caller))
    return took


async def sampled(process: Process, opens: Opens, questions: Sequence[Question], *, calls: int) -> Sample:
    """Open clients, let them ask the questions in turn, and leave; only the calls after a warm-up count."""
    callers = [await opens(process.base) for _ in range(CONNECTIONS)]
    numbers = count(1)
    try:
        await asked(callers, list(islice(cycle(questions), max(WARM_UP, len(questions)))), numbers)
        load = list(islice(cycle(questions), calls))
        before = process.cpu_s()
        took = await asked(callers, load, numbers)
        spent_s = process.cpu_s() - before
    finally:
        await asyncio.gather(*(caller.close() for caller in callers))
    return Sample(spent_s / calls * 1e6, percentile(took, 0.99) * 1000)


async def undisturbed(process: Process, opens: Opens, questions: Sequence[Question], *, calls: int) -> Sample:
    """The same at a gateway; taken again, and the best kept, if answers grew old meanwhile and were renewed.

    Many answers grow old one after the other, so there may be no quiet moment for half a minute.

    Raises:
        RuntimeError: It does not answer from its cache.
    """
    found: list[tuple[float, Sample]] = []
    while len(found) < TRIES and not (found and min(found)[0] == 0):
        before = await metric(process, "upstream_calls_total")
        sample = await sampled(process, opens, questions, calls=calls)
        found.append((await metric(process, "upstream_calls_total") - before, sample))
    renewed, best = min(found)
    if renewed > MOST_RENEWED * calls:
        raise RuntimeError(f"{renewed:.0f} of {calls} calls were not answered from the cache alone")
    return best


async def metric(process: Process, name: str) -> float:
    """A metric of a gateway, summed over its labels."""
    async with aiohttp.ClientSession() as http, http.get(f"{process.base}/metrics") as response:
        page = await response.text()
    return sum(float(found) for found in re.findall(rf"^fermata_{name}(?:{{.*}})? (\S+)$", page, re.MULTILINE))
