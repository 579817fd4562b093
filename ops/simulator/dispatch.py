"""The way from an HTTP request to a route's handler and back: profile, token, scopes, body, in this order."""

import hashlib
from typing import Any, Final

import orjson
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler as WebHandler

from ops.simulator.accounts.access import SESSION, Session
from ops.simulator.answers import FRESH, PRIVATE, ApiError, json_answer
from ops.simulator.routes import Ask, Realm, Reply, Route

BODIED: Final = frozenset({hdrs.METH_PUT, hdrs.METH_POST})


def serve(route: Route, realm: Realm) -> WebHandler:
    """A web handler for a route."""

    async def serve(request: web.Request) -> web.Response:
        if realm.profile not in route.profiles:
            raise ApiError(403, "Forbidden")
        session = request[SESSION]
        _admit(route, session)
        ask = await _ask(request, route, realm=realm, session=session)
        return _answer(route, route.handler(ask), known=request.headers.get(hdrs.IF_NONE_MATCH))

    return serve


def _admit(route: Route, session: Session) -> None:
    if route.auth != "user":
        return
    if session.user is None:
        raise ApiError(401, "Valid user authentication required")
    missing = not session.scopes.issuperset(route.scopes)
    if missing or (route.any_of and session.scopes.isdisjoint(route.any_of)):
        raise ApiError(403, "Insufficient client scope")


async def _ask(request: web.Request, route: Route, *, realm: Realm, session: Session) -> Ask:
    length_unknown = hdrs.CONTENT_LENGTH not in request.headers and hdrs.TRANSFER_ENCODING not in request.headers
    if request.method in BODIED and length_unknown:
        raise ApiError(411, "Length Required")
    raw = await request.read() if route.body != "none" else b""
    return Ask(
        realm,
        request.match_info,
        request.query,
        method=request.method,
        user=None if session.user is None else realm.society.user(session.user),
        scopes=session.scopes,
        body=_decoded(raw) if route.body == "json" else None,
        raw=raw,
        now=session.now,
    )


def _decoded(raw: bytes) -> Any:
    if not raw.strip():
        return None
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise ApiError(400, "Error parsing JSON.") from error


def _answer(route: Route, result: object, *, known: str | None) -> web.Response:
    reply = result if isinstance(result, Reply) else Reply(200, result)
    cache_control = PRIVATE if route.auth == "user" else FRESH
    if reply.json is None:
        return web.Response(status=reply.status, headers={"Cache-Control": cache_control})
    answer = json_answer(reply.json, status=reply.status, cache_control=cache_control)
    return _tagged(answer, known=known) if route.etag else answer


def _tagged(answer: web.Response, *, known: str | None) -> web.Response:
    body = answer.body if isinstance(answer.body, bytes) else b""
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    if known is not None and tag in {part.strip().removeprefix("W/") for part in known.split(",")}:
        return web.Response(status=304, headers={"ETag": tag, "Cache-Control": answer.headers[hdrs.CACHE_CONTROL]})
    answer.headers[hdrs.ETAG] = tag
    return answer
