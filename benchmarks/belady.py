"""The best that any cache of a size could do on a trace, had it known the trace: Belady's rule."""

from collections.abc import Hashable, Sequence
from heapq import heappop, heappush


def best_hits(trace: Sequence[Hashable], size: int) -> int:
    """How many requests find their key if always the one asked for last in the future is dropped.

    That may be the newcomer itself: a cache need not keep what it loads.
    """
    held: dict[Hashable, int] = {}
    # By the next use, latest first. Its index names the key. What was asked for again stays in here as outdated.
    latest: list[tuple[int, int]] = []
    hits = 0
    for at, (key, upcoming) in enumerate(zip(trace, _next_uses(trace), strict=True)):
        hits += key in held
        held[key] = upcoming
        heappush(latest, (-upcoming, at))
        while len(held) > size:
            upcoming_at_entry, entered = heappop(latest)
            if held.get(trace[entered]) == -upcoming_at_entry:
                del held[trace[entered]]
    return hits


def _next_uses(trace: Sequence[Hashable]) -> list[int]:
    seen: dict[Hashable, int] = {}
    uses = []
    for at in range(len(trace) - 1, -1, -1):
        # One number for all that never come back is no tie: each is the key's own.
        uses.append(seen.get(trace[at], len(trace)))
        seen[trace[at]] = at
    return uses[::-1]
