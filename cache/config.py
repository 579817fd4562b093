"""Settings of the cache; all are checked when they are made."""

from dataclasses import dataclass
from typing import Literal

from cache.policy import HARD_CAP_S

Eviction = Literal["s3fifo", "lru"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheConfig:
    """Bounds and habits of the cache.

    Attributes:
        max_bytes: Bytes that entries may occupy in process, bodies and overhead together; 0 keeps none.
        max_entries: How many entries that may be.
        eviction: What goes when there is no room.
        ttl_jitter: Largest share by which a time to live is shortened, so that what was filled together does not
            expire together.
        keep_s: Nothing is kept for longer, whatever its policy says.
        retry_s: Seconds of rest after a renewal that failed.
        refresh_s: How long a renewal in the background may wait for the budget.
        poll_s: How soon a process looks whether another one has loaded what both want; later, less and less often.

    Raises:
        ValueError: A value is out of its range.
    """

    max_bytes: int = 64 * 1024 * 1024
    max_entries: int = 100_000
    eviction: Eviction = "s3fifo"
    ttl_jitter: float = 0.1
    keep_s: float = HARD_CAP_S
    retry_s: float = 5.0
    refresh_s: float = 30.0
    poll_s: float = 0.05

    def __post_init__(self) -> None:
        if self.max_bytes < 0:
            raise ValueError(f"max_bytes must not be negative, not {self.max_bytes}")
        if self.max_entries < 1:
            raise ValueError(f"max_entries must be at least 1, not {self.max_entries}")
        if not 0 <= self.ttl_jitter < 1:
            raise ValueError(f"ttl_jitter must lie in [0, 1), not {self.ttl_jitter}")
        if not 0 < self.keep_s <= HARD_CAP_S:
            raise ValueError(f"keep_s must lie in (0, {HARD_CAP_S:.0f}], not {self.keep_s}")
        for name in ("retry_s", "refresh_s", "poll_s"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be positive, not {getattr(self, name)}")
