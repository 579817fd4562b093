"""The shared answer to a 429: everybody stops, one tries, then everybody goes; a pause is never shortened."""

from math import inf, isfinite


def rest_s(retry_after_s: float | None, *, default_s: float) -> float:
    """Seconds that a 429 asks for: at least one, and `default_s` when its Retry-After is missing or nonsense."""
    if retry_after_s is None or not isfinite(retry_after_s) or retry_after_s < 0:
        return default_s
    return max(1.0, retry_after_s)


class Pause:
    """Open, or shut until a time and then ajar for one prober at a time until it is answered.

    Probers are told apart by growing numbers; 0 is nobody. All times are seconds on one monotonic clock.

    Args:
        probe_timeout_s: how long a prober may take before another may go.
        guarded: other processes share the pause, so each prober needs leave from outside: see `allow`.

    Attributes:
        is_open: nothing is held back.
        until: end of the latest pause; before it nobody leaves.
    """

    __slots__ = (
        "_allowed",
        "_guarded",
        "_last_prober",
        "_probe_by",
        "_probe_timeout_s",
        "_prober",
        "_stale_prober",
        "is_open",
        "until",
    )

    def __init__(self, *, probe_timeout_s: float, guarded: bool = False) -> None:
        self.is_open = True
        self._guarded = guarded
        self._allowed = not guarded
        self.until = -inf
        self._probe_timeout_s = probe_timeout_s
        self._probe_by = -inf
        self._prober = 0
        self._last_prober = 0
        self._stale_prober = 0

    @property
    def probing(self) -> bool:
        """Somebody was sent ahead, and neither answered nor gave up."""
        return self._prober != 0

    @property
    def admits_at(self) -> float:
        """The soonest time at which a call may leave if no news comes in."""
        if self.is_open:
            return -inf
        if not self._allowed:
            return inf
        return self._probe_by if self._prober else self.until

    def rest_s(self, now: float) -> float:
        """Seconds during which certainly nothing leaves."""
        return 0.0 if self.is_open else max(0.0, self.until - now)

    def outlasts(self, deadline: float) -> bool:
        """Whoever gives up at `deadline` need not wait."""
        return not self.is_open and self.until > deadline

    def begin(self, until: float) -> None:
        """Shut, or stay shut, until `until` or an end already set, whichever is later."""
        self.is_open = False
        self.until = max(self.until, until)
        self._prober = 0
        self._allowed = not self._guarded
        # prober leaves -> 429 of an older call -> the prober's 200: an answer from before the newer word is void.
        self._stale_prober = self._last_prober

    def leave(self, now: float) -> int:
        """A call that was admitted leaves; returns its prober number, 0 if it is an ordinary call."""
        if self.is_open:
            return 0
        self._last_prober += 1
        self._prober = self._last_prober
        self._allowed = not self._guarded
        self._probe_by = now + self._probe_timeout_s
        return self._prober

    def answered(self, prober: int) -> bool:
        """A prober was answered; True if that ended the pause. A slow one counts even if another has left."""
        if self.is_open or prober <= self._stale_prober:
            return False
        self.is_open = True
        self._prober = 0
        return True

    def needs_leave(self, now: float) -> bool:
        """A prober could go, if only it were allowed to."""
        return not (self.is_open or self._allowed) and now >= (self._probe_by if self._prober else self.until)

    def allow(self) -> None:
        """One prober may go: no other process sends one."""
        self._allowed = True

    def revoke(self) -> bool:
        """Take that back; True if nobody has gone."""
        unused = self._guarded and self._allowed
        self._allowed = not self._guarded
        return unused

    def end(self) -> None:
        """Another process was answered: nothing is held back any more."""
        self.is_open = True
        self._prober = 0

    def gave_up(self, prober: int) -> None:
        """A prober ends without a verdict: another may leave at once, unless one already did."""
        if prober and prober == self._prober:
            self._prober = 0
