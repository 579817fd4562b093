"""Times and shares of slots that several processes lease from one store; a constructed config is always usable."""

from dataclasses import dataclass, fields
from math import isfinite
from typing import Final, Literal, TypeAlias

from limiter.config import LimiterConfig

OutageMode: TypeAlias = Literal["floor", "freeze", "closed"]


# More than half of the limit lying idle for the sake of outages is not meant by anybody.
MOST_WITHHELD: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseConfig:
    """How long a lease lasts, and what a process may do without one. Times are seconds.

    All processes of an account need the same values: each relies on what the others may do while they are silent.

    Attributes:
        ttl_s: how long a granted slot may be used without another word from the store.
        call_timeout_s: no call is under way for longer; the HTTP client must enforce it.
        deadline_s: how long one round trip to the store may take before it is tried again.
        idle_s: time between two syncs of a process that has nothing in its window and knows of no pause.
        fence_s: a process that has been silent for so long gives up its floor.
        floor_share: share of an equal part of the limit that is kept for a process even while it is silent.
        newborn_s: how long a store without memory grants nothing to processes without memory, so that those that
            have some can report it first; None means two leases. Set it to `horizon_s` if the store may be
            emptied while a process is cut off from it or has just died.
        outage_mode: what may leave while the store cannot be reached. `floor`: urgent calls, within the part that
            the store withholds from the others. `freeze`: an equal part of the limit; right only if every
            process has lost the store, never if some still reach it. `closed`: nothing.

    Raises:
        ValueError: a time or share is out of range.
    """

    ttl_s: float = 0.25
    call_timeout_s: float = 30.0
    deadline_s: float = 0.5
    idle_s: float = 3.0
    fence_s: float = 600.0
    floor_share: float = 0.1
    newborn_s: float | None = None
    outage_mode: OutageMode = "floor"

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, float | int) and (not isfinite(value) or value <= 0):
                raise ValueError(f"{field.name} must be a finite number above 0, not {value}")
        if self.floor_share > MOST_WITHHELD:
            raise ValueError(f"floor_share must not be above {MOST_WITHHELD}, not {self.floor_share}")

    def horizon_s(self, window: LimiterConfig) -> float:
        """Seconds after a sync at which nothing that its lease allowed can be counted upstream any more."""
        return self.ttl_s + self.call_timeout_s + window.window_s + window.abort_guard_s

    def cold_s(self) -> float:
        """Seconds that a store without memory waits for those who have some."""
        return 2 * self.ttl_s if self.newborn_s is None else self.newborn_s

    def share(self) -> float:
        """The share that the store withholds: none where no floor is ever used."""
        return self.floor_share if self.outage_mode == "floor" else 0.0
