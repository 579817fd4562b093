"""Replays traces through caches of several sizes and counts what they find, beside the offline optimum.

Everything but the peers' own randomness follows from the seeds. Processes share the work.
"""

import os
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from math import nan
from multiprocessing import get_context
from typing import Final

from benchmarks.belady import best_hits
from benchmarks.cache_peers import LRU, OUR_LRU, REPLAYED, S3FIFO
from benchmarks.table import Cell, Goal, Report, Table, judge
from benchmarks.traces import KEYS, REQUESTS, TRACES

BELADY: Final = "Belady"
SHARES: Final = (0.01, 0.05, 0.10)
"""Sizes, as shares of the catalogue."""
MIDDLE: Final = SHARES[1]
DRIFT: Final = "permuted every 50,000"

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Job:
    """One trace through one cache; what a process is sent."""

    trace: str
    subject: str


def play(job: Job) -> dict[float, float] | str:
    """Hit ratios by size, or the name of the library that is missing."""
    trace = TRACES[job.trace]()
    try:
        return {share: hits(job.subject, trace, round(share * KEYS)) / len(trace) for share in SHARES}
    except ModuleNotFoundError as missing:
        return str(missing.name)


def hits(subject: str, trace: list[int], size: int) -> int:
    """How many requests find their key in a cache of `size` entries."""
    if subject == BELADY:
        return best_hits(trace, size)
    return sum(map(REPLAYED[subject](size), trace))


@dataclass(slots=True)
class Ratios:
    """Hit ratios by trace, subject and size, and who is missing."""

    known: dict[tuple[str, str, float], float] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)

    def add(self, job: Job, outcome: Mapping[float, float] | str) -> None:
        """Keep one job's outcome."""
        if isinstance(outcome, str):
            self.missing[job.subject] = outcome
        else:
            self.known.update({(job.trace, job.subject, share): ratio for share, ratio in outcome.items()})

    def of(self, trace: str, subject: str, share: float) -> float:
        """One ratio; nan if there is none."""
        return self.known.get((trace, subject, share), nan)

    def above_lru(self, trace: str, subject: str, share: float) -> float:
        """How much one ratio is above that of LRU."""
        return self.of(trace, subject, share) - self.of(trace, LRU, share)


def measure(progress: Progress) -> Report:
    """Replay everything and report."""
    subjects = [*REPLAYED, BELADY]
    ratios = Ratios()
    progress(f"cache: {len(TRACES)} traces of {REQUESTS} requests through {len(subjects)} caches of three sizes")
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        pending = {pool.submit(play, job): job for job in _jobs(subjects)}
        for future in as_completed(pending):
            ratios.add(pending[future], future.result())
    return Report(
        tables=[_table(ratios, [subject for subject in subjects if subject not in ratios.missing])],
        goals=list(_goals(ratios)),
        remarks=[f"cache: {name} is missing: no module {module}" for name, module in ratios.missing.items()],
    )


def _jobs(subjects: Iterable[str]) -> Iterable[Job]:
    return (Job(trace, subject) for trace in TRACES for subject in subjects)


def _table(ratios: Ratios, subjects: Iterable[str]) -> Table:
    rows: list[list[Cell]] = [
        [f"{trace}, {share:.0%}", *(ratios.of(trace, subject, share) for subject in subjects)]
        for trace in TRACES
        for share in SHARES
    ]
    title = f"Hit ratios: {KEYS} keys, {REQUESTS} requests, sizes as share of the keys"
    return Table(title, ["trace", *subjects], rows)


def _goals(ratios: Ratios) -> Iterable[Goal]:
    peers = [name for name in REPLAYED if name not in {S3FIFO, OUR_LRU}]

    def above(trace: str, share: float, bound: float) -> Goal:
        return judge(
            f"hit ratio above LRU, {trace}, {share:.0%}",
            ratios.above_lru(trace, S3FIFO, share),
            {name: ratios.above_lru(trace, name, share) for name in peers},
            goal=(">=", bound),
            limit=f"Belady, {ratios.above_lru(trace, BELADY, share):.3f}",
        )

    yield above("Zipf 1.0", MIDDLE, 0.07)
    yield above("+ 30 % one-off crawl", MIDDLE, 0.09)
    yield from (above(DRIFT, share, 0.0) for share in SHARES)
