"""Words the state of the budget as `RateLimit` and `RateLimit-Policy` (IETF draft, HTTP API working group); pure.

Both are lists of structured fields (RFC 9651), whose parameters here are whole numbers: spans are rounded up, so
that nobody who keeps to them is early.
"""

from functools import lru_cache
from math import ceil
from typing import Final

from limiter import LimitStatus

FIELD: Final = "RateLimit"
POLICY_FIELD: Final = "RateLimit-Policy"
_DAY_S: Final = 86_400


def fields_of(status: LimitStatus) -> dict[str, str]:
    """Return both header fields."""
    return {POLICY_FIELD: _policy(status.limit, status.window_s, status.day_limit), FIELD: _state(status)}


# Sizes change when the limiter learns, so a few texts are kept; every reply but the first of each finds its own.
@lru_cache(maxsize=16)
def _policy(limit: int, window_s: float, day_limit: int) -> str:
    window = f'"window";q={limit};w={ceil(window_s)}'
    return f'{window}, "day";q={day_limit};w={_DAY_S}' if day_limit else window


def _state(status: LimitStatus) -> str:
    # Left out, t says nothing: while calls are free, when the next used one returns is not known.
    free = 0 if status.paused_s else status.free
    wait_s = ceil(max(status.reset_s, status.paused_s))
    window = f'"window";r={free};t={wait_s}' if wait_s else f'"window";r={free}'
    if not status.day_limit:
        return window
    left = max(0, status.day_limit - status.day_used)
    day = f'{window}, "day";r={left}'
    return f"{day};t={ceil(status.day_reset_s)}" if status.day_reset_s > 0 else day
