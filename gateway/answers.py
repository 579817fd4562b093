"""Reads what Spotify answers: which error a status means, and how long a 429 asks to wait; pure."""

from collections.abc import Mapping
from http import HTTPStatus
from http.client import responses

import orjson

from cache import Answer
from gateway.errors import (
    ForbiddenError,
    NotFoundError,
    RejectedError,
    SpotifyError,
    ThrottledError,
    UnauthorisedError,
    UpstreamUnavailableError,
)
from gateway.transport import Response

QUOTA_EXCEEDED = "QUOTA_EXCEEDED"
"""Reason with which Spotify tells the day quota of an account from the 30-second rate limit (July 2026)."""

_LONGEST_MESSAGE = 300


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Return the `Retry-After` of an answer in seconds, or None if it is missing or no number.

    Spotify sends whole seconds and sometimes nothing; an HTTP date was never seen.
    """
    value = headers.get("retry-after", "").strip()
    return float(value) if value.isascii() and value.isdigit() else None


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
    kind = _KINDS.get(answer.status, RejectedError)
    return kind((message or phrase) + _ADVICE.get(reason, ""), reason=reason)


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
