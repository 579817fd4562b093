"""Is one HTTP request on its way through a lane; it is observed exactly once, in words from a closed set."""

from asyncio import Task
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web

from gateway.callers import Door
from gateway.principal import LOCAL, Principal
from tools.transport.caller import Caller, Owner
from tools.transport.observer import TransportObserver, Wire
from tools.transport.refusal import Refusal


class Visit:
    """An HTTP request, its principal once known, and `method`, the word it will be observed as.

    `selection` is what its address says of the tools that are meant.
    """

    def __init__(
        self,
        *,
        request: web.Request,
        wire: Wire,
        observer: TransportObserver,
        clock: Callable[[], float],
        selection: str = "",
    ) -> None:
        self.request = request
        self.wire = wire
        self.selection = selection
        self.principal: Principal = LOCAL
        self.method = "none"
        self._observer = observer
        self._clock = clock
        self._started = clock()
        self._handed_over = False

    @property
    def door(self) -> Door:
        """By which way in it came."""
        return Door.SSE if self.wire == "sse" else Door.MCP

    @property
    def owner(self) -> Owner:
        """Whose sessions it may use."""
        return Owner.of(self.principal)

    @property
    def caller(self) -> Caller:
        """Who asks, with the headers of this request."""
        return Caller(self.principal, self.request.headers, self.selection)

    def over(self, status: int) -> float:
        """The HTTP request has its response; returns the seconds that it took."""
        return self._clock() - self._started if self._handed_over else self._report(status)

    def over_with(self, call: Task[Any], *, status: int) -> None:
        """The HTTP request was only accepted: what it asked for is over when `call` is."""
        self._handed_over = True
        call.add_done_callback(lambda _: self._report(status))

    def _report(self, status: int) -> float:
        seconds = self._clock() - self._started
        self._observer.request(self.wire, self.method, status, seconds)
        return seconds


Handler = Callable[[Visit], Awaitable[web.StreamResponse]]


def handler_for(visit: Visit, handlers: Mapping[str, Handler]) -> Handler:
    """The handler of the visit's HTTP method.

    Raises:
        Refusal: there is none (405).
    """
    handler = handlers.get(visit.request.method)
    if handler is None:
        allowed = ", ".join(handlers)
        raise Refusal(
            405,
            f"{visit.request.method} is not served here for this protocol version: use {allowed}",
            headers={"Allow": allowed},
        )
    return handler
