"""Faults the simulator can be told to commit; a fault that exists is well-formed."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

FaultKind = Literal["429", "5xx", "401", "delay", "reset", "truncate", "text"]

KINDS: Final[tuple[FaultKind, ...]] = get_args(FaultKind)
SERVER_ERRORS: Final = range(500, 600)
DEFAULT_STATUS: Final[Mapping[FaultKind, int]] = {"429": 429, "5xx": 503, "401": 401, "text": 403}
TEXTS: Final[Mapping[int, str]] = {
    403: "Active premium subscription required for the owner of the app.",
    429: "Too many requests",
}
"""The two answers that Spotify sends as plain text, where every client expects JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One way to misbehave, and on which calls.

    It looks at calls whose path starts with `path_prefix`, skips the first `after` of them, then strikes
    every `every`-th, at most `times` times.

    Attributes:
        kind: `429`, `5xx` and `401` (the token is refused) answer with that error, `delay` answers late,
            `reset` drops the connection without an answer, `truncate` sends half of the body, `text` sends an
            error that is not JSON.
        every: 1 strikes each call, 2 each second call.
        times: strikes before it is spent; None for no end.
        after: calls let through first.
        status: status of a `5xx` (default 503) or a `text` (403, the default, or 429).
        retry_after: seconds for the Retry-After header; None sends no header, which Spotify has done too.
        reason: `QUOTA_EXCEEDED` to tell a spent day quota from the rate limit.
        delay_s: seconds of a `delay`.
        path_prefix: `/v1/` is the Web API, `/api/token` the accounts service.

    Raises:
        ValueError: when the fields contradict each other or are out of range.
    """

    kind: FaultKind
    every: int = 1
    times: int | None = None
    after: int = 0
    status: int | None = None
    retry_after: int | None = None
    reason: str | None = None
    delay_s: float = 0.0
    path_prefix: str = "/v1/"

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}, not {self.kind!r}")
        if self.status is None:
            object.__setattr__(self, "status", DEFAULT_STATUS.get(self.kind))
        for broken, text in (
            (self.every < 1, "every must be at least 1"),
            (self.times is not None and self.times < 1, "times must be at least 1"),
            (self.after < 0, "after must be zero or more"),
            (self.retry_after is not None and self.retry_after < 0, "retry_after must be zero or more"),
            (not 0 <= self.delay_s < math.inf, "delay_s must be zero or more seconds"),
            (self.kind == "delay" and not self.delay_s, "a delay needs delay_s"),
            (self.kind == "5xx" and self.status not in SERVER_ERRORS, "status of a 5xx must be 500 to 599"),
            (self.kind == "text" and self.status not in TEXTS, "status of a text must be 403 or 429"),
            (not self.path_prefix.startswith("/"), "path_prefix must start with a slash"),
        ):
            if broken:
                raise ValueError(text)

    @property
    def refuses(self) -> bool:
        """Whether the answer is a 429, so that the call was never processed."""
        return self.kind in ("429", "text") and self.status == DEFAULT_STATUS["429"]

    @property
    def label(self) -> str:
        """Short name for the call log: the status for `5xx`, else the kind."""
        return str(self.status) if self.kind == "5xx" else self.kind


_OPTIONS: Final[Mapping[str, Callable[[str], Any]]] = {
    "every": int,
    "times": int,
    "after": int,
    "status": int,
    "retry_after": int,
    "reason": str,
    "delay_s": float,
    "path_prefix": str,
}
_FORM: Final = (
    f"write KIND:option=value,option=value;KIND… with KIND one of {', '.join(KINDS)} or a status 500 to 599, "
    f"and options {', '.join(_OPTIONS)}"
)


def parse_faults(text: str) -> tuple[Fault, ...]:
    """Read faults such as `429:retry_after=80000,times=1;500:every=10;delay:delay_s=0.2`.

    Empty text means no faults.

    Raises:
        ValueError: naming the piece that is wrong and the accepted form.
    """
    return tuple(_parse_fault(piece) for piece in map(str.strip, text.split(";")) if piece)


def _parse_fault(piece: str) -> Fault:
    name, _, tail = piece.partition(":")
    options: dict[str, Any] = {}
    try:
        if name.isdecimal() and int(name) in SERVER_ERRORS:
            name, options["status"] = "5xx", int(name)
        for pair in filter(None, map(str.strip, tail.split(","))):
            key, _, value = pair.partition("=")
            if key not in _OPTIONS:
                raise ValueError(f"unknown option {pair!r}")  # noqa: TRY301 - one place adds the piece and the form
            options[key] = _OPTIONS[key](value)
        return Fault(kind=name, **options)  # type: ignore[arg-type]  # Fault itself judges the kind
    except ValueError as error:
        raise ValueError(f"bad fault {piece!r}: {error}; {_FORM}") from error
