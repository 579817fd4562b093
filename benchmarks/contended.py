"""Part `contended`: what it costs to make callers wait, and whether they are let through in the order they came.

All callers come at once, four times as many as a window of one second holds, in real time. The cost is the CPU of
the process less that of as many bare tasks that sleep, measured in the same round.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count
from math import nan
from statistics import median
from typing import Final

from benchmarks.figures import inversions
from benchmarks.peers import GATES
from benchmarks.table import Cell, Goal, Report, Table, judge
from limiter import LimiterConfig, LimitKey, LocalLimiter, Permit, Priority

SIZES: Final = (1_000, 10_000)
WINDOW_S: Final = 1
OURS: Final = "ours"
BASE: Final = "aiolimiter"
# Only those on whom a goal hangs run more than once: every run takes three seconds of real time.
MORE_ROUNDS: Final = 2

Take = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Wait:
    """CPU microseconds per waiter, and how often somebody was let through right after one who came later."""

    cpu_us: float
    inversions: int


def ours(calls: int) -> Take:
    """An acquire whose permit is reported as answered at once."""
    config = LimiterConfig(calls=calls, window_s=WINDOW_S, max_waiting=10 * calls)
    limiter = LocalLimiter(config, clock=time.monotonic)
    key = LimitKey("account", "client", "search")

    async def take() -> None:
        permit: Permit = await limiter.acquire(key, priority=Priority.INTERACTIVE, deadline=1e12)
        permit.answered()

    return take


def theirs(name: str, calls: int) -> Take:
    """A peer's own waiting, or that of its adapter."""
    return GATES[name](calls, WINDOW_S).take


def floor(waiters: int) -> Take:
    """Tasks that wait for one of four events, which come soon one after the other."""
    loop, numbers = asyncio.get_running_loop(), count()
    events = [asyncio.Event() for _ in range(4)]
    for number, event in enumerate(events):
        loop.call_later(0.1 * (number + 1), event.set)

    async def take() -> None:
        await events[next(numbers) * len(events) // waiters].wait()

    return take


def run(make: Callable[[], Take], waiters: int) -> Wait:
    """Let everybody in at once on a fresh loop, and wait for the last."""
    order: list[int] = []

    async def caller(number: int, take: Take) -> None:
        await take()
        order.append(number)

    async def main() -> float:
        take = make()
        started = time.process_time()
        tasks = [asyncio.create_task(caller(number, take)) for number in range(waiters)]
        await asyncio.gather(*tasks)
        return time.process_time() - started

    return Wait(asyncio.run(main()) / waiters * 1e6, inversions(order))


def measure(progress: Callable[[str], None]) -> Report:
    """The table of both sizes, and the goals at the larger one."""
    report = Report()
    waits: dict[int, dict[str, Wait]] = {}
    for size in SIZES:
        progress(f"contended: {size} waiters")
        rounds = [_round([OURS, *GATES], size, report)]
        again = [name for name in (OURS, BASE) if name in rounds[0]]
        rounds += [_round(again, size, report) for _ in range(MORE_ROUNDS)]
        waits[size] = {name: _middle([one[name] for one in rounds if name in one]) for name in rounds[0]}
    report.tables.append(_table(waits))
    report.goals += _goals(waits[SIZES[-1]])
    return report


def _round(names: Iterable[str], waiters: int, report: Report) -> dict[str, Wait]:
    # The first run of all warms up; the cheapest shows best what nobody can go below.
    bare = min(run(partial(floor, waiters), waiters).cpu_us for _ in range(4))
    waits = {}
    for name in names:
        calls = waiters // 4
        try:
            wait = run(partial(ours, calls) if name == OURS else partial(theirs, name, calls), waiters)
        except ModuleNotFoundError as missing:
            remark = f"contended: {name} is missing: no module {missing.name}"
            report.remarks += [remark] if remark not in report.remarks else []
            continue
        waits[name] = Wait(wait.cpu_us - bare, wait.inversions)
    return waits


def _middle(waits: Sequence[Wait]) -> Wait:
    return Wait(median(wait.cpu_us for wait in waits), max(wait.inversions for wait in waits))


def _table(waits: Mapping[int, Mapping[str, Wait]]) -> Table:
    rows: list[list[Cell]] = [
        [name, *(value for size in SIZES for value in (waits[size][name].cpu_us, waits[size][name].inversions))]
        for name in waits[SIZES[-1]]
    ]
    head = ["subject", *(title for size in SIZES for title in (f"us at {size}", "inversions"))]
    return Table("CPU per waiter above a bare task", head, rows)


def _goals(waits: Mapping[str, Wait]) -> list[Goal]:
    mine = waits[OURS]
    peers = {name: wait for name, wait in waits.items() if name != OURS}
    base = peers[BASE].cpu_us if BASE in peers else nan
    return [
        judge(
            f"contended CPU per waiter at {SIZES[-1]}, us",
            mine.cpu_us,
            {name: wait.cpu_us for name, wait in peers.items()},
            goal=("<=", 2 / 3),
            ratio=(mine.cpu_us / base, BASE),
            limit="waking a task",
        ),
        judge(
            f"order inversions among {SIZES[-1]} waiters",
            mine.inversions,
            {name: wait.inversions for name, wait in peers.items()},
            goal=("<=", 0),
            limit="0",
        ),
    ]
