"""Runs the parts that were asked for, prints what they found, and ends with the goals: 1 if one of them fails."""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from importlib import import_module
from math import isfinite
from pathlib import Path
from typing import Any, Final

from benchmarks.table import Goal, Report, goal_table

PARTS: Final = {
    "sim": "simulated upstream, virtual time",
    "batching": "many single reads on few calls, virtual time",
    "local": "CPU of an uncontended acquire, memory per key",
    "contended": "CPU per waiter, order",
    "cache": "hits in process, hit ratios, stampedes",
    "redis": "several processes on one Redis",
    "tier2": "a key from the shared cache",
    "rest": "a cached read over HTTP",
    "wire": "a cached tool call on the three wires of MCP",
    "streams": "two thousand open sessions",
    "fleet": "gateways, Redis and real faults; eight minutes, so only if it is named",
    "outage": "gateways and faults of the Redis that they share a cache through; only if it is named",
}
MODULES: Final = {
    "sim": "sim",
    "batching": "batching",
    "local": "cost",
    "contended": "contended",
    "cache": "caching",
    "redis": "redis_cost",
    "tier2": "tier2",
    "rest": "rest",
    "wire": "wire",
    "streams": "streams",
    "fleet": "rehearsal",
    "outage": "outage",
}
ONLY_NAMED: Final = ("fleet", "outage")


def main(arguments: Sequence[str]) -> int:
    """Measure; the exit code says whether every goal was met."""
    options = _options(arguments)
    started = time.monotonic()

    def progress(line: str) -> None:
        print(f"[{time.monotonic() - started:4.0f} s] {line}", file=sys.stderr, flush=True)

    reports: dict[str, Report] = {}
    for part in options.parts or [part for part in PARTS if part not in ONLY_NAMED]:
        progress(f"{part}: {PARTS[part]}")
        reports[part] = import_module(f"benchmarks.{MODULES[part]}").measure(progress)
        for table in reports[part].tables:
            print(table.text(), end="\n\n", flush=True)
    goals = [goal for report in reports.values() for goal in report.goals]
    print(goal_table(goals).text())
    for remark in (remark for report in reports.values() for remark in report.remarks):
        print(f"note: {remark}")
    if options.json:
        options.json.write_text(
            json.dumps({part: _plain(asdict(report)) for part, report in reports.items()}, indent=1)
        )
    return _verdict(goals)


def _verdict(goals: Sequence[Goal]) -> int:
    failed = [goal.quantity for goal in goals if not goal.passed]
    for quantity in failed:
        print(f"goal missed: {quantity}")
    return 1 if failed else 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks/run.py", description="Measure, side by side with the peers.")
    parser.add_argument(
        "parts",
        nargs="*",
        metavar="part",
        help=f"one of {', '.join(PARTS)}; if none is named, all but {' and '.join(ONLY_NAMED)}",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure to this file as well")
    options = parser.parse_args(arguments)
    for part in options.parts:
        if part not in PARTS:
            parser.error(f"there is no part {part}; there are {', '.join(PARTS)}")
    return options


def _plain(value: Any) -> Any:
    # JSON knows neither infinity nor nan.
    if isinstance(value, float) and not isfinite(value):
        return None if value != value else str(value)  # noqa: PLR0124  only nan differs from itself
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value
