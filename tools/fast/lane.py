"""Answers plain `tools/call` and `tools/list` on every HTTP wire; each answer is the one that the SDK would give.

What is skipped for a request that passes here could not come out differently: the router, the middlewares, the
SDK's models and dispatch. All guards hold: Host and Origin, size, caller, pace, the session's owner.
"""

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, Final

from aiohttp import web

from gateway.admission import Admit
from gateway.callers import Callers
from gateway.guards import Guard
from gateway.lanes import Handler
from gateway.middleware import id_of
from gateway.observer import GatewayObserver
from gateway.ready import Typesetter
from tools.fast.answers import Answers
from tools.fast.inquiry import Inquiry
from tools.fast.letter import Letter, Letters
from tools.fast.permits import Permits, Permitting
from tools.fast.question import LIST, Question, Questions
from tools.tool import Tool
from tools.transport import McpTransport, TransportObserver
from tools.transport.guards import BODY, body_of
from tools.transport.handshake import SESSION_HEADER
from tools.transport.sse import deliver
from tools.transport.visit import Visit
from tools.view import UnknownSelectionError, Views

_OK: Final = 200
_ACCEPTED: Final = 202
_CLIENT_LEFT: Final = 499


class FastLane:
    """Stands in front of the application that `transport` is mounted on.

    Args:
        transport: Serves what is not plain, and knows the sessions.
        views: The tools.
        answers: Makes the answers.
        guard: Which hosts and origins may ask.
        callers: Know who asks.
        admit: How fast a caller may send.
        judge: Which calls may work with which scopes.
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
        callers: Callers,
        admit: Admit,
        judge: Permitting,
        observer: TransportObserver,
        http_observer: GatewayObserver,
        clock: Callable[[], float],
    ) -> None:
        self._transport = transport
        self._views = views
        self._answers = answers
        self._callers = callers
        self._permits = Permits(judge)
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
            visit = Visit(
                request=request,
                wire=letter.wire,
                selection=letter.selection,
                observer=self._observer,
                clock=self._clock,
            )
            principal = self._callers.at_once(request.headers, visit.door)
            if principal is None:
                return await ordinary(request)
            visit.principal = principal
            try:
                body = await body_of(request)
            except web.HTTPException:
                return await ordinary(request)
            except asyncio.CancelledError:
                self._over(visit, letter, request_id=id_of(request.headers), status=_CLIENT_LEFT)
                raise
            inquiry = self._opened(visit, letter, body)
            if inquiry is None:
                request[BODY] = body
                return await ordinary(request)
            answer = self._answers.to(inquiry)
            request_id = id_of(request.headers)
            if isinstance(answer, bytes):
                return self._at_once(inquiry, request_id, answer)
            return await self._in_time(inquiry, request_id, answer)

        return handle

    def _opened(self, visit: Visit, letter: Letter, body: bytes) -> Inquiry | None:
        """Return what a request is about; None, and nothing has happened, if it is for the ordinary lanes."""
        read = self._questions.read(body, letter)
        if read is None or not self._transport.running:
            return None
        call_id, question = read
        try:
            view = self._views.view(letter.selection)
        except UnknownSelectionError:
            return None
        tool, version, session = view.find(question.name), letter.version, None
        if not self._fits(question, tool, visit.principal.scopes):
            return None
        if letter.wire != "modern":
            # No await from here to the start of its call, so it cannot end in between.
            session = self._transport.known(letter.session_id, visit)
            if session is None or not session.initialized or not session.has_room(call_id):
                return None
            version = session.connection.protocol_version
        # Last of all: whoever goes on to the ordinary lanes is counted there.
        if not self._admit.at_once(visit.principal):
            return None
        visit.method = question.method
        return Inquiry(call_id, question, view, tool, version, visit, letter, session)

    def _fits(self, question: Question, tool: Tool | None, granted: frozenset[str] | None) -> bool:
        """Tell whether a question is one for this lane: there is what it names, and no scope is lacking for it."""
        if tool is None:
            return question.method == LIST
        return granted is None or self._permits.allow(tool, question, granted)

    def _at_once(self, inquiry: Inquiry, request_id: str, answer: bytes) -> web.StreamResponse:
        """Return the response to a request whose answer is there."""
        if inquiry.session is not None and inquiry.letter.wire == "sse":
            inquiry.session.standalone.put(answer)
            response = self._accepted(inquiry, request_id)
        else:
            response = self._json(inquiry, request_id, answer)
        self._over(inquiry.visit, inquiry.letter, request_id=request_id, status=response.status)
        return response

    async def _in_time(
        self, inquiry: Inquiry, request_id: str, work: Coroutine[Any, Any, bytes]
    ) -> web.StreamResponse:
        """Return the response to a request whose answer `work` makes."""
        status = _CLIENT_LEFT
        try:
            response = await self._made(inquiry, request_id, work)
            status = response.status
            return response
        finally:
            self._over(inquiry.visit, inquiry.letter, request_id=request_id, status=status)

    def _over(self, visit: Visit, letter: Letter, *, request_id: str, status: int) -> None:
        seconds = visit.over(status)
        self._http_observer.served(request_id, letter.route, "POST", status, seconds)

    async def _made(
        self, inquiry: Inquiry, request_id: str, work: Coroutine[Any, Any, bytes]
    ) -> web.StreamResponse:
        if inquiry.session is None:
            return self._json(inquiry, request_id, await work)
        # A call of its session: it can be cancelled by its id and outlives the connection.
        call = inquiry.session.run(inquiry.id, work)
        if inquiry.letter.wire == "sse":
            call.add_done_callback(partial(deliver, inquiry.session))
            inquiry.visit.over_with(call, status=_ACCEPTED)
            return self._accepted(inquiry, request_id)
        await asyncio.wait({call})
        if call.cancelled() or (answer := call.result()) is None:
            return await self._transport.conclude(inquiry.visit, inquiry.session, {call: inquiry.id})
        return self._json(inquiry, request_id, answer)

    def _json(self, inquiry: Inquiry, request_id: str, answer: bytes) -> web.StreamResponse:
        headers = {"Content-Type": "application/json", "X-Request-Id": request_id}
        if inquiry.session is not None:
            headers[SESSION_HEADER] = inquiry.session.id
        return self._typesetter.response(inquiry.visit.request, _OK, headers, body=answer)

    def _accepted(self, inquiry: Inquiry, request_id: str) -> web.StreamResponse:
        headers = {"X-Request-Id": request_id}
        return self._typesetter.response(inquiry.visit.request, _ACCEPTED, headers, body=b"")
