"""Checks an HTTP request before its body means anything; what passes was sent on purpose and is small enough."""

from dataclasses import dataclass
from typing import Any, Final, Self

import orjson
from aiohttp import hdrs, web
from mcp_types import PARSE_ERROR

from gateway.guards import Guard
from tools.transport.refusal import Refusal

_JSON: Final = frozenset({"application/json", "application/*", "*/*"})
_EVENTS: Final = frozenset({"text/event-stream", "text/*", "*/*"})


@dataclass(frozen=True, slots=True)
class Accepts:
    """What kinds of response the client can read."""

    json: bool
    events: bool

    @classmethod
    def of(cls, request: web.Request) -> Self:
        """Read the Accept header; a client that sends none is given plain JSON."""
        return cls.said(request.headers.get(hdrs.ACCEPT))

    @classmethod
    def said(cls, header: str | None) -> Self:
        """Read the value of an Accept header, or that there is none."""
        if header is None:
            return cls(json=True, events=False)
        kinds = {kind.partition(";")[0].strip().lower() for kind in header.split(",")}
        return cls(json=not kinds.isdisjoint(_JSON), events=not kinds.isdisjoint(_EVENTS))


def check_host_and_origin(request: web.Request, guard: Guard) -> None:
    """Refuse a request that was not addressed to this server or comes from a foreign web page."""
    objection = guard.objection(request.headers.get(hdrs.HOST), request.headers.get(hdrs.ORIGIN))
    if objection is not None:
        raise Refusal(objection.status, objection.message)


def check_post_accept(request: web.Request) -> Accepts:
    """What a POST may be answered with.

    Raises:
        Refusal: nothing that this server can send.
    """
    accepts = Accepts.of(request)
    if not (accepts.json or accepts.events):
        raise Refusal(406, "Nothing acceptable to send: use 'Accept: application/json, text/event-stream'")
    return accepts


def check_stream_accept(request: web.Request) -> None:
    """Refuse to open an event stream for a client that names other types only."""
    if hdrs.ACCEPT in request.headers and not Accepts.of(request).events:
        raise Refusal(406, "This address opens an event stream: use 'Accept: text/event-stream'")


BODY: Final = web.RequestKey("body", bytes)
"""The body of a request that was read before it came here."""


async def body_of(request: web.Request) -> bytes:
    """Return the body of a request that is known to be small and not compressed."""
    content = request.content
    # Most come in one piece with their head, and need no loop.
    return content.read_nowait() if content.is_eof() else await request.read()


async def read_json(request: web.Request, *, max_bytes: int) -> Any:
    """The decoded body.

    Raises:
        Refusal: wrong type (415), too large (413) or not JSON (400, -32700).
    """
    if request.content_type != "application/json":
        raise Refusal(415, "The body must be JSON: use 'Content-Type: application/json'")
    try:
        return orjson.loads(request.get(BODY) or await _read(request, max_bytes=max_bytes))
    except (orjson.JSONDecodeError, web.RequestPayloadError):
        raise Refusal(400, "The body is not valid UTF-8 JSON: nothing was executed", code=PARSE_ERROR) from None


async def _read(request: web.Request, *, max_bytes: int) -> bytearray:
    # Counted while reading and after decompression: neither a missing Content-Length nor a small
    # compressed body gets past the limit.
    body = bytearray()
    if (request.content_length or 0) <= max_bytes:
        async for chunk in request.content.iter_any():
            body += chunk
            if len(body) > max_bytes:
                break
        else:
            return body
    raise Refusal(413, f"The body is larger than {max_bytes} bytes: send less per request")
