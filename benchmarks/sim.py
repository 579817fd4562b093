"""Part `sim`: every subject in every scenario, in virtual time; the same on every machine, whatever else it does.

Processes share the work, each with its clocks made virtual before a peer is imported.
"""

import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from importlib import import_module
from math import nan
from multiprocessing import get_context
from statistics import fmean
from typing import Any, Final

from benchmarks.loop import run, virtualise
from benchmarks.table import Cell, Goal, Report, Table, judge
from limiter import Priority

OUR_SEEDS: Final = range(1, 6)
PEER_SEEDS: Final = range(1, 3)
# Their waiters ask again every few hundred milliseconds or less, which takes most of the time of a whole run.
POLLING: Final = ("throttled", "limits sliding")
POLLING_SEEDS: Final = range(1, 2)
# What the delays of scenarios.Stage.send come to on average.
MEAN_RTT_S: Final = 0.12
SOON_S: Final = 0.3

OURS: Final = ("ours",)
# Thousands in line at once: only for those whose line does not poll.
PATIENT: Final = ("ours", "aiolimiter", "pyrate log", "pyrate GCRA")

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Case:
    """A scenario in one setting; with `only`, for these subjects."""

    name: str
    scenario: str
    setting: Mapping[str, Any] = field(default_factory=dict)
    only: tuple[str, ...] = ()


CASES: Final = (
    Case("bulk", "bulk"),
    Case("harsh", "bulk", {"variant": "harsh"}),
    Case("cells", "bulk", {"variant": "cells"}),
    Case("delay 1 s", "bulk", {"jitter_s": 1.0}),
    Case("delay 1 s, N = 30", "bulk", {"jitter_s": 1.0, "calls": 30}),
    Case("delay 0.05 s, N = 1000", "bulk", {"jitter_s": 0.05, "calls": 1000}, only=OURS),
    Case("interactive", "bulk", {"priority": Priority.INTERACTIVE}, only=OURS),
    Case("idle", "idle"),
    Case("flood", "flood"),
    Case("beside crawl", "beside_crawl"),
    Case("0.9x", "deadlines", {"load": 0.9, "priority": Priority.INTERACTIVE}),
    Case("1.5x", "deadlines", {"load": 1.5, "priority": Priority.INTERACTIVE}),
    Case("3x", "deadlines", {"load": 3.0, "priority": Priority.INTERACTIVE}),
    Case(
        "3x, patient", "deadlines", {"load": 3.0, "priority": Priority.INTERACTIVE, "patient": True}, only=PATIENT
    ),
    Case("promise, interactive", "promises", {"load": 3.0, "priority": Priority.INTERACTIVE}, only=OURS),
    Case("promise, crawl", "promises", {"load": 3.0, "priority": Priority.CRAWL}, only=OURS),
    Case("fairness", "fairness"),
    Case("ban", "banned"),
    Case("unknown limit", "unknown", only=OURS),
)


@dataclass(frozen=True, slots=True)
class Job:
    """One run of one subject; what a process is sent."""

    subject: str
    case: Case
    seed: int


def play(job: Job) -> dict[str, float] | str:
    """Run one job in virtual time; its figures, or the name of the library that it lacks."""
    scenarios = import_module("benchmarks.scenarios")
    setting = replace(scenarios.Setting(seed=job.seed), **job.case.setting)
    try:
        # Another start for each seed: windows that are cut out of a clock's time must not begin with the run.
        return dict(
            run(scenarios.SCENARIOS[job.case.scenario](job.subject, setting), start_s=1000.0 + 7 * job.seed)
        )
    except ModuleNotFoundError as missing:
        return str(missing.name)


class Results:
    """Figures by subject, case and seed."""

    def __init__(self) -> None:
        self.missing: dict[str, str] = {}
        self._runs: dict[tuple[str, str], list[dict[str, float]]] = defaultdict(list)

    def add(self, job: Job, outcome: dict[str, float] | str) -> None:
        """Keep one job's outcome."""
        if isinstance(outcome, str):
            self.missing[job.subject] = outcome
        else:
            self._runs[job.subject, job.case.name].append(outcome)

    def mean(self, subject: str, case: str, figure: str) -> float:
        """A figure averaged over the seeds; nan if there is none."""
        runs = self._runs.get((subject, case))
        return fmean(run[figure] for run in runs) if runs else nan

    def worst(self, subject: str, case: str, figure: str) -> float:
        """The highest of the seeds."""
        return max((run[figure] for run in self._runs.get((subject, case), ())), default=nan)

    def refused(self, subject: str) -> float:
        """429s of an average run through all scenarios but the ban; for ours, every single one of every seed."""
        cases = [
            case
            for case in CASES
            if (subject, case.name) in self._runs and case.scenario not in {"banned", "unknown"}
        ]
        runs = [run for case in cases for run in self._runs[subject, case.name] if "refused" in run]
        if not runs:
            return nan
        total = sum(run["refused"] for run in runs)
        return total if subject == "ours" else total / len(seeds(subject))


def measure(progress: Progress) -> Report:
    """Play everything and report."""
    subjects = ["ours", *import_module("benchmarks.peers").SUBJECTS]
    jobs = list(_jobs(subjects))
    results = Results()
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn"), initializer=virtualise) as pool:
        pending = {pool.submit(play, job): job for job in jobs}
        for done, future in enumerate(as_completed(pending), start=1):
            results.add(pending[future], future.result())
            if done % 50 == 0 or done == len(jobs):
                progress(f"sim: {done} of {len(jobs)} runs")
    present = [subject for subject in subjects if subject not in results.missing]
    return Report(
        tables=list(_tables(results, present)),
        goals=list(_goals(results, present[1:])),
        remarks=[f"sim: {name} is missing: no module {module}" for name, module in results.missing.items()],
    )


def seeds(subject: str) -> range:
    """The seeds that a subject is run with."""
    if subject == "ours":
        return OUR_SEEDS
    return POLLING_SEEDS if subject.startswith(POLLING) else PEER_SEEDS


def _jobs(subjects: Iterable[str]) -> Iterable[Job]:
    for subject in subjects:
        for case in CASES:
            if not case.only or subject in case.only:
                yield from (Job(subject, case, seed) for seed in seeds(subject))


COLUMNS: Final[Mapping[str, Mapping[str, tuple[str, str]]]] = {
    "Saturated by 64 workers: 429s, and share of the window used": {
        "exact 429s": ("bulk", "refused"),
        "used": ("bulk", "used"),
        "harsh 429s": ("harsh", "refused"),
        "harsh used": ("harsh", "used"),
        "cells 429s": ("cells", "refused"),
        "delay 1 s": ("delay 1 s", "refused"),
        "same, N = 30": ("delay 1 s, N = 30", "refused"),
        "after idle": ("idle", "refused"),
        "worst window": ("flood", "worst"),
    },
    "Interactive calls beside a saturating crawl; light users beside a greedy one: seconds, share used": {
        "p50": ("beside crawl", "p50"),
        "p99": ("beside crawl", "p99"),
        "used": ("beside crawl", "used"),
        "429s": ("beside crawl", "refused"),
        "light p50": ("fairness", "p50"),
        "light p99": ("fairness", "p99"),
        "light used": ("fairness", "used"),
    },
    "Answers of use for 2 s: share of the capacity in time, by load; seconds until the others know; bans": {
        "0.9x": ("0.9x", "goodput"),
        "1.5x": ("1.5x", "goodput"),
        "3x": ("3x", "goodput"),
        "3x patient": ("3x, patient", "goodput"),
        "3x refused after": ("3x", "refused_after"),
        "calls in a ban": ("ban", "told"),
        "back after s": ("ban", "back"),
    },
}
"""Tables of the report: column to case and figure."""


def _tables(results: Results, subjects: Iterable[str]) -> Iterable[Table]:
    for title, columns in COLUMNS.items():
        rows: list[list[Cell]] = [
            [subject, *(results.mean(subject, case, figure) for case, figure in columns.values())]
            for subject in subjects
        ]
        yield Table(title, ["subject", *columns], rows)
    head = ["N = 1000: 429s", "interactive only: 429s", "used", "promise: error p50", "p99", "crawl: p50", "p99"]
    promise = [
        results.mean("ours", case, figure)
        for case in ("promise, interactive", "promise, crawl")
        for figure in ("p50", "p99")
    ]
    refused = [results.worst("ours", case, "refused") for case in ("delay 0.05 s, N = 1000", "interactive")]
    row: list[Cell] = ["ours", *refused, results.mean("ours", "interactive", "used"), *promise]
    yield Table("What peers have no part in; errors of a promised wait in seconds", ["subject", *head], [row])


def _goals(results: Results, peers: Iterable[str]) -> Iterable[Goal]:
    peers = list(peers)

    def of(case: str, figure: str) -> dict[str, float]:
        return {peer: results.mean(peer, case, figure) for peer in peers}

    ours = {figure: results.mean("ours", "beside crawl", figure) for figure in ("used", "p99")}
    p99 = of("beside crawl", "p99")
    yield judge(
        "429s provoked, all scenarios",
        results.refused("ours"),
        {peer: results.refused(peer) for peer in peers},
        goal=("<=", 0),
        limit="0",
    )
    best_s = 30 / (30 + MEAN_RTT_S)
    yield judge(
        "utilisation, saturated bulk only",
        results.mean("ours", "bulk", "used"),
        of("bulk", "used"),
        goal=(">=", 0.99 * best_s),
        limit=f"W/(W+RTT) = {best_s:.3f}",
    )
    yield judge(
        f"utilisation with interactive p99 <= {SOON_S} s",
        ours["used"] if ours["p99"] <= SOON_S else nan,
        {peer: used for peer, used in of("beside crawl", "used").items() if p99[peer] <= SOON_S},
        goal=(">=", 0.97),
        limit="1 - reserve",
    )
    yield judge("interactive p99 beside crawl, s", ours["p99"], p99, goal=("<=", SOON_S), limit="RTT, 0.22")
    yield judge(
        "goodput at 3x overload",
        results.mean("ours", "3x", "goodput"),
        of("3x", "goodput"),
        goal=(">=", 0.98),
        limit="1",
    )
    yield judge(
        "error of a promised wait p99, s",
        max(results.mean("ours", case, "p99") for case in ("promise, interactive", "promise, crawl")),
        {},
        goal=("<=", 0.05),
        limit="RTT spread",
    )
    yield judge(
        "calls during an escalating ban",
        results.worst("ours", "ban", "told"),
        of("ban", "told"),
        goal=("<=", 1),
        limit="1",
    )
    yield judge(
        "unknown limit: 429s in 4 h",
        results.worst("ours", "unknown limit", "refused"),
        {},
        goal=("<=", 3),
        limit="1",
    )
    yield judge(
        "unknown limit: utilisation",
        results.mean("ours", "unknown limit", "used"),
        {},
        goal=(">=", 0.95),
        limit="1",
    )
