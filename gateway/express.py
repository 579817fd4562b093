"""Answers plain reads that were answered before, ahead of router and middlewares; all else goes past unchanged.

An answer is what the cache holds now for the principal of now. What is skipped could not come out differently for
the same request target: routing, checking, planning.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from aiohttp import hdrs, web

from gateway import options
from gateway.admission import Admit
from gateway.callers import PRINCIPAL, Callers, Door
from gateway.client import SpotifyClient
from gateway.endpoint import Endpoint
from gateway.guards import Guard, remembering
from gateway.lanes import Handler
from gateway.memo import Memo
from gateway.middleware import ADMITTED, id_of, route_of
from gateway.observer import GatewayObserver
from gateway.principal import Principal
from gateway.ratelimit import fields_of
from gateway.ready import Typesetter
from gateway.routes import ALIASES, ASKED, CALLED, headers_of

_UNUSUAL: Final = (*options.HEADERS, hdrs.EXPECT, hdrs.UPGRADE)
_STARTS: Final = tuple(f"{prefix}/" for prefix in ALIASES)
_MOMENT_S: Final = 0.01
_TARGETS: Final = 4096
_LONGEST_TARGET: Final = 1024
"""Characters; with the bound above it, some megabytes are the most that the table takes."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What a request target was found to ask for."""

    endpoint: Endpoint
    route: str
    memo: Memo | None


class ExpressLane:
    """Stands in front of an application.

    Args:
        client: Finds the answers.
        guard: Which hosts and origins may ask.
        callers: Know who asks.
        observer: Told of every request that is answered here.
        clock: Monotonic seconds.
        admit: How fast a caller may send.
    """

    def __init__(
        self,
        client: SpotifyClient,
        *,
        guard: Guard,
        callers: Callers,
        observer: GatewayObserver,
        clock: Callable[[], float],
        admit: Admit,
    ) -> None:
        self._client = client
        self._guard = guard
        self._objection_to = remembering(guard)
        self._callers = callers
        self._observer = observer
        self._clock = clock
        self._admit = admit
        self._typesetter = Typesetter()
        # First learnt, first forgotten; what is still asked for is learnt again.
        self._known: OrderedDict[tuple[Principal, str], _Known] = OrderedDict()
        # By quota family, of which the catalogue has few: the headers, and until when they will do.
        self._told: dict[str, tuple[Mapping[str, str], float]] = {}

    def ahead_of(self, ordinary: Handler) -> Handler:
        """Return the handler that asks this lane first."""

        async def handle(request: web.BaseRequest) -> web.StreamResponse:
            response = self._answer(request)
            if response is not None:
                return response
            passed = await ordinary(request)
            self._learn(request, passed)
            return passed

        return handle

    def _answer(self, request: web.BaseRequest) -> web.StreamResponse | None:
        if not request.raw_path.startswith(_STARTS):
            # Who comes to another door must not be asked for what opens this one.
            return None
        started = self._clock()
        principal = self._callers.at_once(request.headers, Door.REST)
        if principal is None:
            return None
        known = self._known.get((principal, request.raw_path))
        if known is None or known.memo is None or not self._plain(request) or not self._admit.at_once(principal):
            return None
        reply = self._client.glance(known.memo)
        if reply is None:
            request[ADMITTED] = True
            return None
        request_id = id_of(request.headers)
        headers = {**headers_of(reply, self._budget(known.endpoint, started)), "X-Request-Id": request_id}
        response = self._typesetter.response(request, reply.status, headers, body=reply.body)
        self._observer.served(request_id, known.route, request.method, reply.status, self._clock() - started)
        return response

    def _budget(self, endpoint: Endpoint, now: float) -> Mapping[str, str]:
        """Return how the budget of calls such as this one stood a moment ago, as headers."""
        told = self._told.get(endpoint.family)
        if told is None or now >= told[1]:
            # A busy process would word the same thing thousands of times a second, at 4 us each.
            told = self._told[endpoint.family] = (fields_of(self._client.budget(endpoint)), now + _MOMENT_S)
        return told[0]

    def _plain(self, request: web.BaseRequest) -> bool:
        """Tell whether nothing but the target decides what the answer is."""
        headers = request.headers
        if request.method != hdrs.METH_GET or request.body_exists:
            return False
        for name in _UNUSUAL:
            if name in headers:
                return False
        origin = headers.get(hdrs.ORIGIN)
        # Answers to listed pages get more headers, from `gateway.cors`.
        return self._objection_to(headers.get(hdrs.HOST), origin) is None and not self._guard.lists(origin)

    def _learn(self, request: web.BaseRequest, response: web.StreamResponse) -> None:
        """Remember a target that was answered from the cache; who reads it twice will read it a third time."""
        if not isinstance(request, web.Request) or (arguments := request.get(ASKED)) is None:
            return
        if response.status != HTTPStatus.OK or response.headers.get("X-Cache") != "HIT":
            return
        principal = request[PRINCIPAL]
        target = (principal, request.raw_path)
        if target in self._known or len(request.raw_path) > _LONGEST_TARGET or not self._plain(request):
            return
        endpoint = request[CALLED]
        memo = self._client.memo(endpoint.id, arguments, principal=principal)
        self._known[target] = _Known(endpoint, route_of(request), memo)
        if len(self._known) > _TARGETS:
            self._known.popitem(last=False)
