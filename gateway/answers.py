"""Reads what Spotify answers: which error a status means, and how long a 429 asks to wait; pure."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from http.client import responses

import orjson

from cache import Answer
from gateway.errors import (
    ForbiddenError,
    NotFoundError,
    RejectedError,
    ScopeMissingError,
    SpotifyError,
    ThrottledError,
    UnauthorisedError,
    UpstreamUnavailableError,
)
from gateway.transport import Response

QUOTA_EXCEEDED = "QUOTA_EXCEEDED"
"""Reason with which Spotify tells the day quota of an account from the 30-second rate limit (July 2026)."""

SIGN_IN_NEEDED = "SIGN_IN_NEEDED"
"""Reason, ours, of what only a user's token can do."""

SIGN_IN = "This needs a signed-in user"

SIGN_IN_ENDED = "The sign-in has ended: it was taken back at Spotify, or is six months old"

LONGEST_WAIT_S = 14 * 24 * 3600.0
"""The longest that a 429 is believed; the longest that anybody reported of Spotify is ten days."""

_WITHOUT_USER = "Valid user authentication required"
"""What Spotify says to the app's own token where only a user's will do; another token of the app is no help."""

_WITHOUT_SCOPE = "Insufficient client scope"

_LONGEST_MESSAGE = 300
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]*)?")


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Return the `Retry-After` of an answer in seconds, at most `LONGEST_WAIT_S`; None if it means nothing.

    Spotify sends whole seconds and sometimes nothing. What stands in between may send the other forms: a date is
    judged by the clock that wrote the answer's `Date`, which need not agree with ours.
    """
    value = headers.get("retry-after", "").strip()
    if _NUMBER.fullmatch(value):
        return min(LONGEST_WAIT_S, float(value))
    until, now = _time(value), _time(headers.get("date", ""))
    if until is None or now is None or until < now:
        return None
    return min(LONGEST_WAIT_S, until - now)


def _time(text: str) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
        # Without a zone it is UTC all the same (RFC 9110), and not this machine's zone.
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def reason_of(body: bytes) -> str:
    """Return Spotify's reason word in an error body, or an empty text."""
    return _error_of(body)[1]


def is_usable(response: Response) -> bool:
    """Tell whether a 200 carries JSON, rather than the page of some proxy in between."""
    return "json" in response.headers.get("content-type", "")


def error_for(answer: Answer) -> SpotifyError:
    """Return the error that an answer with a status of 400 or more means."""
    message, reason = _error_of(answer.body)
    phrase = responses.get(answer.status, "")
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR or answer.status < HTTPStatus.BAD_REQUEST:
        return UpstreamUnavailableError(
            f"Spotify answered {answer.status} {phrase}; try again shortly", reason=reason
        )
    if answer.status == HTTPStatus.UNAUTHORIZED and message == _WITHOUT_USER:
        return UnauthorisedError(SIGN_IN, reason=SIGN_IN_NEEDED)
    kind = _KINDS.get(answer.status, RejectedError)
    return kind((message or phrase) + _ADVICE.get(reason, ""), reason=reason)


def lacking_scope(error: ForbiddenError, scopes: Sequence[str]) -> ForbiddenError:
    """Return `error` with the scopes to grant, if it is for want of one of `scopes`; others stay as they are."""
    if error.message != _WITHOUT_SCOPE or not scopes:
        return error
    return ScopeMissingError(f"{_WITHOUT_SCOPE}: this needs {' '.join(scopes)}", scopes=scopes)


_ADVICE: Mapping[str, str] = {
    "NO_ACTIVE_DEVICE": "; list them with GET /v1/me/player/devices and name one as device_id, or transfer to it",
    "PREMIUM_REQUIRED": "; only Premium users can be controlled",
    "DEVICE_NOT_CONTROLLABLE": "; this device takes no commands, name another one as device_id",
}
"""What to do about some of the player's reasons."""

_KINDS: Mapping[int, type[SpotifyError]] = {
    HTTPStatus.UNAUTHORIZED: UnauthorisedError,
    HTTPStatus.FORBIDDEN: ForbiddenError,
    HTTPStatus.NOT_FOUND: NotFoundError,
    HTTPStatus.TOO_MANY_REQUESTS: ThrottledError,
}


def _error_of(body: bytes) -> tuple[str, str]:
    """Return message and reason; the body may be JSON of two shapes, plain text, or empty."""
    try:
        document = orjson.loads(body)
        error = document["error"]
        if isinstance(error, str):
            return str(document.get("error_description") or error)[:_LONGEST_MESSAGE], ""
        return str(error.get("message") or "")[:_LONGEST_MESSAGE], str(error.get("reason") or "")
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        text = body[: 4 * _LONGEST_MESSAGE].decode("utf-8", "replace")
        return "".join(c for c in text if c.isprintable())[:_LONGEST_MESSAGE].strip(), ""
