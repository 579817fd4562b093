"""Numbers drawn from what was recorded; pure functions."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import ceil, nan


def percentile(values: Iterable[float], share: float) -> float:
    """The smallest value that at least `share` of all do not exceed; nan of nothing."""
    ordered = sorted(values)
    return ordered[max(0, ceil(share * len(ordered)) - 1)] if ordered else nan


def worst_window(times: Iterable[float], window_s: float) -> int:
    """The most times in any half-open window of that length."""
    ordered = sorted(times)
    return max((bisect_left(ordered, at + window_s) - i for i, at in enumerate(ordered)), default=0)


def inversions(order: Sequence[int]) -> int:
    """Of callers numbered as they came and listed as they were served, how many follow right after a younger."""
    return sum(later < earlier for earlier, later in pairwise(order))


def noisy(values: Sequence[float], *, spread: float = 1.5) -> bool:
    """Whether repeated measurements of one thing differ too much to be trusted."""
    return max(values) > spread * min(values)
