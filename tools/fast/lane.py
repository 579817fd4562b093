"""Answers plain `tools/call` and `tools/list` on every HTTP wire; each answer is the one that the SDK would give.

What is skipped for a request that passes here could not come out differently: the router, the middlewares, the
SDK's models and dispatch. All guards hold: Host and Origin, size, caller, pace, the session's owner.
"""

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, Final, NamedTuple

from aiohttp import web

from gateway.admission import Admit
from gateway.guards import Guard
from gateway.lanes import Handler
from gateway.middleware import id_of
from gateway.observer import GatewayObserver
from gateway.ready import Typesetter
from tools.fast.answers import Answers, Asked
from tools.fast.letter import Letter, Letters
from tools.fast.question import LIST, Questions
from tools.transport import Authenticate, McpTransport, TransportObserver
from tools.transport.guards import BODY, body_of
from tools.transport.handshake import SESSION_HEADER
from tools.transport.session import Session
from tools.transport.sse import deliver
from tools.transport.visit import Visit
from tools.view import UnknownSelectionError, Views

_OK: Final = 200
_ACCEPTED: Final = 202
_CLIENT_LEFT: Final = 499


class _Errand(NamedTuple):
    """A plain request on its way; `session` is None on the stateless wire."""

    visit: Visit
    letter: Letter
    asked: Asked
    session: Session | None


class FastLane:
    """Stands in front of the application that `transport` is mounted on.

    Args:
        transport: Serves what is not plain, and knows the sessions.
        views: The tools.
        answers: Makes the answers.
        guard: Which hosts and origins may ask.
        authenticate: Who asks.
        admit: How fast a caller may send.
        observer: Told of every message.
        http_observer: Told of every HTTP request.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        transport: McpTransport,
        views: Views,
        *,
        answers: Answers,
        guard: Guard,
        authenticate: Authenticate,
        admit: Admit,
        observer: TransportObserver,
        http_observer: GatewayObserver,
        clock: Callable[[], float],
    ) -> None:
        self._transport = transport
        self._views = views
        self._answers = answers
        self._authenticate = authenticate
        self._admit = admit
        self._observer = observer
        self._http_observer = http_observer
        self._clock = clock
        self._letters = Letters(guard)
        self._questions = Questions()
        self._typesetter = Typesetter()

    def ahead_of(self, ordinary: Handler) -> Handler:
        """Return the handler that asks this lane first."""

        async def handle(request: web.BaseRequest) -> web.StreamResponse:
            letter = self._letters.read(request)
            if letter is None or not isinstance(request, web.Request):
                return await ordinary(request)
            errand = await self._open(request, letter)
            if errand is None:
                return await ordinary(request)
            return await self._serve(errand)

        return handle

    async def _open(self, request: web.Request, letter: Letter) -> _Errand | None:
        """Return what `request` is about; None, and nothing has happened, if it is for the ordinary lanes."""
        visit = Visit(
            request=request,
            wire=letter.wire,
            observer=self._observer,
            clock=self._clock,
            selection=letter.selection,
        )
        try:
            visit.principal = await self._authenticate(request)
            view = self._views.view(letter.selection)
        except (web.HTTPException, UnknownSelectionError):
            return None
        body = request[BODY] = await body_of(request)
        question = self._questions.read(body, letter)
        if question is None or not self._transport.running:
            return None
        tool, version, session = view.find(question.name), letter.version, None
        if tool is None and question.method != LIST:
            return None
        if letter.session_id:
            # Looked up after the last await: it cannot end between here and the start of its call.
            session = self._transport.known(letter.session_id, visit)
            if session is None or not session.has_room(question.id):
                return None
            version = session.connection.protocol_version
        # Last of all: whoever goes on to the ordinary lanes is counted there.
        if not self._admit.at_once(visit.principal):
            return None
        visit.method = question.method
        asked = Asked(question, view, tool, version, visit.caller, letter.has_options)
        return _Errand(visit, letter, asked, session)

    async def _serve(self, errand: _Errand) -> web.StreamResponse:
        visit, route = errand.visit, errand.letter.route
        request_id, status, started = id_of(visit.request.headers), _CLIENT_LEFT, self._clock()
        try:
            response = await self._respond(errand, request_id)
            status = response.status
            return response
        finally:
            visit.over(status)
            self._http_observer.served(request_id, route, "POST", status, self._clock() - started)

    async def _respond(self, errand: _Errand, request_id: str) -> web.StreamResponse:
        answer, session = self._answers.to(errand.asked), errand.session
        if not isinstance(answer, bytes):
            if session is not None:
                return await self._in_session(errand, request_id, session=session, work=answer)
            answer = await answer
        if session is not None and errand.letter.wire == "sse":
            session.standalone.put(answer)
            return self._accepted(errand, request_id)
        return self._json(errand, request_id, answer)

    async def _in_session(
        self, errand: _Errand, request_id: str, *, session: Session, work: Coroutine[Any, Any, bytes]
    ) -> web.StreamResponse:
        """Await `work` as a call of its session: it can be cancelled by its id and outlives the connection."""
        call = session.run(errand.asked.question.id, work)
        if errand.letter.wire == "sse":
            call.add_done_callback(partial(deliver, session))
            errand.visit.over_with(call, status=_ACCEPTED)
            return self._accepted(errand, request_id)
        await asyncio.wait({call})
        if call.cancelled() or (answer := call.result()) is None:
            return await self._transport.conclude(errand.visit, session, {call: errand.asked.question.id})
        return self._json(errand, request_id, answer)

    def _json(self, errand: _Errand, request_id: str, answer: bytes) -> web.StreamResponse:
        headers = {"Content-Type": "application/json", "X-Request-Id": request_id}
        if errand.session is not None:
            headers[SESSION_HEADER] = errand.session.id
        return self._typesetter.response(errand.visit.request, _OK, headers, body=answer)

    def _accepted(self, errand: _Errand, request_id: str) -> web.StreamResponse:
        headers = {"X-Request-Id": request_id}
        return self._typesetter.response(errand.visit.request, _ACCEPTED, headers, body=b"")
