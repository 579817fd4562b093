"""Part `batching`: a hundred and a thousand reads a second on a budget of six calls a second, on virtual time."""

import os
from collections.abc import Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from statistics import fmean
from typing import Final

from benchmarks.loop import run
from benchmarks.reads import CALLS, SOON_S, WINDOW_S, Figures, Reads, reads
from benchmarks.sim import Progress
from benchmarks.table import Cell, Goal, Report, Table, judge
from gateway.endpoint import Profile

SEEDS: Final = range(1, 4)
# Sixty thousand reads take a while.
HEAVY_SEEDS: Final = range(1, 2)
SHARED: Final = "extended"
ALONE: Final = "extended, one call per id"
LISTED: Final = "development, after 200 pages of playlists"
HEAVY: Final = "extended, 1000 reads/s, Zipf 1.0"

CASES: Final[Mapping[str, Reads]] = {
    SHARED: Reads(),
    ALONE: Reads(batches=False),
    "development": Reads(profile=Profile.DEVELOPMENT),
    LISTED: Reads(profile=Profile.DEVELOPMENT, pages=200),
    "the same, lists fill nothing": Reads(profile=Profile.DEVELOPMENT, pages=200, fills=False),
    HEAVY: Reads(rate=1000.0, zipf=1.0),
}
FIGURES: Final = ("asked", "served", "p50", "p99", "calls", "before", "refused")


def play(setting: Reads) -> Figures:
    """Play one setting on a loop of its own."""
    return run(reads(setting))


def measure(progress: Progress) -> Report:
    """Play everything and report."""
    jobs = [(name, seed) for name in CASES for seed in (HEAVY_SEEDS if name == HEAVY else SEEDS)]
    # The longest first.
    jobs.sort(key=lambda job: job[0] != HEAVY)
    figures: dict[str, list[Figures]] = {name: [] for name in CASES}
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        for (name, _), outcome in zip(jobs, pool.map(_play, jobs), strict=True):
            figures[name].append(outcome)
            progress(f"batching: {name}")
    means = {name: {key: fmean(one[key] for one in runs) for key in FIGURES} for name, runs in figures.items()}
    return Report(tables=[_table(means)], goals=list(_goals(means)))


def _play(job: tuple[str, int]) -> Figures:
    name, seed = job
    return play(replace(CASES[name], seed=seed))


def _table(means: Mapping[str, Figures]) -> Table:
    rows: list[list[Cell]] = [[name, *(found[key] for key in FIGURES)] for name, found in means.items()]
    return Table(
        f"100,000 tracks, 100 reads/s, Zipf 0.8, 60 s; {CALLS} calls in {WINDOW_S} s; callers wait {SOON_S:g} s",
        ["app", "reads", "served", "p50 s", "p99 s", "calls", "calls before", "429s"],
        rows,
        note="served: share answered in time; p50 and p99 are of those",
    )


def _goals(means: Mapping[str, Figures]) -> Iterable[Goal]:
    ours, alone = means[SHARED], means[ALONE]
    peer = "one call per id"
    yield judge(
        "share of 100 reads/s served on 6 calls/s",
        ours["served"],
        {peer: alone["served"]},
        goal=(">=", 0.99),
        limit="1",
    )
    yield judge("their p99, s", ours["p99"], {peer: alone["p99"]}, goal=("<=", 0.5), limit="RTT, 0.2")
    yield judge(
        "their 429s",
        sum(found["refused"] for found in means.values()),
        {peer: alone["refused"]},
        goal=("<=", 0),
        limit="0",
    )
