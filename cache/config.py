"""Settings of the cache; all are checked when they are made."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheConfig:
    """Bounds of the in-process tier.

    Attributes:
        max_bytes: Bytes that entries may occupy, bodies and overhead together.
        ttl_jitter: Largest share by which a time to live is shortened, so that what was filled together does not
            expire together.

    Raises:
        ValueError: A value is out of its range.
    """

    max_bytes: int = 64 * 1024 * 1024
    ttl_jitter: float = 0.1

    def __post_init__(self) -> None:
        if self.max_bytes < 0:
            raise ValueError(f"max_bytes must not be negative, not {self.max_bytes}")
        if not 0 <= self.ttl_jitter < 1:
            raise ValueError(f"ttl_jitter must lie in [0, 1), not {self.ttl_jitter}")
