"""A journal that outlives the limiter but not the test: what a file would hold, on any clock."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from math import floor

from limiter import Spent


class MemoryJournal:
    """Keeps everything; `clock` may be the loop's."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._cells: dict[str, Counter[float]] = defaultdict(Counter)
        self._until: dict[str, float] = {}
        self._lessons: dict[str, tuple[float, float]] = {}

    def took(self, window: str, *, cell_s: float, span_s: float) -> None:
        del span_s
        self._cells[window][(floor(self._clock() / cell_s) + 1) * cell_s] += 1

    def taken(self, window: str, *, cell_s: float, span_s: float) -> Sequence[Spent]:
        del cell_s
        ages = ((max(0.0, self._clock() - end), count) for end, count in sorted(self._cells[window].items()))
        return [Spent(age, count) for age, count in ages if age < span_s]

    def paused(self, scope: str, rest_s: float) -> None:
        self._until[scope] = max(self._until.get(scope, 0.0), self._clock() + rest_s)

    def resumed(self, scope: str) -> None:
        self._until.pop(scope, None)

    def pauses(self) -> Mapping[str, float]:
        now = self._clock()
        return {scope: until - now for scope, until in self._until.items() if until > now}

    def learn(self, name: str, value: float, *, keep_s: float) -> None:
        self._lessons[name] = (value, self._clock() + keep_s)

    def learned(self, name: str) -> tuple[float, float] | None:
        value, until = self._lessons.get(name, (0.0, 0.0))
        return (value, until - self._clock()) if until > self._clock() else None

    def close(self) -> None:
        pass
