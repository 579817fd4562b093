"""Part `redis`: several processes and one Redis; what an admitted call costs, and whether the window holds.

The server is the benchmark's own, on a free port, and forgets everything between two runs.
"""

import os
import signal
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from math import nan
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any, Final

import redis_server
from benchmarks.figures import worst_window
from benchmarks.redis_nodes import Together, Work, together
from benchmarks.redis_peers import SHARED
from benchmarks.table import Cell, Goal, Report, Table, judge

OURS: Final = "ours"
CALLS: Final = 200
WINDOW_S: Final = 2
PLENTY: Final = 50_000_000
COST_PROCESSES: Final = (1, 4)
COST_S: Final = 1.5
ACCURACY_PROCESSES: Final = (2, 4, 8)
PEERS_ACCURACY_PROCESSES: Final = (2, 8)
ACCURACY_S: Final = 6.0
FAULT_AT_S: Final = 2.5
FAULT_PROCESSES: Final = 4
# The other peers overshoot without any fault.
FAULT_SUBJECTS: Final = (OURS, "limits moving", "pyrate log")
STALL_S: Final = 5.0

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One run: what it cost per admitted call, and how far it kept to the window."""

    client_us: float
    server_us: float
    scripts: float
    worst: int
    used: float
    errors: int


class Bench:
    """One Redis server, and runs on it."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self._folder = folder
        self._client: Any = import_module("redis").Redis.from_url(url, socket_timeout=30)
        self._runs = 0

    def run(
        self,
        subject: str,
        processes: int,
        *,
        calls: int = CALLS,
        tasks: int = 24,
        call_s: float = 0.02,
        seconds: float = ACCURACY_S,
        fault: Callable[["Bench", list[ForkServerProcess]], None] | None = None,
    ) -> Outcome | str:
        """Run on an empty server; the outcome, or the name of a library that is missing."""
        self._client.flushall()
        self._client.config_resetstat()
        log = self._folder / str(self._runs)
        log.mkdir()
        self._runs += 1
        before = self._server_s()
        meanwhile = None if fault is None else lambda nodes: fault(self, nodes)
        work = Work(
            subject=subject,
            url=self.url,
            calls=calls,
            window_s=WINDOW_S,
            tasks=tasks,
            call_s=call_s,
            seconds=seconds,
            log=log,
        )
        done = together(work, processes, meanwhile=meanwhile)
        return done.missing or self._outcome(done, seconds=seconds, server_s=self._server_s() - before)

    def _outcome(self, done: Together, *, seconds: float, server_s: float) -> Outcome:
        admitted = sum(one.admitted for one in done.done) or nan
        stats = self._client.info("commandstats")
        steady = [at for at in done.sends if done.started + WINDOW_S <= at < done.started + seconds]
        return Outcome(
            client_us=sum(one.cpu_s for one in done.done) / admitted * 1e6,
            server_us=server_s / admitted * 1e6,
            scripts=sum(stats.get(f"cmdstat_{name}", {}).get("calls", 0) for name in ("evalsha", "eval"))
            / admitted,
            worst=worst_window(done.sends, WINDOW_S),
            used=len(steady) / (CALLS * (seconds - WINDOW_S) / WINDOW_S),
            errors=sum(one.errors for one in done.done),
        )

    def _server_s(self) -> float:
        cpu = self._client.info("cpu")
        return float(cpu["used_cpu_user"] + cpu["used_cpu_sys"])

    def kill_a_node(self, nodes: list[ForkServerProcess]) -> None:
        """A node dies without a word."""
        time.sleep(FAULT_AT_S)
        nodes[0].kill()

    def flush(self, nodes: list[ForkServerProcess]) -> None:
        """The server forgets everything."""
        del nodes
        time.sleep(FAULT_AT_S)
        self._client.flushall()

    def stall(self, nodes: list[ForkServerProcess]) -> None:
        """The server answers nobody for a while."""
        del nodes
        pid = self._client.info("server")["process_id"]
        time.sleep(FAULT_AT_S)
        os.kill(pid, signal.SIGSTOP)
        time.sleep(STALL_S)
        os.kill(pid, signal.SIGCONT)


FAULTS: Final = {"kill -9 of a node": Bench.kill_a_node, "FLUSHALL": Bench.flush, "5 s SIGSTOP": Bench.stall}


@contextmanager
def _bench() -> Iterator[Bench]:
    with tempfile.TemporaryDirectory() as folder, redis_server.running(Path(folder)) as url:
        yield Bench(url, Path(folder))


def measure(progress: Progress) -> Report:
    """Cost, accuracy and faults; a machine without a Redis gets a remark instead."""
    report = Report()
    server, origin = redis_server.find()
    if server is None:
        report.remarks.append(f"redis: not measured, no server: {origin}")
        return report
    with _bench() as bench:
        costs = _cost(bench, report, progress)
        present = list(dict.fromkeys(name for name, _ in costs))
        accuracy = _accuracy(bench, present, progress)
        faults = _faults(bench, [name for name in FAULT_SUBJECTS if name in present], progress)
    report.tables += [_cost_table(costs, present), _accuracy_table(accuracy, faults, present)]
    report.goals += _goals(costs, accuracy, faults) if OURS in present else []
    return report


Runs = Mapping[tuple[str, int], Outcome]
FaultRuns = Mapping[tuple[str, str], Outcome]


def _cost(bench: Bench, report: Report, progress: Progress) -> Runs:
    costs: dict[tuple[str, int], Outcome] = {}
    for name in SHARED:
        progress(f"redis: cost of {name}")
        for processes in COST_PROCESSES:
            outcome = bench.run(name, processes, calls=PLENTY, tasks=16, call_s=0.0, seconds=COST_S)
            if isinstance(outcome, str):
                report.remarks.append(f"redis: {name} is missing: no module {outcome}")
                break
            costs[name, processes] = outcome
    return costs


def _accuracy(bench: Bench, names: Iterable[str], progress: Progress) -> Runs:
    runs: dict[tuple[str, int], Outcome] = {}
    for name in names:
        progress(f"redis: accuracy of {name}")
        for processes in ACCURACY_PROCESSES if name == OURS else PEERS_ACCURACY_PROCESSES:
            outcome = bench.run(name, processes)
            if isinstance(outcome, Outcome):
                runs[name, processes] = outcome
    return runs


def _faults(bench: Bench, names: Iterable[str], progress: Progress) -> FaultRuns:
    runs: dict[tuple[str, str], Outcome] = {}
    for name in names:
        for title, fault in FAULTS.items():
            progress(f"redis: {name}, {title}")
            seconds = FAULT_AT_S + STALL_S + 2 * WINDOW_S if fault is Bench.stall else FAULT_AT_S + 2 * WINDOW_S
            outcome = bench.run(name, FAULT_PROCESSES, seconds=seconds, fault=fault)
            if isinstance(outcome, Outcome):
                runs[name, title] = outcome
    return runs


def _cost_table(costs: Runs, names: Iterable[str]) -> Table:
    head = ["subject"]
    for processes in COST_PROCESSES:
        head += [f"P={processes}: client us", "server us", "scripts"]
    rows: list[list[Cell]] = []
    for name in names:
        runs = [costs[name, processes] for processes in COST_PROCESSES]
        rows.append([name, *(value for run in runs for value in (run.client_us, run.server_us, run.scripts))])
    return Table("Per admitted call, P processes with 16 tasks each: CPU, and scripts that Redis ran", head, rows)


def _accuracy_table(accuracy: Runs, faults: FaultRuns, names: Iterable[str]) -> Table:
    def row(name: str) -> list[Cell]:
        runs = [accuracy.get((name, processes)) for processes in ACCURACY_PROCESSES]
        last = accuracy[name, ACCURACY_PROCESSES[-1]]
        troubled = [faults.get((name, title)) for title in FAULTS]
        worst = [nan if run is None else run.worst for run in (*runs, *troubled)]
        return [name, *worst, last.used, last.scripts]

    head = [
        "subject",
        *(f"P={processes}" for processes in ACCURACY_PROCESSES),
        *FAULTS,
        "used, P=8",
        "scripts, P=8",
    ]
    title = f"Most sends in any {WINDOW_S} s; {CALLS} are allowed"
    return Table(title, head, [row(name) for name in names], note=f"Faults with P={FAULT_PROCESSES}.")


def _goals(costs: Runs, accuracy: Runs, faults: FaultRuns) -> list[Goal]:
    most = COST_PROCESSES[-1]
    peers = [name for name in SHARED if name != OURS and (name, most) in costs]

    def worst(name: str) -> float:
        runs = [run for (who, _), run in [*accuracy.items(), *faults.items()] if who == name]
        return max((run.worst for run in runs), default=nan)

    return [
        judge(
            f"Redis round trips per admitted call, P={most}",
            costs[OURS, most].scripts,
            {name: costs[name, most].scripts for name in peers},
            goal=("<=", 0.1),
            limit="calls / lease",
        ),
        judge(
            f"most sends in a window of {CALLS}, P <= 8, faults",
            worst(OURS),
            {name: worst(name) for name in peers},
            goal=("<=", CALLS),
            limit=str(CALLS),
        ),
    ]
