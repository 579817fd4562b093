"""Notes what happens with every request, and tells Prometheus in bulk; whoever reads the metrics misses nothing.

One count is a handful of calls inside the library, and each request is counted five times. A note is one look-up.
All notes are told before anything is collected; durations, which take memory, after `_MOST` of them at the latest.
"""

from collections.abc import Iterable
from typing import Final, Protocol

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

_MOST: Final = 1024
"""Durations that wait to be told; a count is one number however much it counts."""


class Count:
    """The notes of one counter."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter
        self._noted: dict[tuple[str, ...], int] = {}

    def add(self, *labels: str) -> None:
        """Note one more."""
        self._noted[labels] = self._noted.get(labels, 0) + 1

    def tell(self) -> None:
        """Count what was noted."""
        noted, self._noted = self._noted, {}
        for labels, count in noted.items():
            self._counter.labels(*labels).inc(count)


class Spread:
    """The notes of one histogram."""

    def __init__(self, histogram: Histogram) -> None:
        self._histogram = histogram
        self._noted: list[tuple[str, float]] = []

    def add(self, label: str, seconds: float) -> None:
        """Note a duration."""
        self._noted.append((label, seconds))
        if len(self._noted) >= _MOST:
            self.tell()

    def tell(self) -> None:
        """Observe what was noted."""
        noted, self._noted = self._noted, []
        for label, seconds in noted:
            self._histogram.labels(label).observe(seconds)


class Notes(Protocol):
    """What can be told."""

    def tell(self) -> None:
        """Tell it."""


class Tally(Collector):
    """All notes of a registry, where it must be the first: collectors are asked in the order of their coming."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._all: list[Notes] = []
        registry.register(self)

    def count(self, counter: Counter) -> Count:
        """Return the notes of `counter`."""
        notes = Count(counter)
        self._all.append(notes)
        return notes

    def spread(self, histogram: Histogram) -> Spread:
        """Return the notes of `histogram`."""
        notes = Spread(histogram)
        self._all.append(notes)
        return notes

    def describe(self) -> Iterable[Metric]:
        """Name no metric of its own."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """Tell all notes; the metrics themselves are collected after this."""
        for notes in self._all:
            notes.tell()
        return ()
