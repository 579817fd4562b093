"""Search for the unknown size of a window; at most one cut per window, and never above the cap.

Because our window is exact, one 429 says how many calls the upstream's holds. So the search needs few of them: it
grows fast until the first one, and then stays just below what that one said. Simulated for four hours from a start
of 30, against an exact window of 180 calls: one 429, 96 % of the calls used; where the 180 became 120 after two
hours: five or six more, and the limit right again after 31 s.
"""

from dataclasses import dataclass
from math import ceil, floor, inf

from limiter.journal import Journal


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscoveryConfig:
    """How boldly to search. Times are seconds.

    Attributes:
        window_s: length of the upstream's window.
        full: share of the limit in use above which a window proves it.
        growth: factor after a proof, while no 429 has said where the ceiling is.
        margin: share of the ceiling to use; it also covers calls that we count a little longer than the upstream.
        hold_s: how long to believe in a ceiling.
        creep: factor for every clean minute after that.
        keep_s: how long the journal remembers what was found.
    """

    window_s: float = 30.0
    full: float = 0.97
    growth: float = 1.25
    margin: float = 0.98
    hold_s: float = 86_400.0
    creep: float = 1.01
    keep_s: float = 7 * 86_400.0


_MINUTE_S = 60.0


class Discovery:
    """A limit that follows what the upstream's answers say. Times are seconds on one monotonic clock.

    Args:
        config: how boldly to search.
        start: what to begin with, at least 1. A 429 while the window holds not even half of this and of the limit
            says nothing about its size (it is the echo of a ban, or somebody else's doing) and changes nothing.
        cap: what never to exceed, at least 1; it bounds `start` too.

    Raises:
        ValueError: `start` or `cap` below 1.

    Attributes:
        limit: calls per window to use now.
        proven: the largest limit that was used up for a whole window without a 429, 0 if none.
        ceiling: calls that the upstream's window held at the last cut, None if it never refused.
    """

    __slots__ = ("_cap", "_config", "_cut_at", "_hold_until", "_since", "_start", "ceiling", "limit", "proven")

    def __init__(self, config: DiscoveryConfig, start: int, cap: int) -> None:
        if start < 1 or cap < 1:
            raise ValueError(f"a window holds at least one call; start is {start} and the cap {cap}")
        self._config = config
        self._start = self.limit = min(start, cap)
        self._cap = cap
        self.proven = 0
        self.ceiling: int | None = None
        self._hold_until = -inf
        self._cut_at = -inf
        # The moment since which the limit stands and nothing was refused; unknown until the first answer.
        self._since = inf

    @property
    def is_probing(self) -> bool:
        """The limit is above what was proven: calls should leave evenly, so that a refusal hits only one."""
        return self.limit > self.proven

    def answered(self, now: float, *, in_window: int) -> bool:
        """A call was not refused while `in_window` calls, this one included, were in our window.

        Returns:
            Whether there is something new: the limit is another, or was proven.
        """
        self._since = min(self._since, now)
        if in_window < self._config.full * self.limit or now < self._since + self._config.window_s:
            return False
        before = self.proven, self.limit
        self.proven = self.limit
        self.limit = min(self._cap, self._next(now))
        if self.limit > self.proven:
            self._since = now
        return (self.proven, self.limit) != before

    def throttled(self, now: float, *, in_window: int) -> bool:
        """A call met a 429 that named no quota, while `in_window` calls, this one included, were in our window.

        Returns:
            Whether there is something new: the limit is another, or has a ceiling.
        """
        self._since = now
        # Refusals within one window come from one overshoot: the first has said it all.
        echo = 2 * in_window < min(self._start, self.limit)
        if echo or now < self._cut_at + self._config.window_s:
            return False
        self.ceiling = max(1, in_window - 1)
        self.limit = min(self.limit, self._below(self.ceiling))
        self.proven = min(self.proven, self.limit)
        self._cut_at = now
        self._hold_until = now + self._config.hold_s
        return True

    def save(self, journal: Journal, name: str, *, now: float) -> None:
        """Write down under `name` what was found; worth it whenever there is something new."""
        journal.learn(f"{name}/proven", self.proven, keep_s=self._config.keep_s)
        if self.ceiling is not None:
            journal.learn(f"{name}/ceiling", self.ceiling, keep_s=self._config.keep_s)
            journal.learn(f"{name}/hold", 1, keep_s=max(0.0, self._hold_until - now))

    def restore(self, journal: Journal, name: str, *, now: float) -> None:
        """Go on where `save` left off: at the proven limit, or just below the ceiling if one is known."""
        proven = journal.learned(f"{name}/proven")
        ceiling = journal.learned(f"{name}/ceiling")
        hold = journal.learned(f"{name}/hold")
        if proven is not None:
            self.proven = min(self._cap, int(proven[0]))
            self.limit = max(self._start, self.proven)
        if ceiling is not None:
            self.ceiling = max(1, int(ceiling[0]))
            self.limit = min(self._cap, max(self.proven, self._below(self.ceiling)))
        if hold is not None:
            self._hold_until = now + hold[1]

    def _next(self, now: float) -> int:
        if self.ceiling is None:
            return ceil(self._config.growth * self.limit)
        if now < self._hold_until or now < self._since + _MINUTE_S:
            return self.limit
        return max(self.limit + 1, floor(self._config.creep * self.limit))

    def _below(self, ceiling: int) -> int:
        return max(1, floor(self._config.margin * ceiling))
