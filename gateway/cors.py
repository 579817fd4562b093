"""Lets pages of the listed origins read answers (CORS, Fetch standard); all others stay blind, local ones too."""

from http import HTTPStatus

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from gateway.guards import Guard

_READABLE = (
    "Age, Mcp-Session-Id, RateLimit, RateLimit-Policy, Retry-After, WWW-Authenticate, X-Cache, X-Dry-Run, "
    "X-Missing-Ids, X-Partial, X-Request-Id, X-Upstream-Calls"
)
_SENDABLE = (
    "Accept, Authorization, Content-Type, Last-Event-ID, Mcp-Method, Mcp-Name, Mcp-Protocol-Version, "
    "Mcp-Session-Id, X-Deadline-Ms, X-Dry-Run, X-Partial, X-Priority, X-Request-Id"
)
_PREFLIGHT_S = 600
"""How long a browser may remember what it was allowed; the longest that all of them grant."""


def share(app: web.Application, guard: Guard) -> None:
    """Add the headers to every answer, event streams included, that goes to a page of a listed origin."""

    async def mark(request: web.Request, response: web.StreamResponse) -> None:
        if (origin := _listed(request, guard)) is not None:
            response.headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = origin
            response.headers[hdrs.ACCESS_CONTROL_EXPOSE_HEADERS] = _READABLE
            response.headers.add(hdrs.VARY, hdrs.ORIGIN)

    app.on_response_prepare.append(mark)


def preflight(guard: Guard) -> Middleware:
    """Answer the question that browsers ask before a request which no plain form could send."""

    @web.middleware
    async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
        asked = request.method == hdrs.METH_OPTIONS and hdrs.ACCESS_CONTROL_REQUEST_METHOD in request.headers
        if not asked or _listed(request, guard) is None:
            return await handler(request)
        return web.Response(
            status=HTTPStatus.NO_CONTENT,
            headers={
                hdrs.ACCESS_CONTROL_ALLOW_METHODS: "GET, POST, PUT, DELETE",
                hdrs.ACCESS_CONTROL_ALLOW_HEADERS: _SENDABLE,
                hdrs.ACCESS_CONTROL_MAX_AGE: str(_PREFLIGHT_S),
            },
        )

    return answer


def _listed(request: web.Request, guard: Guard) -> str | None:
    """Return the origin of the page, if it is one that the settings name."""
    origin = request.headers.get(hdrs.ORIGIN)
    return origin if guard.lists(origin) else None
