"""Stands before every lane: no body is read before Host, Origin and caller are known to be good."""

from collections.abc import Callable
from typing import Final

from aiohttp import hdrs, web

from gateway.admission import Admit
from gateway.callers import Callers
from gateway.errors import CredentialError, SpotifyError, ThrottledError, whole_seconds
from gateway.guards import Guard
from gateway.principal import Principal
from tools.transport.caller import Selections
from tools.transport.guards import check_host_and_origin
from tools.transport.observer import TransportObserver, Wire
from tools.transport.refusal import Refusal, failed, too_fast, unknown_caller
from tools.transport.visit import Handler, Visit

SELECTION: Final = "selection"
"""Name of the part of a path that says which tools are meant."""

_CLIENT_LEFT: Final = 499


class Gate:
    """Guards, authenticates, slows down, knows the addresses and observes; words refusals as responses."""

    def __init__(
        self,
        guard: Guard,
        *,
        callers: Callers,
        admit: Admit,
        selections: Selections,
        observer: TransportObserver,
        clock: Callable[[], float],
    ) -> None:
        self._guard = guard
        self._selections = selections
        self._callers = callers
        self._admit = admit
        self._observer = observer
        self._clock = clock

    async def pass_to(self, lane: Handler, request: web.Request, *, wire: Wire) -> web.StreamResponse:
        """Let `request` through to `lane`, or answer it here."""
        selection = request.match_info.get(SELECTION, "").strip("/")
        visit = Visit(request=request, wire=wire, observer=self._observer, clock=self._clock, selection=selection)
        status = _CLIENT_LEFT
        try:
            check_host_and_origin(request, self._guard)
            visit.principal = await self._caller(visit)
            if request.method == hdrs.METH_POST:
                await self._admit_one(visit.principal)
            self._check(selection)
            response = await lane(visit)
            status = response.status
        except Refusal as refusal:
            response = refusal.response()
            status = refusal.status
        except web.HTTPException as error:
            status = error.status
            raise
        finally:
            visit.over(status)
        return response

    def _check(self, selection: str) -> None:
        if objection := self._selections.objection(selection):
            raise Refusal(404, objection)

    async def _caller(self, visit: Visit) -> Principal:
        try:
            return await self._callers(visit.request.headers, visit.door, below=visit.selection)
        except CredentialError as error:
            raise unknown_caller(error) from error
        except SpotifyError as error:
            # What is kept of credentials cannot be reached: nobody can be let in, and nobody is told to sign in.
            raise failed(error) from error

    async def _admit_one(self, principal: Principal) -> None:
        try:
            await self._admit(principal)
        except ThrottledError as error:
            raise too_fast(error.message, retry_after_s=whole_seconds(error.retry_after_s or 0)) from error
