"""Real processes under real faults: gateways share one Redis and one simulated Spotify, whose log is the judge.

Every gateway is kept busy by crawlers and visited by impatient people. Meanwhile Redis is stopped, killed, emptied
and restarted empty, and a gateway is killed and restarted. Nothing of that may provoke a single 429.
"""

import asyncio
import signal
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from benchmarks.server import THROTTLED
from benchmarks.table import Cell, Report, Table, judge
from fleet import GATEWAYS, Fleet, Judge, Load, Terms

PLAIN = 20
"""Calls that tell what the simulated Spotify takes by itself."""


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of the rehearsal, and what it came to."""

    name: str
    served: int
    utilisation: float
    throttled: int
    person_p50_s: float
    person_p99_s: float


class Rehearsal:
    """Plays phases one after the other, and keeps what each came to."""

    def __init__(self, fleet: Fleet, load: Load, judge: Judge, *, progress: Callable[[str], None]) -> None:
        self._progress = progress
        self._fleet = fleet
        self._load = load
        self._judge = judge
        self.phases: list[Phase] = []

    async def phase(self, name: str, seconds: float, *acts: tuple[float, Callable[[], Awaitable[None]]]) -> None:
        """Let the load run for so long; each act comes so many seconds after the begin."""
        before = await self._judge.calls()
        waited = len(self._load.people.waits_s)
        started = time.monotonic()
        for at, act in acts:
            await asyncio.sleep(started + at - time.monotonic())
            await act()
        await asyncio.sleep(started + seconds - time.monotonic())
        new = (await self._judge.calls())[len(before) :]
        spent = time.monotonic() - started
        terms = self._fleet.terms
        waits = sorted(self._load.people.waits_s[waited:]) or [float("nan")]
        self.phases.append(
            Phase(
                name,
                served=len(new),
                utilisation=len(new) / (terms.limit * spent / terms.window_s),
                throttled=sum(call["status"] == THROTTLED for call in new),
                person_p50_s=statistics.median(waits),
                person_p99_s=waits[int(0.99 * len(waits))],
            )
        )
        self._progress(f"fleet: {name}: {len(new)} served")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a whole rehearsal came to; `plain_s` is the median of calls that went past the gateways."""

    phases: list[Phase]
    throttled: int
    worst: int
    plain_s: float


async def rehearse(terms: Terms, progress: Callable[[str], None]) -> Outcome:
    """Play everything."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        fleet = await stack.enter_async_context(Fleet(folder, terms).running())
        connector = aiohttp.TCPConnector(limit=0)
        http = await stack.enter_async_context(aiohttp.ClientSession(connector=connector))
        load, judge = Load(fleet, http, people_per_s=0.1 * terms.limit / terms.window_s), Judge(fleet, http)
        rehearsal = Rehearsal(fleet, load, judge, progress=progress)
        plain_s = await judge.plain_latencies_s(PLAIN)
        # They have used the window, which is to be empty when the gateways begin.
        await asyncio.sleep(terms.window_s)
        busy = asyncio.create_task(load.run())
        stack.push_async_callback(_ended, busy)
        await _play(rehearsal, fleet)
        calls = await judge.calls()
        arrivals = [call["at"] for call in calls if call["counted"]]
        throttled = sum(call["status"] == THROTTLED for call in calls)
        worst = judge.worst_window([float(str(at)) for at in arrivals])
        return Outcome(rehearsal.phases, throttled, worst, statistics.median(plain_s))


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def _play(rehearsal: Rehearsal, fleet: Fleet) -> None:
    window_s, redis = fleet.terms.window_s, fleet.redis

    async def stop() -> None:
        redis.signal(signal.SIGSTOP)

    async def go_on() -> None:
        redis.signal(signal.SIGCONT)

    async def kill() -> None:
        redis.kill()

    async def restart() -> None:
        redis.start()

    async def flush() -> None:
        fleet.redis_cli("FLUSHALL")

    async def kill_gateway() -> None:
        fleet.gateways[0].kill()

    async def restart_gateway() -> None:
        fleet.gateways[0].start()

    third = window_s / 3
    await rehearsal.phase("three windows, saturated", 3 * window_s)
    await rehearsal.phase("Redis stopped for a third of a window", 2 * window_s, (1, stop), (1 + third, go_on))
    await rehearsal.phase("Redis killed, restarted empty", 2 * window_s, (1, kill), (1 + third, restart))
    await rehearsal.phase("Redis emptied", 2 * window_s, (1, flush))
    await rehearsal.phase("a gateway killed and restarted", 2 * window_s, (1, kill_gateway), (2, restart_gateway))
    await rehearsal.phase("both at once", 3 * window_s, (1, kill_gateway), (1, flush), (2, restart_gateway))
    await rehearsal.phase("afterwards", 2 * window_s)


def measure(progress: Callable[[str], None]) -> Report:
    """Play it at 100 calls in 30 seconds, which takes eight minutes."""
    terms = Terms(limit=100, window_s=30.0)
    outcome = asyncio.run(rehearse(terms, progress))
    first = outcome.phases[0]
    rows: list[list[Cell]] = [
        [each.name, each.served, each.utilisation, each.throttled, each.person_p50_s, each.person_p99_s]
        for each in outcome.phases
    ]
    title = f"{GATEWAYS} gateways on one Redis, {terms.limit} calls in {terms.window_s:g} s"
    head = ["phase", "served", "used", "429s", "person p50 s", "p99 s"]
    return Report(
        tables=[
            Table(title, head, rows, note=f"A call past the gateways takes {outcome.plain_s:.3f} s (median).")
        ],
        goals=[
            judge("fleet under faults: 429s", outcome.throttled, {}, goal=("<=", 0), limit="0"),
            judge(
                "fleet under faults: fullest window",
                outcome.worst,
                {},
                goal=("<=", terms.limit),
                limit="the limit",
            ),
            judge(
                "fleet: interactive p99 beside crawl, s",
                first.person_p99_s,
                {"no gateway, no crawl": outcome.plain_s},
                goal=("<=", 0.3),
                limit="RTT",
            ),
            judge(
                "fleet without faults: utilisation", first.utilisation, {}, goal=(">=", 0.95), limit="W/(W+RTT)"
            ),
        ],
    )
