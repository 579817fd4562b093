"""Processes that share one limiter through Redis: starts them, lets them call together, and gathers what they did.

Every send is written to a file at once, so that a process that is killed leaves what it sent.
"""

import asyncio
import os
import time
from array import array
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Final

from benchmarks.redis_peers import SHARED, Shared

START_S: Final = 60.0
# A limiter that cannot reach its Redis may raise; its caller would try again, but not in a busy loop.
AFTER_ERROR_S: Final = 0.05
PRELOAD: Final = ["redis.asyncio", "limits.aio", "throttled.asyncio", "pyrate_limiter"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What every process does: `tasks` at a time take a turn and use it for `call_s`, for `seconds` in all."""

    subject: str
    url: str
    calls: int
    window_s: int
    tasks: int
    call_s: float
    seconds: float
    log: Path
    node: str = ""


@dataclass(frozen=True, slots=True)
class Done:
    """One process's own account.

    Attributes:
        admitted: turns taken.
        cpu_s: CPU seconds of the process meanwhile.
        errors: turns that ended in an exception of the limiter.
        missing: name of the library that it lacks, or empty.
    """

    admitted: int = 0
    cpu_s: float = 0.0
    errors: int = 0
    missing: str = ""


@dataclass(frozen=True, slots=True)
class Together:
    """What all processes did.

    Attributes:
        done: the accounts of those that were not killed.
        sends: when anybody sent, killed ones included, ascending, on the machine's monotonic clock.
        started: when they began, on the same clock.
    """

    done: list[Done]
    sends: list[float]
    started: float

    @property
    def missing(self) -> str:
        """The library that the subject lacks, or empty."""
        return next((one.missing for one in self.done if one.missing), "")


def together(
    work: Work, processes: int, *, meanwhile: Callable[[list[ForkServerProcess]], None] | None = None
) -> Together:
    """Run the same work in several processes at once; `meanwhile` may do them harm."""
    context = get_context("forkserver")
    context.set_forkserver_preload(PRELOAD)
    barrier = context.Barrier(processes + 1)
    nodes, ends = [], []
    for number in range(processes):
        mine, theirs = context.Pipe(duplex=False)
        name = f"n{number}"
        node = context.Process(target=_process, args=(replace(work, node=name), barrier, theirs), daemon=True)
        node.start()
        theirs.close()
        nodes.append(node)
        ends.append(mine)
    barrier.wait(START_S)
    started = time.monotonic()
    if meanwhile is not None:
        meanwhile(nodes)
    done = [one for end in ends if (one := _received(end)) is not None]
    for node in nodes:
        node.join()
    return Together(done, sorted(at for log in work.log.glob("*.sends") for at in _times(log)), started)


def _received(end: Connection) -> Done | None:
    with suppress(EOFError):
        if not end.poll(START_S):
            raise RuntimeError("a process of the benchmark does not end")
        received = end.recv()
        if isinstance(received, Done):
            return received
    return None


def _times(log: Path) -> list[float]:
    times = array("d")
    times.frombytes(log.read_bytes())
    return times.tolist()


def _process(work: Work, barrier: Barrier, report: Connection) -> None:
    report.send(asyncio.run(_node(work, barrier)))


async def _node(work: Work, barrier: Barrier) -> Done:
    try:
        opened = SHARED[work.subject](work.url, work.calls, work.window_s, node=work.node)
        async with opened as limiter:
            await asyncio.to_thread(barrier.wait, START_S)
            return await _calls(limiter, work)
    except ModuleNotFoundError as missing:
        barrier.wait(START_S)
        return Done(missing=str(missing.name))


async def _calls(limiter: Shared, work: Work) -> Done:
    admitted, errors, over = [0], [0], time.monotonic() + work.seconds
    log = os.open(work.log / f"{work.node}.sends", os.O_CREAT | os.O_WRONLY | os.O_APPEND)

    async def caller() -> None:
        while time.monotonic() < over:
            try:
                turn = await limiter.take()
            except Exception:  # noqa: BLE001  the peers' trees have no common root; cancellation still goes on
                errors[0] += 1
                await asyncio.sleep(AFTER_ERROR_S)
                continue
            admitted[0] += 1
            if work.call_s:
                os.write(log, array("d", [time.monotonic()]).tobytes())
                await asyncio.sleep(work.call_s)
            turn.answered()

    started = time.process_time()
    tasks = [asyncio.create_task(caller()) for _ in range(work.tasks)]
    await asyncio.sleep(work.seconds)
    done = Done(admitted[0], time.process_time() - started, errors[0])
    # Under load redis-py loses a cancellation now and then, so one round of them may not do.
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=0.1)
    os.close(log)
    return done
