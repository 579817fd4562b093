"""Words what became of a call that failed, the same in every tool: what, which kind, and when to come back."""

from math import ceil
from typing import Final, NotRequired

# Before Python 3.12 pydantic cannot read the schema of the standard one.
from typing_extensions import TypedDict

from gateway.errors import SpotifyError
from tools.compat import Compat

_ICEENER: Final = frozenset({"unauthorized", "forbidden", "rate_limited", "bad_response", "invalid_arguments"})
"""The codes that iceener's tools know."""


class Failure(TypedDict):
    """Why something failed; `retry_after` (seconds) is there if time heals it, `reason` if Spotify named one."""

    error: str
    code: str
    reason: NotRequired[str]
    retry_after: NotRequired[float]


def failure_of(error: SpotifyError, *, waited_s: float = 0.0, compat: Compat = Compat.SEED) -> Failure:
    """Return what is told of `error`, which came `waited_s` ago."""
    known = compat is Compat.SEED or error.code in _ICEENER
    failure = Failure(error=error.message, code=error.code if known else "bad_response")
    if error.reason:
        failure["reason"] = error.reason
    if error.retry_after_s is not None:
        # Rounded up: whoever keeps to it must not be early.
        failure["retry_after"] = ceil(max(0.0, error.retry_after_s - waited_s) * 10) / 10
    return failure
