"""Names the place in front of an application where lanes stand; whoever serves the application puts them there."""

from collections.abc import Awaitable, Callable
from typing import Final, Protocol

from aiohttp import web

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


class Lane(Protocol):
    """Answers some requests sooner than the application would, and never differently."""

    def ahead_of(self, ordinary: Handler) -> Handler:
        """Return the handler that asks this lane first."""


LANES: Final[web.AppKey[list[Lane]]] = web.AppKey("lanes", list)
"""The lanes of an application; the last is asked first."""


def in_front(app: web.Application, handler: Handler) -> Handler:
    """Return the handler that asks the lanes of `app` before `handler`."""
    for lane in app.get(LANES, ()):
        handler = lane.ahead_of(handler)
    return handler
