"""What every HTTP request passes: an id, the guard, and the top handler that turns errors into answers."""

import os
import re
import time
from collections.abc import Callable, Collection, Mapping
from http import HTTPStatus

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from gateway.admission import Admit
from gateway.callers import PRINCIPAL, Callers, Door
from gateway.client import SpotifyClient
from gateway.errors import CredentialError, ScopeMissingError, SpotifyError
from gateway.guards import Guard, remembering
from gateway.observer import GatewayObserver
from gateway.problem import Problem, problem_of, response_of
from gateway.ratelimit import fields_of
from gateway.routes import CALLED, COST

REQUEST_ID = web.RequestKey("request_id", str)

ADMITTED = web.RequestKey("admitted", bool)
"""Set on a request that was let in before it came to `admitting`."""

_CLIENT_LEFT = 499
"""What the log says of a request whose caller hung up; the word is nginx's."""

_FOREIGN_ID = re.compile(r"[0-9A-Za-z._-]{1,64}")


def id_of(headers: Mapping[str, str]) -> str:
    """Return the id of a request: the caller's where it sent a decent one, else a new one."""
    given = headers.get("X-Request-Id")
    return given if given and _FOREIGN_ID.fullmatch(given) else os.urandom(16).hex()


def tracing(observer: GatewayObserver, *, clock: Callable[[], float]) -> Middleware:
    """Give each request an id, and report its end."""

    @web.middleware
    async def trace(request: web.Request, handler: Handler) -> web.StreamResponse:
        request_id = request[REQUEST_ID] = id_of(request.headers)
        started = clock()
        status = _CLIENT_LEFT
        try:
            response = await handler(request)
            status = response.status
            if not response.prepared:
                response.headers["X-Request-Id"] = request_id
            return response
        finally:
            observer.served(request_id, route_of(request), request.method, status, clock() - started)

    return trace


def guarding(
    guard: Guard,
    *,
    self_guarded: Collection[str],
    shared: Collection[str] = (),
    wall_clock: Callable[[], float] = time.time,
) -> Middleware:
    """Refuse requests that a page from elsewhere sent, before anything of them is read.

    The paths in `self_guarded`, and all below them, do so themselves, in the words of their own protocol. Those in
    `shared`, and all below them, are for pages of every origin, but by the names of this gateway only.
    """
    objection_to = remembering(guard)
    guarded, open_to_all = _below(self_guarded), _below(shared)

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if guarded(request.path):
            return await handler(request)
        origin = None if open_to_all(request.path) else request.headers.get("Origin")
        objection = objection_to(request.headers.get("Host"), origin)
        if objection is None:
            return await handler(request)
        return response_of(Problem(status=objection.status, message=objection.message), now=wall_clock())

    return check


def _below(paths: Collection[str]) -> Callable[[str], bool]:
    """Return what tells whether a path is one of `paths`, or below one."""
    starts = tuple(f"{path}/" for path in paths)
    return lambda path: path in paths or path.startswith(starts)


def translating(
    observer: GatewayObserver,
    client: SpotifyClient,
    *,
    callers: Callers,
    wall_clock: Callable[[], float] = time.time,
) -> Middleware:
    """Answer errors in Spotify's shape; the only place that catches what nobody expected.

    Errors of an operation of the mirror tell their cost and how the budget stands, as its answers do. What the
    caller lacks is said as RFC 6750 has it, too.
    """

    @web.middleware
    async def translate(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except SpotifyError as error:
            headers = {**_spending(request, client, calls=error.upstream_calls), **_challenge(error, callers)}
            return response_of(problem_of(error), now=wall_clock(), headers=headers)
        except web.HTTPException as answer:
            if answer.status < HTTPStatus.BAD_REQUEST:
                raise
            known = "Allow" in answer.headers
            told = {"Allow": answer.headers["Allow"]} if known else _spending(request, client, calls=0)
            return response_of(_problem_of(request, answer), now=wall_clock(), headers=told)
        except web.RequestPayloadError:
            message = "The body cannot be read: it is not packed as its headers say"
            return response_of(Problem(status=400, message=message), now=wall_clock())
        except Exception as error:  # noqa: BLE001 - the top handler
            observer.crashed(request[REQUEST_ID], error)
            message = f"The gateway failed; its log has the cause under request id {request[REQUEST_ID]}"
            return response_of(Problem(status=500, message=message), now=wall_clock())

    return translate


def _challenge(error: SpotifyError, callers: Callers) -> Mapping[str, str]:
    said = ""
    if isinstance(error, CredentialError):
        said = error.challenge
    elif isinstance(error, ScopeMissingError):
        said = callers.challenge(Door.REST, error.scopes)
    return {hdrs.WWW_AUTHENTICATE: said} if said else {}


def admitting(callers: Callers, admit: Admit, prefixes: Collection[str]) -> Middleware:
    """Find out who asks for a path under one of `prefixes`, and hold back who sends faster than allowed."""
    starts = tuple(f"{prefix}/" for prefix in prefixes)

    @web.middleware
    async def let_in(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith(starts):
            principal = request[PRINCIPAL] = await callers(request.headers, Door.REST)
            if not request.get(ADMITTED):
                await admit(principal)
        return await handler(request)

    return let_in


def _spending(request: web.Request, client: SpotifyClient, *, calls: int) -> Mapping[str, str]:
    endpoint = request.get(CALLED)
    return {} if endpoint is None else {**fields_of(client.budget(endpoint)), COST: str(calls)}


def _problem_of(request: web.Request, answer: web.HTTPException) -> Problem:
    """Say in words what aiohttp says by status alone."""
    route = f"{request.method} {request.path[:80]}"
    match answer.status:
        case HTTPStatus.NOT_FOUND:
            message = f"No such route: {route}. The Spotify Web API is mirrored under /v1, MCP is at /mcp"
        case HTTPStatus.METHOD_NOT_ALLOWED:
            message = f"No such route: {route}. This path takes {answer.headers.get('Allow', 'another method')}"
        case _:
            message = answer.text or answer.reason
    return Problem(status=answer.status, message=message)


def route_of(request: web.Request) -> str:
    """Return the template of the request's path."""
    resource = request.match_info.route.resource
    return "unmatched" if resource is None else resource.canonical
