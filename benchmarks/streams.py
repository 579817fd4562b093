"""Part `streams`: what two thousand open sessions take, how calls on half of them fare, and what is left of them.

Sessions end in three ways: the client hangs up, nobody uses them, or others take their places. Afterwards the
gateway must have no session, stream or descriptor more than before.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import uvloop

from benchmarks.crowd import metric
from benchmarks.figures import percentile
from benchmarks.listeners import (
    allow_descriptors,
    bare_streams,
    hang_up,
    left_sessions,
    listening_pairs,
    steadily,
)
from benchmarks.process import Process, gateway, serving
from benchmarks.questions import QUERY, known
from benchmarks.table import Cell, Goal, Report, Table, judge
from benchmarks.wires import Question, WrongAnswerError, modern, pair

SESSIONS: Final = 2_000
PERIOD_S: Final = 5.0
"""Each caller, one of every two sessions, asks once in this time: 200 calls a second in all."""
LOAD_S: Final = 15.0
IDLE_S: Final = 5.0
"""What the gateway is told of sessions that nobody uses."""
QUIET_S: Final = 61.0
"""A session may lose its place to another one after a minute."""
SETTLE_S: Final = 1.0
PATIENCE_S: Final = 30.0
KB: Final = 1024
MB: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class State:
    """What a gateway holds at a moment."""

    sessions: float
    streams: float
    descriptors: int
    resident_bytes: int

    @classmethod
    async def of(cls, process: Process) -> "State":
        """Ask the gateway and the system."""
        sessions, streams = await metric(process, "mcp_sessions"), await metric(process, "mcp_streams")
        return cls(sessions, streams, process.descriptors(), process.resident_bytes())


@dataclass(frozen=True, slots=True)
class Ending:
    """A way for sessions to end: what was before they came, with them and after them, and how long it took."""

    name: str
    before: State
    full: State
    after: State
    took_s: float

    @property
    def left(self) -> float:
        """Sessions, streams and descriptors that are more than before."""
        return sum(
            max(0, after - before)
            for before, after in (
                (self.before.sessions, self.after.sessions),
                (self.before.streams, self.after.streams),
                (self.before.descriptors, self.after.descriptors),
            )
        )


@dataclass(frozen=True, slots=True)
class Load:
    """Calls on the loaded streams, and the share of a core that the gateway needed meanwhile."""

    took_s: Sequence[float]
    busy: float


async def ended(name: str, process: Process, *, before: State, full: State, since: float) -> Ending:
    """Wait until the gateway is as before, but not for ever."""
    while True:
        after = await State.of(process)
        ending = Ending(name, before, full, after, time.monotonic() - since)
        if not ending.left or ending.took_s > PATIENCE_S:
            return ending
        await asyncio.sleep(0.1)


async def floor(script: Sequence[str]) -> float:
    """Bytes for each stream that a bare server holds."""
    async with serving(script) as process:
        await hang_up(await bare_streams(process, 10))
        before = process.resident_bytes()
        streams = await bare_streams(process, SESSIONS)
        await asyncio.sleep(SETTLE_S)
        taken = process.resident_bytes() - before
        await hang_up(streams)
    return taken / SESSIONS


async def loaded(process: Process, question: Question) -> tuple[Load, Ending, bool]:
    """Sessions whose clients listen, half of them call; whether one too many was refused; and their end."""
    before = await State.of(process)
    callers = await listening_pairs(process, SESSIONS)
    await asyncio.sleep(SETTLE_S)
    full = await State.of(process)
    spent, started = process.cpu_s(), time.monotonic()
    took_s = await steadily(callers[::2], question, period_s=PERIOD_S, for_s=LOAD_S)
    busy = (process.cpu_s() - spent) / (time.monotonic() - started)
    refused = await _refused(process) and await metric(process, "mcp_sessions") == SESSIONS
    since = time.monotonic()
    await hang_up(callers)
    ending = await ended("hung up, after calls", process, before=before, full=full, since=since)
    return Load(took_s, busy), ending, refused


async def _refused(process: Process) -> bool:
    try:
        await (await pair(process.base)).close()
    except WrongAnswerError:
        return True
    return False


async def listened(process: Process) -> Ending:
    """Sessions whose clients only listen, and hang up."""
    before = await State.of(process)
    callers = await listening_pairs(process, SESSIONS)
    await asyncio.sleep(SETTLE_S)
    full = await State.of(process)
    since = time.monotonic()
    await hang_up(callers)
    return await ended("hung up", process, before=before, full=full, since=since)


async def idled(process: Process) -> Ending:
    """Sessions that their clients forget."""
    before = await State.of(process)
    await left_sessions(process, SESSIONS)
    full = await State.of(process)
    since = time.monotonic()
    return await ended("forgotten", process, before=before, full=full, since=since)


async def displaced(process: Process, quiet_since: float) -> Ending:
    """As many newcomers at a gateway that is full of forgotten sessions, which is also how it was before."""
    await asyncio.sleep(quiet_since + QUIET_S - time.monotonic())
    before = await State.of(process)
    since = time.monotonic()
    await left_sessions(process, SESSIONS)
    took_s = time.monotonic() - since
    await asyncio.sleep(SETTLE_S)
    after = await State.of(process)
    return Ending("displaced by as many", before, after, after, took_s)


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything: bytes for each bare stream, the load, the ends of sessions, whether one too many was refused."""

    floor_bytes: float
    load: Load
    endings: Sequence[Ending]
    refused: bool

    @property
    def session_bytes(self) -> float:
        """Memory for each session, in a process that held none before."""
        first = self.endings[0]
        return (first.full.resident_bytes - first.before.resident_bytes) / SESSIONS


async def findings(progress: Callable[[str], None]) -> Findings:
    """Play everything, one after the other but for the minute that forgotten sessions must be quiet."""
    allow_descriptors()
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        most = {"FERMATA_MAX_SESSIONS": str(SESSIONS)}
        crowded = await stack.enter_async_context(gateway(folder / "crowded", **most))
        ours = await stack.enter_async_context(
            gateway(folder / "ours", FERMATA_SESSION_IDLE_S=str(IDLE_S), **most)
        )
        await left_sessions(crowded, SESSIONS)
        quiet_since = time.monotonic()
        progress("streams: a gateway is full of forgotten sessions")
        told = folder / "told.json"
        told.write_text("{}")
        script = [sys.executable, "-P", str(Path(__file__).with_name("rivals.py")), "bare", str(told)]
        floor_bytes = await floor(script)
        caller = await modern(ours.base)
        question = await known(caller, QUERY)
        await caller.close()
        await hang_up(await listening_pairs(ours, 10))
        await asyncio.sleep(SETTLE_S)
        load, first, refused = await loaded(ours, question)
        progress(f"streams: {len(load.took_s)} calls on {SESSIONS // 2} of {SESSIONS} streams")
        endings = [first, await listened(ours), await idled(ours)]
        progress("streams: all clients have hung up, and forgotten sessions ended")
        endings.append(await displaced(crowded, quiet_since))
    return Findings(floor_bytes, load, endings, refused)


def tables(found: Findings) -> Iterator[Table]:
    """Memory, calls, and what is left."""
    rows: list[list[Cell]] = [
        ["bare aiohttp, streams", found.floor_bytes / KB, 1],
        ["ours, sessions with their streams", found.session_bytes / KB, found.session_bytes / found.floor_bytes],
    ]
    yield Table(f"Memory of {SESSIONS} streams", ["server", "KB each", "ratio"], rows)
    took_s, busy = found.load.took_s, found.load.busy
    p50, p99 = (percentile(took_s, share) * 1000 for share in (0.5, 0.99))
    yield Table(
        f"Calls on {SESSIONS // 2} of {SESSIONS} streams",
        ["calls", "a second", "p50 ms", "p99 ms", "of a core"],
        [[str(len(took_s)), len(took_s) / LOAD_S, p50, p99, busy]],
    )
    head = ["sessions", "before", "open", "after", "streams", "descriptors", "MB before", "open", "after", "s"]
    yield Table("What is left of them", head, [_row(ending) for ending in found.endings])


def _row(ending: Ending) -> list[Cell]:
    before, full, after = ending.before, ending.full, ending.after
    resident = [state.resident_bytes / MB for state in (before, full, after)]
    counts = [
        before.sessions,
        full.sessions,
        after.sessions,
        after.streams,
        after.descriptors - before.descriptors,
    ]
    return [ending.name, *counts, *resident, ending.took_s]


def goals(found: Findings) -> Iterator[Goal]:
    """Nothing is left, and nobody gets in beyond the cap."""
    left = sum(ending.left for ending in found.endings)
    yield judge("sessions, streams, descriptors left", left, {}, goal=("<=", 0), limit="0")
    beyond = float(not found.refused)
    yield judge(f"streams admitted beyond a cap of {SESSIONS}", beyond, {}, goal=("<=", 0), limit="0")


def measure(progress: Callable[[str], None]) -> Report:
    """Three tables; the goals are for what is left."""
    found = uvloop.run(findings(progress))
    return Report(list(tables(found)), list(goals(found)))
