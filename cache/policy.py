"""How long an answer may be kept; a status that has no time to live is never stored."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

HARD_CAP_S = 7 * 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Spans:
    """Seconds after an answer until it is no longer fresh, served while it is renewed, and served at all."""

    fresh_s: float
    stale_s: float
    kept_s: float


NOTHING = Spans(0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class CachePolicy:
    """What may be done with one kind of answer, in seconds; zero means that it may not.

    Attributes:
        ttl_s: How long it is fresh.
        stale_s: How long after that it is served while it is renewed in the background.
        error_s: How long after `ttl_s` it is served if Spotify cannot be asked.
        missing_ttl_s: How long "there is no such thing" (404) is believed.
        forbidden_ttl_s: How long "this user may not" (403) is believed.

    Raises:
        ValueError: A time is negative, or an answer could outlive the seven days that nothing may outlive.
    """

    ttl_s: float
    stale_s: float = 0.0
    error_s: float = 0.0
    missing_ttl_s: float = 60.0
    forbidden_ttl_s: float = 30.0

    def __post_init__(self) -> None:
        kept_s = self.ttl_s + max(self.stale_s, self.error_s)
        spans: Mapping[str, float] = {
            "ttl_s": self.ttl_s,
            "stale_s": self.stale_s,
            "error_s": self.error_s,
            "missing_ttl_s": self.missing_ttl_s,
            "forbidden_ttl_s": self.forbidden_ttl_s,
            "ttl_s with stale_s and error_s": kept_s,
        }
        for name, span_s in spans.items():
            if not 0 <= span_s <= HARD_CAP_S:
                raise ValueError(f"{name} must lie between 0 and {HARD_CAP_S:.0f} s, not {span_s}")

    @property
    def keeps(self) -> bool:
        """Whether a good answer is kept at all."""
        return self.ttl_s > 0

    def spans_for(self, status: int) -> Spans:
        """Return the spans of an answer of `status`; `NOTHING` for everything that may heal by itself."""
        match status:
            case HTTPStatus.OK if self.ttl_s:
                stale_s = self.ttl_s + self.stale_s
                return Spans(self.ttl_s, stale_s, self.ttl_s + max(self.stale_s, self.error_s))
            case HTTPStatus.NOT_FOUND:
                return Spans(self.missing_ttl_s, self.missing_ttl_s, self.missing_ttl_s)
            case HTTPStatus.FORBIDDEN:
                return Spans(self.forbidden_ttl_s, self.forbidden_ttl_s, self.forbidden_ttl_s)
            case _:
                return NOTHING


NEVER = CachePolicy(ttl_s=0, missing_ttl_s=0, forbidden_ttl_s=0)
