"""Lets one place on the net begin only so much; else whoever opens our pages in a loop would lock all others out.

What is begun is remembered for ten minutes, and only so much of it. Behind a proxy all come from one place.
"""

from collections.abc import Iterable, Sequence
from http import HTTPStatus
from ipaddress import IPv6Address, ip_address
from typing import Final, Protocol

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from gateway.errors import whole_seconds
from gateway.pages import page, paragraph
from limiter.inbound import Inbound, InboundConfig

PACE: Final = InboundConfig(per_s=5.0, burst=100, wait_s=0)
"""In ten minutes 3,100, of the 10,000 that may be under way."""

_SUBSCRIBER_BYTES: Final = 8
"""Of an IPv6 address; the other half everybody chooses freely."""


class Pages(Protocol):
    """Pages that people open."""

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        """Return what to add to an application."""
        ...


class Paced:
    """The same pages, at a limited pace.

    Args:
        pages: What people open.
        pace: How often one place may.
    """

    def __init__(self, pages: Pages, *, pace: InboundConfig = PACE) -> None:
        self._pages = pages
        self._pace = Inbound(pace)
        self._retry_s = whole_seconds(1 / pace.per_s if pace.per_s else 0)

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        """Return what to add to an application."""
        return [self._paced(route) for route in self._pages.routes()]

    def _paced(self, route: web.AbstractRouteDef) -> web.AbstractRouteDef:
        if not isinstance(route, web.RouteDef):
            return route
        return web.RouteDef(route.method, route.path, self._around(route.handler), route.kwargs)

    def _around(self, handler: Handler) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            if self._pace.admit_at_once(place_of(request.remote)):
                return await handler(request)
            response = page(
                "Too many at once",
                paragraph("Very many pages are being opened from where you are. Try again in a minute."),
                status=HTTPStatus.TOO_MANY_REQUESTS,
            )
            response.headers[hdrs.RETRY_AFTER] = str(self._retry_s)
            return response

        return handle


def place_of(remote: str | None) -> str:
    """Return what all addresses of one subscriber have in common."""
    try:
        ip = ip_address((remote or "").partition("%")[0])
    except ValueError:
        return ""
    if isinstance(ip, IPv6Address):
        return str(ip.ipv4_mapped) if ip.ipv4_mapped else ip.packed[:_SUBSCRIBER_BYTES].hex()
    return str(ip)
