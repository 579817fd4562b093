"""Traces of requests for keys, as numbers in the order they come; a seed decides everything.

Keys below `KEYS` are a catalogue in the order of their popularity; those from there on belong to crawls.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import accumulate, count
from random import Random
from typing import Final

KEYS: Final = 20_000
REQUESTS: Final = 400_000
SEED: Final = 1
CRAWLED: Final = 0.3
"""Share of requests that a crawl makes."""
BURST: Final = 6_000
"""Keys that a crawl reads in one go."""
BURSTS: Final = 10
PERMUTED_AFTER: Final = 50_000


def zipf(alpha: float, *, keys: int = KEYS, requests: int = REQUESTS, seed: int = SEED) -> list[int]:
    """Requests in which the n-th key is asked for in proportion to 1 / n**alpha."""
    weights = list(accumulate(1 / rank**alpha for rank in range(1, keys + 1)))
    # Seeded on purpose: the figures are to be the same everywhere.
    return Random(seed).choices(range(keys), cum_weights=weights, k=requests)  # noqa: S311  no secret


def crawled_once(trace: Sequence[int], *, share: float = CRAWLED, seed: int = SEED) -> list[int]:
    """The trace with this share of its requests replaced by such as nobody ever repeats."""
    # Another stream than that of the trace: the same one would crawl whenever something popular is asked for.
    random = Random(f"crawl {seed}")  # noqa: S311  no secret
    never_again = count(KEYS)
    return [next(never_again) if random.random() < share else key for key in trace]


def crawled_in_bursts(trace: Sequence[int], *, burst: int = BURST, bursts: int = BURSTS) -> list[int]:
    """The trace with a crawl of always the same keys after each part; it stays as long as it was."""
    between = len(trace) // bursts - burst
    parts = (trace[part * between : (part + 1) * between] for part in range(bursts))
    return [key for part in parts for key in (*part, *range(KEYS, KEYS + burst))]


def permuted(trace: Sequence[int], *, after: int = PERMUTED_AFTER, seed: int = SEED) -> list[int]:
    """The trace with the popularities dealt out anew each time `after` requests have passed."""
    random = Random(f"permutations {seed}")  # noqa: S311  no secret
    dealt = list(range(max(trace) + 1))
    requests = []
    for start in range(0, len(trace), after):
        requests += [dealt[key] for key in trace[start : start + after]]
        random.shuffle(dealt)
    return requests


TRACES: Final[Mapping[str, Callable[[], list[int]]]] = {
    "Zipf .8": partial(zipf, 0.8),
    "Zipf 1.0": partial(zipf, 1.0),
    "+ 30 % one-off crawl": lambda: crawled_once(zipf(1.0)),
    "+ bursts of a crawl": lambda: crawled_in_bursts(zipf(1.0)),
    "permuted every 50,000": lambda: permuted(zipf(1.0)),
}
