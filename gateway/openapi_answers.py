"""What OpenAPI says of answers: statuses, headers and the one error shape, as `gateway.problem` renders it."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from gateway.endpoint import Endpoint, FanOut

Document = dict[str, Any]

_ERROR: Mapping[str, Any] = {
    "type": "object",
    "description": "Spotify's own shape, with what its clients ignore and an agent can use.",
    "properties": {
        "error": {
            "type": "object",
            "properties": {
                "status": {"type": "integer", "minimum": 400, "maximum": 599, "description": "The HTTP status."},
                "message": {"type": "string", "description": "What went wrong and what to do."},
                "code": {"type": "string", "description": "What kind of failure it is, in the gateway's words."},
                "reason": {"type": "string", "description": "A word for programs, Spotify's or the gateway's."},
                "retry_after": {
                    "type": "integer",
                    "minimum": 1,
                    "description": "Seconds after which the same call is worth repeating; absent if waiting does "
                    "not help.",
                },
                "retry_at": {
                    "type": "string",
                    "format": "date-time",
                    "description": "The same as a moment.",
                },
            },
            "required": ["status", "message"],
            "dependentRequired": {"retry_after": ["retry_at"], "retry_at": ["retry_after"]},
            "additionalProperties": False,
        }
    },
    "required": ["error"],
    "additionalProperties": False,
}

_HEADERS: Mapping[str, tuple[str, bool, Mapping[str, Any]]] = {
    "X-Cache": (
        (
            "How the answer came: kept by this process (HIT), there past its time (STALE) because it is being "
            "renewed or Spotify cannot be asked, kept in the shared store (SHARED), asked for together with "
            "others (JOINED), or from Spotify (MISS); of several parts, the costliest. A dry run says HIT if no "
            "call would be needed."
        ),
        True,
        {"type": "string", "enum": ["HIT", "STALE", "SHARED", "JOINED", "MISS"]},
    ),
    "Age": ("Seconds since the oldest part of the answer left Spotify.", True, {"type": "integer", "minimum": 0}),
    "X-Upstream-Calls": (
        "Requests to Spotify that this call, and nobody else's, caused.",
        True,
        {"type": "integer", "minimum": 0},
    ),
    "RateLimit": (
        (
            "How the budget for Spotify stands: r calls may leave now; if none may, the next one in t seconds "
            "(IETF draft, structured field)."
        ),
        False,
        {"type": "string"},
    ),
    "RateLimit-Policy": (
        "The budget's size: q calls in any w seconds (IETF draft, structured field).",
        False,
        {"type": "string"},
    ),
    "X-Partial": (
        "1 if some object in it lacks fields, because the request took that.",
        False,
        {"type": "string"},
    ),
    "X-Dry-Run": ("1 if nothing was sent or done, because the request said so.", False, {"type": "string"}),
    "X-Request-Id": (
        "Names the request in the log; the caller's own, if it sent one.",
        True,
        {"type": "string", "pattern": "^[0-9A-Za-z._-]{1,64}$"},
    ),
    "X-Missing-Ids": (
        "Ids that could not be had now, comma separated; their places hold null.",
        False,
        {"type": "string"},
    ),
    "Retry-After": (
        "Seconds after which the same call is worth repeating; absent if waiting does not help.",
        False,
        {"type": "integer", "minimum": 1},
    ),
}
"""Name: what it says, whether every answer that may have it has it, and its shape."""

_BUDGET = ("RateLimit", "RateLimit-Policy")
_EVERY = ("X-Cache", "Age", "X-Upstream-Calls", "X-Request-Id", *_BUDGET, "X-Partial", "X-Dry-Run")
_PARTIAL = ("X-Missing-Ids", "Retry-After")

_ERRORS: Mapping[int, str] = {
    400: "The message names each bad parameter, or says what Spotify found wrong.",
    401: "A credential of this gateway or a signed-in user is needed, or Spotify does not accept the app.",
    403: "The account or the app may not do this, the profile does not have it, or a foreign web page asks.",
    404: "Spotify has no such thing, or not in that market.",
    405: "The path is there, the method is not; the header Allow names those that are.",
    413: "The body is too large.",
    421: "The request came for another host; use the address that the gateway printed.",
    429: "The budget is spent, by the gateway's own count or by Spotify's word; or the caller sends too fast.",
    502: "Spotify failed or could not be reached, after retries.",
    503: "The gateway is stopping; connect again in a moment.",
    504: "No answer came within the deadline.",
}
_HEALED_BY_TIME = frozenset({429, 502, 503, 504})
_NOT_ANYWHERE = frozenset({405, 413})
"""What not every operation can answer: a described method is there, and not every one reads a body."""


def answers_of(endpoint: Endpoint) -> Document:
    """Return the responses of one operation, by status."""
    errors = [status for status in _ERRORS if status not in _NOT_ANYWHERE]
    if endpoint.takes_body:
        errors.append(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    partial = any(isinstance(emulation, FanOut) for emulation in endpoint.emulation.values())
    return {
        **{status: _success(endpoint, status, partial=partial) for status in _successes(endpoint)},
        **{str(status): {"$ref": f"#/components/responses/{_name(status)}"} for status in sorted(errors)},
    }


def components() -> Document:
    """Return what the responses of all operations refer to."""
    return {
        "schemas": {
            "Answer": {
                "type": ["object", "array"],
                "description": "What Spotify answers, in the shape that its reference documents for the route.",
            },
            "Error": dict(_ERROR),
        },
        "headers": {
            name: {"description": about, "required": always, "schema": dict(schema)}
            for name, (about, always, schema) in _HEADERS.items()
        },
        "responses": {_name(status): _error(status, about) for status, about in _ERRORS.items()},
    }


def _successes(endpoint: Endpoint) -> tuple[str, ...]:
    if endpoint.family == "player-read":
        return "200", "204"
    # A write's status is passed on as Spotify gave it, which is not always the documented one.
    return ("200",) if endpoint.method == "GET" else (str(endpoint.success), "2XX")


def _success(endpoint: Endpoint, status: str, *, partial: bool) -> Document:
    names = (*_EVERY, *_PARTIAL) if partial else _EVERY
    document: Document = {
        "description": _WORDS.get(status, "Done."),
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in names},
    }
    # Whether other writes answer with a body is up to Spotify, so nothing is promised of them.
    if status == "201" or (endpoint.method == "GET" and status == "200"):
        document["content"] = {"application/json": {"schema": {"$ref": "#/components/schemas/Answer"}}}
    return document


_WORDS: Mapping[str, str] = {
    "200": "Spotify's answer; a write's may be empty.",
    "201": "Made; what Spotify says of it.",
    "202": "Taken on; it takes effect in a moment.",
    "204": "Done, or there is nothing to tell.",
    "2XX": "Done, with another status that Spotify chose.",
}


def _error(status: int, about: str) -> Document:
    names = ("X-Request-Id", *_BUDGET, *(("Retry-After",) if status in _HEALED_BY_TIME else ()))
    cost, _, shape = _HEADERS["X-Upstream-Calls"]
    return {
        "description": about,
        "headers": {
            **{name: {"$ref": f"#/components/headers/{name}"} for name in names},
            # What is refused before it is known which operation it asks for has no cost to tell.
            "X-Upstream-Calls": {"description": cost, "schema": dict(shape)},
        },
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
    }


def _name(status: int) -> str:
    return f"Error{status}"
