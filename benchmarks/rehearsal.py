"""Real processes under real faults: gateways share one Redis and one simulated Spotify, whose log is the judge.

Every gateway is kept busy by crawlers and visited by impatient people. Meanwhile Redis is stopped, killed, emptied
and restarted empty, and a gateway is killed and restarted. Nothing of that may provoke a single 429.
"""

import argparse
import asyncio
import json
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from fleet import Fleet, Judge, Load, Terms


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

    def __init__(self, fleet: Fleet, load: Load, judge: Judge) -> None:
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
                throttled=sum(call["status"] == 429 for call in new),  # noqa: PLR2004
                person_p50_s=statistics.median(waits),
                person_p99_s=waits[int(0.99 * len(waits))],
            )
        )
        print(_line(self.phases[-1]), flush=True)


def _line(phase: Phase) -> str:
    return (
        f"{phase.name:46} {phase.served:6} {phase.utilisation:6.2f} {phase.throttled:5}"
        f" {phase.person_p50_s:8.2f} {phase.person_p99_s:8.2f}"
    )


async def rehearse(terms: Terms) -> tuple[list[Phase], int, int]:
    """Play everything; returns the phases, the 429s and the fullest window of the whole run."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        fleet = await stack.enter_async_context(Fleet(folder, terms).running())
        connector = aiohttp.TCPConnector(limit=0)
        http = await stack.enter_async_context(aiohttp.ClientSession(connector=connector))
        load, judge = Load(fleet, http, people_per_s=0.1 * terms.limit / terms.window_s), Judge(fleet, http)
        rehearsal = Rehearsal(fleet, load, judge)
        print(f"{'phase':46} {'served':>6} {'util':>6} {'429s':>5} {'p50 s':>8} {'p99 s':>8}", flush=True)
        busy = asyncio.create_task(load.run())
        stack.push_async_callback(_ended, busy)
        await _play(rehearsal, fleet)
        calls = await judge.calls()
        arrivals = [call["at"] for call in calls if call["counted"]]
        throttled = sum(call["status"] == 429 for call in calls)  # noqa: PLR2004
        return rehearsal.phases, throttled, judge.worst_window([float(str(at)) for at in arrivals])


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


def main() -> int:
    """Print a line per phase and the verdict; fails if there was a 429."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--limit", type=int, default=100)
    parser.add_argument("--window", type=float, default=30.0)
    parser.add_argument("--json", type=Path, help="write the phases there too")
    options = parser.parse_args()
    phases, throttled, worst = asyncio.run(rehearse(Terms(options.limit, options.window)))
    print(f"429s {throttled}, fullest window {worst} of {options.limit}", flush=True)
    if options.json:
        options.json.write_text(json.dumps([[p.name, p.served, p.utilisation, p.throttled] for p in phases]))
    return int(throttled > 0)


if __name__ == "__main__":
    sys.exit(main())
