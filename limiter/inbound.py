"""Smooths what callers send to us: per principal, never more than a burst and a steady rate, in bounded memory.

The other direction has an exact window; here a leaky bucket is right, for nobody counts and evenness is the aim.
"""

from collections import OrderedDict
from dataclasses import dataclass
from itertools import islice
from math import isfinite
from typing import Protocol

from aiolimiter import AsyncLimiter

from limiter.errors import LimiterError

_SWEPT_PER_NEWCOMER = 2
"""More than one, so that the table shrinks while names come and go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundConfig:
    """What one principal may send.

    Attributes:
        per_s: steady rate in requests per second; 0 lets everything pass.
        burst: requests that may come at once after a rest.
        wait_s: longest wait in seconds for those that come too fast; who would wait longer is refused.
        max_principals: principals that are told apart at one time.

    Raises:
        ValueError: a number is out of range.
    """

    per_s: float = 50.0
    burst: int = 100
    wait_s: float = 1.0
    max_principals: int = 10_000

    def __post_init__(self) -> None:
        for name in ("per_s", "wait_s"):
            value = getattr(self, name)
            if not isfinite(value) or value < 0:
                raise ValueError(f"{name} is out of range: {value}")
        for name in ("burst", "max_principals"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, not {getattr(self, name)}")


class TooFastError(LimiterError):
    """The principal sends faster than it may; `retry_after_s` is when the same request would be let in."""

    def __init__(self, retry_after_s: float) -> None:
        super().__init__(f"too fast: worth another try in {retry_after_s:.3f} s")
        self.retry_after_s = retry_after_s


class InboundObserver(Protocol):
    """Hears of refusals; it returns at once and never raises."""

    def turned_away(self) -> None:
        """A request was refused."""


class NullInboundObserver:
    """Tells nobody."""

    def turned_away(self) -> None:
        """Do nothing."""


class _Lane:
    """The bucket of one principal, or the common one, and how many wait at it."""

    __slots__ = ("bucket", "waiting")

    def __init__(self, config: InboundConfig) -> None:
        self.bucket = AsyncLimiter(config.burst, config.burst / config.per_s)
        self.waiting = 0

    @property
    def drained(self) -> bool:
        """Nothing tells it from a fresh one."""
        return not self.waiting and self.bucket.has_capacity(self.bucket.max_rate)

    def let_in(self) -> bool:
        """Take one from the bucket if there is room and nobody waits for it."""
        if self.waiting or not self.bucket.has_capacity():
            return False
        try:
            # With room, the library's coroutine ends at its first step.
            self.bucket.acquire().send(None)
        except StopIteration:
            return True
        raise AssertionError("a bucket with room let somebody wait")


class Inbound:
    """Lets requests in, one `admit` for each. Time is that of the running event loop, as for every AsyncLimiter.

    Args:
        config: rates and bounds.
        observer: told of every refusal.
    """

    def __init__(self, config: InboundConfig, *, observer: InboundObserver | None = None) -> None:
        self._config = config
        self._observer = observer or NullInboundObserver()
        # Least recently used first.
        self._lanes: OrderedDict[str, _Lane] = OrderedDict()
        self._common = _Lane(config) if config.per_s else None

    def __len__(self) -> int:
        """How many principals have a bucket of their own."""
        return len(self._lanes)

    def admit_at_once(self, principal: str) -> bool:
        """Let one request of `principal` in if its bucket has room; after False it is neither in nor refused."""
        return self._common is None or self._lane(principal, self._common).let_in()

    async def admit(self, principal: str) -> None:
        """Let one request of `principal` in, now or after a short wait. While its bucket has room, nothing waits.

        Raises:
            TooFastError: the wait would be longer than `wait_s`.
        """
        if self._common is None:
            return
        lane = self._lane(principal, self._common)
        if lane.let_in():
            return
        # The bucket leaks one request in 1 / per_s, and those who wait go first.
        wait_s = (lane.waiting + 1) / self._config.per_s
        if wait_s > self._config.wait_s:
            self._observer.turned_away()
            raise TooFastError(wait_s)
        lane.waiting += 1
        try:
            await lane.bucket.acquire()
        finally:
            lane.waiting -= 1

    def _lane(self, principal: str, common: _Lane) -> _Lane:
        lane = self._lanes.get(principal)
        if lane is not None:
            self._lanes.move_to_end(principal)
            return lane
        self._sweep()
        # Who has drawn on the common bucket must not get a fresh one on top, so until that has drained all
        # newcomers share it, even if there is room for another bucket.
        if len(self._lanes) >= self._config.max_principals or not common.drained:
            return common
        lane = self._lanes[principal] = _Lane(self._config)
        return lane

    def _sweep(self) -> None:
        oldest = list(islice(self._lanes.items(), _SWEPT_PER_NEWCOMER))
        for principal, lane in oldest:
            if lane.drained:
                del self._lanes[principal]
