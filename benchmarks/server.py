"""The upstream's side of a rate limit, as it might count: exact log, harsh log, one-second cells, escalating ban.

Nothing here waits or reads a clock: a call is its time of arrival, in seconds, and times never go back.
"""

from collections import deque
from dataclasses import dataclass, field
from math import ceil, floor, inf
from typing import Protocol

OK, THROTTLED = 200, 429


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call gets: 200, or 429 with the whole seconds of its Retry-After."""

    status: int
    retry_after_s: int = 0


class Rule(Protocol):
    """Decides about arrivals, one after the other."""

    def admit(self, now: float) -> float:
        """Count a call that arrives now; 0 if it is served, else the seconds after which one would be."""


@dataclass(slots=True)
class Log:
    """At most `calls` in any window. A harsh one counts refused calls too, so asking in vain prolongs the wait."""

    calls: int
    window_s: float
    harsh: bool = False
    _log: deque[float] = field(default_factory=deque)

    def admit(self, now: float) -> float:
        """See `Rule.admit`."""
        log = self._log
        while log and log[0] <= now - self.window_s:
            log.popleft()
        served = len(log) < self.calls
        if served or self.harsh:
            log.append(now)
        return 0.0 if served else log[-self.calls] + self.window_s - now


@dataclass(slots=True)
class Cells:
    """Counts in whole seconds of its clock: a call counts until all of its second has left the window."""

    calls: int
    window_s: float
    _cells: deque[list[int]] = field(default_factory=deque)
    _count: int = 0

    def admit(self, now: float) -> float:
        """See `Rule.admit`."""
        cells = self._cells
        while cells and cells[0][0] + 1 + self.window_s <= now:
            self._count -= cells.popleft()[1]
        if self._count >= self.calls:
            return cells[0][0] + 1 + self.window_s - now
        self._count += 1
        if cells and cells[-1][0] == floor(now):
            cells[-1][1] += 1
        else:
            cells.append([floor(now), 1])
        return 0.0


@dataclass(slots=True)
class Ban:
    """Serves everybody until `at`, nobody for `first_s` from then on, and every call in vain adds `step_s`."""

    at: float
    first_s: float = 60.0
    step_s: float = 10.0
    until: float = field(init=False)

    def __post_init__(self) -> None:
        self.until = self.at + self.first_s

    def admit(self, now: float) -> float:
        """See `Rule.admit`."""
        if not self.at <= now < self.until:
            return 0.0
        self.until += self.step_s
        return self.until - now


class Tolerant:
    """Serves everybody: what a limiter lets through shows best where nobody corrects it."""

    def admit(self, now: float) -> float:
        """See `Rule.admit`."""
        del now
        return 0.0


class Server:
    """A rule and its records.

    Attributes:
        served: times of the calls that were served, ascending.
        refused: times of the calls that were not, ascending.
    """

    __slots__ = ("_rule", "refused", "served")

    def __init__(self, rule: Rule) -> None:
        self._rule = rule
        self.served: list[float] = []
        self.refused: list[float] = []

    def arrive(self, now: float) -> Answer:
        """Take in a call and answer it."""
        wait_s = self._rule.admit(now)
        if wait_s <= 0:
            self.served.append(now)
            return Answer(OK)
        self.refused.append(now)
        return Answer(THROTTLED, max(1, ceil(wait_s)))

    def served_between(self, start: float, end: float = inf) -> int:
        """How many calls were served in [start, end)."""
        return sum(start <= at < end for at in self.served)
