import tracemalloc

import pytest
from prometheus_client import CollectorRegistry, Counter, Histogram

from ops.tally import Tally


class Noted:
    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        tally = Tally(self.registry)
        counter = Counter("calls", "Calls", ["tool", "outcome"], registry=self.registry)
        histogram = Histogram("seconds", "Seconds", ["tool"], buckets=(0.1, 1.0), registry=self.registry)
        self.calls, self.seconds = tally.count(counter), tally.spread(histogram)

    def read(self, name: str, **labels: str) -> float | None:
        return self.registry.get_sample_value(name, labels)


def test_whoever_reads_sees_all_that_was_noted() -> None:
    noted = Noted()
    for outcome in ("ok", "ok", "error"):
        noted.calls.add("search", outcome)
    for seconds in (0.05, 0.5, 5.0):
        noted.seconds.add("search", seconds)
    for _ in range(2):
        assert noted.read("calls_total", tool="search", outcome="ok") == 2
        assert noted.read("calls_total", tool="search", outcome="error") == 1
        assert noted.read("seconds_count", tool="search") == 3
        assert noted.read("seconds_bucket", tool="search", le="0.1") == 1
        assert noted.read("seconds_sum", tool="search") == pytest.approx(5.55)
    noted.calls.add("search", "ok")
    assert noted.read("calls_total", tool="search", outcome="ok") == 3


def test_durations_are_told_before_they_take_much_memory() -> None:
    noted = Noted()
    tracemalloc.start()
    try:
        for _ in range(100_000):
            noted.seconds.add("search", 0.05)
        assert tracemalloc.get_traced_memory()[0] < 1_000_000
    finally:
        tracemalloc.stop()
    assert noted.read("seconds_count", tool="search") == 100_000
