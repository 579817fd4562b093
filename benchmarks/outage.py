"""Part `outage`: gateways share a cache through a Redis that is slow, stopped, emptied, full or gone for a while.

Nobody may notice more than a slower answer: no request fails, and what a write has changed never comes back.
"""

import asyncio
import tempfile
import time
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from math import inf, nan
from pathlib import Path
from typing import Final

import aiohttp

from benchmarks.faulty import GATEWAYS, PHASE_S, FaultyRedis, Phase
from benchmarks.figures import percentile
from benchmarks.ledger import Ledger, Write
from benchmarks.table import Cell, Report, Table, judge
from benchmarks.visitors import GOOD, KEPT, READS_PER_S, Visit, Visitors
from fleet import Fleet, Judge, Terms

TERMS: Final = Terms(limit=10_000, window_s=30.0)
"""So much that the budget never matters."""
LAST_S: Final = 5.0
"""For writes that were not seen by everybody before the last phase ended."""
HEAD: Final = (
    "phase",
    "requests",
    "failed",
    "kept p50 ms",
    "p99 ms",
    "all p99 ms",
    "no call",
    "calls",
    "writes",
    "write ms",
    "seen p50 ms",
    "longest ms",
    "agreed after ms",
    "stale",
)


@dataclass(frozen=True, slots=True)
class Span:
    """When a phase was, and how many upstream calls fell into it."""

    phase: Phase
    began_at: float
    ended_at: float
    calls: int

    def holds(self, at: float) -> bool:
        """Whether a moment is within."""
        return self.began_at <= at < self.ended_at

    def cuts(self, write: Write) -> bool:
        """Whether others could not hear of a write when it began."""
        first, last = self.phase.cut_s or (nan, nan)
        return first <= write.begun_at - self.began_at < last


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a whole rehearsal came to."""

    spans: list[Span]
    visits: list[Visit]
    ledger: Ledger


async def rehearse(progress: Callable[[str], None]) -> Outcome:
    """Play everything."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        cache = FaultyRedis(folder)
        await stack.enter_async_context(cache.running())
        fleet = Fleet(folder, TERMS, gateways=GATEWAYS, FERMATA_CACHE_MIB="64")
        for gateway, url in zip(fleet.gateways, cache.urls, strict=True):
            gateway.environ["FERMATA_CACHE_REDIS_URL"] = url
        await stack.enter_async_context(fleet.running())
        connector = aiohttp.TCPConnector(limit=0)
        http = await stack.enter_async_context(aiohttp.ClientSession(connector=connector))
        visitors, judge = Visitors(fleet.bases, http), Judge(fleet, http)
        busy = asyncio.create_task(visitors.run())
        stack.push_async_callback(_ended, busy)
        spans = []
        for phase in cache.phases(visitors.look):
            spans.append(await _play(phase, judge))
            progress(f"outage: {phase.name}: {spans[-1].calls} upstream calls")
        await asyncio.sleep(LAST_S)
        return Outcome(spans, visitors.visits, visitors.ledger)


async def _play(phase: Phase, judge: Judge) -> Span:
    before = len(await judge.calls())
    began_at = time.monotonic()
    for at, act in phase.acts:
        await asyncio.sleep(began_at + at - time.monotonic())
        act()
    await asyncio.sleep(began_at + PHASE_S - time.monotonic())
    return Span(phase, began_at, time.monotonic(), len(await judge.calls()) - before)


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def row(span: Span, outcome: Outcome) -> list[Cell]:
    """What a phase came to, in the order of the head."""
    visits = [visit for visit in outcome.visits if span.holds(visit.at)]
    reads = [visit for visit in visits if visit.track]
    kept_ms = [1000 * visit.took_s for visit in reads if visit.cache in KEPT]
    ledger = outcome.ledger
    writes = [write for write in ledger.writes if span.holds(write.begun_at)]
    seen_ms = [_seen_ms(ledger, write) for write in writes if not span.cuts(write)]
    return [
        span.phase.name,
        len(visits),
        sum(visit.status not in GOOD for visit in visits),
        percentile(kept_ms, 0.5),
        percentile(kept_ms, 0.99),
        percentile([1000 * visit.took_s for visit in reads], 0.99),
        sum(visit.cache != "MISS" for visit in reads) / len(reads),
        span.calls,
        len(writes),
        percentile([1000 * (write.acked_at - write.begun_at) for write in writes if write.acked_at], 0.5),
        percentile(seen_ms, 0.5),
        max(seen_ms, default=nan),
        _agreed_after_ms(span, ledger, [write for write in writes if span.cuts(write)]),
        sum(span.holds(at) for at in ledger.stale_at),
    ]


def _seen_ms(ledger: Ledger, write: Write) -> float:
    agreed_at = ledger.agreed_at(write)
    return inf if agreed_at is None or write.acked_at is None else 1000 * (agreed_at - write.acked_at)


def _agreed_after_ms(span: Span, ledger: Ledger, writes: list[Write]) -> float:
    if span.phase.cut_s is None or not writes:
        return nan
    over_at = span.began_at + span.phase.cut_s[1]
    return max(inf if (at := ledger.agreed_at(write)) is None else 1000 * (at - over_at) for write in writes)


def measure(progress: Callable[[str], None]) -> Report:
    """Play it, which takes a minute and a half."""
    outcome = asyncio.run(rehearse(progress))
    failed = sum(visit.status not in GOOD for visit in outcome.visits)
    stale = len(outcome.ledger.stale_at)
    title = f"{GATEWAYS} gateways on one cache, {READS_PER_S} reads of tracks a second; its Redis is"
    rows = [row(span, outcome) for span in outcome.spans]
    return Report(
        tables=[Table(title, HEAD, rows)],
        goals=[
            judge("cache under faults: failed requests", failed, {}, goal=("<=", 0), limit="0"),
            judge("cache under faults: stale answers", stale, {}, goal=("<=", 0), limit="0"),
        ],
    )
