"""Everything that can go wrong on the way to Spotify, as one tree; each error tells the next step."""

import math
from collections.abc import Sequence
from typing import Self

SCOPE_MISSING = "SCOPE_MISSING"
"""Reason, ours, of what the user did not grant when signing in."""


CREDENTIAL_MISSING = "CREDENTIAL_MISSING"
"""Reason, ours, of a request without the key or token that this gateway wants."""

CREDENTIAL_INVALID = "CREDENTIAL_INVALID"
"""Reason, ours, of one whose key or token is not good here, or not any more."""

CREDENTIAL_ENDED = "SIGN_IN_ENDED"
"""Reason, ours, of one whose token was good, but not the sign-in at Spotify behind it."""


def whole_seconds(seconds: float) -> int:
    """Return what a `Retry-After` says: rounded up, so that a client which comes back on the dot is not early."""
    return max(1, math.ceil(seconds))


class SpotifyError(Exception):
    """A call that has no answer.

    Attributes:
        status: HTTP status that a REST caller gets.
        code: Short word for programs, the same on REST and MCP.
        message: What went wrong and what to do, for people and agents.
        reason: Spotify's own reason word, or one of ours, or empty.
        retry_after_s: Seconds after which the same call is worth repeating; None if time does not heal it.
        upstream_calls: Requests that the call sent all the same.
        advised: Whether the message tells this very caller how to sign in.
    """

    status = 502
    code = "bad_response"

    def __init__(self, message: str, *, reason: str = "", retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason
        self.retry_after_s = retry_after_s
        self.upstream_calls = 0
        self.advised = False

    def costing(self, calls: int) -> Self:
        """Return the same error of a call that sent so many requests; this one may be somebody else's too."""
        kind = type(self)
        twin = kind.__new__(kind, *self.args)
        twin.__dict__.update(self.__dict__)
        twin.upstream_calls = calls
        return twin

    def advising(self, advice: str) -> Self:
        """Return the same error with `advice`, a sentence, after its message."""
        twin = self.costing(self.upstream_calls)
        twin.advised = True
        twin.message = f"{self.message}. {advice}"
        twin.args = (twin.message,)
        return twin


class InvalidArgumentsError(SpotifyError):
    """The call breaks a rule of the operation; `problems` holds one sentence for each."""

    status = 400
    code = "invalid_arguments"

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


class RejectedError(SpotifyError):
    """Spotify found the call itself wrong (400 and kin)."""

    status = 400
    code = "invalid_arguments"


class UnauthorisedError(SpotifyError):
    """Spotify does not accept our credentials or token."""

    status = 401
    code = "unauthorized"


class CredentialError(UnauthorisedError):
    """The request carries no credential of this gateway that is good here; Spotify has nothing to do with it.

    Attributes:
        challenge: The `WWW-Authenticate` header of the answer.
    """

    def __init__(self, message: str, *, reason: str, challenge: str) -> None:
        super().__init__(message, reason=reason)
        self.challenge = challenge


class SignInRefusedError(UnauthorisedError):
    """Spotify did not take what a sign-in came back with."""


class SignInEndedError(UnauthorisedError):
    """Spotify ended a sign-in: it was revoked, or is six months old."""


class ForbiddenError(SpotifyError):
    """The account, app or scope does not allow it; a new token changes nothing."""

    status = 403
    code = "forbidden"


class ScopeMissingError(ForbiddenError):
    """The user has not granted what the call needs, or has not granted it to this caller.

    Attributes:
        scopes: What to ask the user for; all that the call needs.
    """

    def __init__(self, message: str, *, scopes: Sequence[str]) -> None:
        super().__init__(message, reason=SCOPE_MISSING)
        self.scopes = tuple(scopes)


class UnsupportedInProfileError(ForbiddenError):
    """The profile of the Spotify app does not have the operation; nothing was sent."""

    code = "unsupported_in_profile"


class NotFoundError(SpotifyError):
    """Spotify has no such thing, or not in that market."""

    status = 404
    code = "not_found"


class ThrottledError(SpotifyError):
    """The budget is spent, by our own count or by Spotify's word; the message ends with the wait."""

    status = 429
    code = "rate_limited"

    def __init__(self, message: str, *, reason: str = "", retry_after_s: float | None = None) -> None:
        wait = "" if retry_after_s is None else f" Try again in {whole_seconds(retry_after_s)} s."
        super().__init__(message + wait, reason=reason, retry_after_s=retry_after_s)
        self._without_wait = message

    def later(self, seconds: float) -> "ThrottledError":
        """Return the same refusal with a longer wait; one without a wait stays as it is."""
        if self.retry_after_s is None:
            return self
        wait_s = self.retry_after_s + seconds
        later = ThrottledError(self._without_wait, reason=self.reason, retry_after_s=wait_s)
        return later.costing(self.upstream_calls)


class UpstreamUnavailableError(SpotifyError):
    """Spotify failed, could not be reached, or answered with something that is no answer."""

    status = 502
    code = "unavailable"


class UpstreamTimeoutError(SpotifyError):
    """No answer came before the deadline."""

    status = 504
    code = "timeout"


class ShuttingDownError(SpotifyError):
    """The gateway is stopping and takes no new calls."""

    status = 503
    code = "unavailable"
