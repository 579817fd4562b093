"""How long an answer may be kept; a status that has no time to live is never stored."""

from dataclasses import dataclass
from http import HTTPStatus

HARD_CAP_S = 7 * 24 * 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CachePolicy:
    """Times to live of one kind of answer, in seconds; zero means that it is not kept.

    Raises:
        ValueError: A time is negative, or longer than the seven days that nothing may outlive.
    """

    ttl_s: float
    negative_ttl_s: float = 60.0

    def __post_init__(self) -> None:
        for name in ("ttl_s", "negative_ttl_s"):
            if not 0 <= getattr(self, name) <= HARD_CAP_S:
                raise ValueError(f"{name} must lie between 0 and {HARD_CAP_S:.0f} s, not {getattr(self, name)}")

    def ttl_for(self, status: int) -> float:
        """Seconds for which an answer of `status` stays fresh; 0 for everything that may heal by itself."""
        if status == HTTPStatus.OK:
            return self.ttl_s
        return self.negative_ttl_s if status == HTTPStatus.NOT_FOUND else 0.0


NEVER = CachePolicy(ttl_s=0, negative_ttl_s=0)
