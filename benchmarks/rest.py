"""Measures what the gateway costs beside a peer or the bare minimum of the same run; ratios, not times.

Rounds of both sides alternate in random order, so that whatever else the machine does meets both alike.
"""

import asyncio
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

import aiohttp
from aiolimiter import AsyncLimiter

from limiter import LimiterConfig, LimitKey, LocalLimiter, Priority
from ops.simulator.world.world import World

ROUNDS = 7
IN_FLIGHT = 32
Measure = Callable[[], Awaitable[float]]


async def paired(ours: Measure, floor: Measure) -> tuple[float, float, float]:
    """Medians of our cost, the floor's, and their ratio."""
    pairs = []
    for _ in range(ROUNDS):
        order = [ours, floor]
        Random().shuffle(order)  # noqa: S311 - no secret
        cost = {measure: await measure() for measure in order}
        pairs.append((cost[ours], cost[floor], cost[ours] / cost[floor]))
    first, second, ratio = (statistics.median(column) for column in zip(*pairs, strict=True))
    return first, second, ratio


async def permits() -> tuple[float, float, float]:
    """CPU of an uncontended permit, taken and reported, beside aiolimiter's acquire."""
    limiter = LocalLimiter(LimiterConfig(calls=10_000_000), clock=time.monotonic)
    key = LimitKey("a", "c", "search")
    peer = AsyncLimiter(10_000_000, 30)
    count = 50_000

    async def ours() -> float:
        started = time.process_time()
        for _ in range(count):
            (await limiter.acquire(key, priority=Priority.INTERACTIVE, deadline=1e12)).answered()
        return (time.process_time() - started) / count * 1e6

    async def theirs() -> float:
        started = time.process_time()
        for _ in range(count):
            await peer.acquire()
        return (time.process_time() - started) / count * 1e6

    return await paired(ours, theirs)


async def cached_reads() -> tuple[float, float, float]:
    """Server CPU of a cached track over HTTP, metrics on, beside a bare aiohttp handler of the same bytes."""
    track = World.of(1).tracks[0].id
    gateway = [sys.executable, "-m", "ops", "demo"]
    bare = [sys.executable, str(Path(__file__).parent / "bare.py")]
    async with serving(gateway) as (pid, base), aiohttp.ClientSession() as http:
        url = f"{base}/v1/tracks/{track}"
        async with http.get(url) as response:
            body = await response.read()
        async with serving([*bare, str(len(body))]) as (bare_pid, bare_base):
            return await paired(
                lambda: server_cpu_us(http, url, pid), lambda: server_cpu_us(http, f"{bare_base}/", bare_pid)
            )


@asynccontextmanager
async def serving(command: list[str]) -> AsyncIterator[tuple[int, str]]:
    """Run a server that prints its address; yield its process id and that address."""
    process = await asyncio.create_subprocess_exec(
        *command, stdout=subprocess.PIPE, env={"PORT": "0", "LOG_LEVEL": "WARNING", "PATH": ""}
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


async def server_cpu_us(http: aiohttp.ClientSession, url: str, pid: int, *, count: int = 3_000) -> float:
    """CPU microseconds that the process `pid` spends on each of `count` requests."""
    waiting = iter(range(count))

    async def worker() -> None:
        for _ in waiting:
            async with http.get(url) as response:
                await response.read()

    before = cpu_s(pid)
    await asyncio.gather(*(worker() for _ in range(IN_FLIGHT)))
    return (cpu_s(pid) - before) / count * 1e6


def cpu_s(pid: int) -> float:
    """CPU seconds of all threads of a process; from the scheduler's own nanoseconds, so Linux only."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9


async def main() -> None:
    """Print one line per quantity."""
    sys.stdout.write(f"{'quantity':52} {'ours us':>8} {'floor us':>9} {'ratio':>6}\n")
    for name, part in (
        ("permit taken and settled / aiolimiter acquire", permits),
        ("cached REST read / bare aiohttp handler, server CPU", cached_reads),
    ):
        ours, floor, ratio = await part()
        sys.stdout.write(f"{name:52} {ours:8.2f} {floor:9.2f} {ratio:6.2f}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main())
