"""Part `cache`: what a hit costs, how much is found, what a stampede asks of the upstream, beside the peers."""

from collections.abc import Callable

from benchmarks import cache_cost, replay, stampede
from benchmarks.table import Report


def measure(progress: Callable[[str], None]) -> Report:
    """All three in one report; what is timed runs first, alone."""
    whole = Report()
    for part in (cache_cost, stampede, replay):
        report = part.measure(progress)
        whole.tables += report.tables
        whole.goals += report.goals
        whole.remarks += [remark for remark in report.remarks if remark not in whole.remarks]
    return whole
