"""Answers plain `tools/call` and `tools/list` on every HTTP wire; each answer is the one that the SDK would give.

What is skipped for a request that passes here could not come out differently: the router, the middlewares, the
SDK's models and dispatch. All guards hold: Host and Origin, size, caller, pace, the session's owner.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Final

import orjson
from aiohttp import web

from gateway.admission import Admit
from gateway.guards import Guard
from gateway.lanes import Handler
from gateway.middleware import id_of
from gateway.observer import GatewayObserver
from tools.fast.encoding import Encoder
from tools.fast.letter import Letter, Letters
from tools.fast.question import LIST, Question, Questions
from tools.fast.repeats import Key, Repeats
from tools.runner import ToolRunner
from tools.tool import Tool, untold
from tools.transport import Authenticate, McpTransport, TransportObserver
from tools.transport.guards import BODY
from tools.transport.handshake import SESSION_HEADER
from tools.transport.session import Session
from tools.transport.sse import deliver
from tools.transport.visit import Visit
from tools.view import UnknownSelectionError, View, Views

_CLIENT_LEFT: Final = 499
_LISTS_KEPT: Final = 64


@dataclass(frozen=True, slots=True)
class _Errand:
    """A plain request with all that is needed to answer it.

    `tool` is None if the tools are to be listed, `session` on the stateless wire.
    """

    visit: Visit
    letter: Letter
    question: Question
    version: str
    view: View
    tool: Tool | None
    session: Session | None


class FastLane:
    """Stands in front of the application that `transport` is mounted on.

    Args:
        transport: Serves what is not plain, and knows the sessions.
        views: The tools.
        runner: Runs them.
        encoder: Writes their answers.
        repeats: Answers that need no running.
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
        runner: ToolRunner,
        encoder: Encoder,
        repeats: Repeats,
        guard: Guard,
        authenticate: Authenticate,
        admit: Admit,
        observer: TransportObserver,
        http_observer: GatewayObserver,
        clock: Callable[[], float],
    ) -> None:
        self._transport = transport
        self._views = views
        self._runner = runner
        self._encoder = encoder
        self._repeats = repeats
        self._authenticate = authenticate
        self._admit = admit
        self._observer = observer
        self._http_observer = http_observer
        self._clock = clock
        self._letters = Letters(guard)
        self._questions = Questions()
        self._lists: dict[tuple[View, str], bytes] = {}

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
        visit = Visit(request=request, wire=letter.wire, observer=self._observer, clock=self._clock)
        try:
            visit.principal = await self._authenticate(request)
            view = self._views.view(letter.selection)
        except (web.HTTPException, UnknownSelectionError):
            return None
        body = request[BODY] = await request.read()
        question = self._questions.read(body, letter)
        if question is None or not self._transport.running:
            return None
        tool = view.find(question.name)
        if tool is None and question.method != LIST:
            return None
        version, session = letter.version, None
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
        return _Errand(visit, letter, question, version, view, tool, session)

    async def _serve(self, errand: _Errand) -> web.StreamResponse:
        visit = errand.visit
        request_id, status, started = id_of(visit.request.headers), _CLIENT_LEFT, self._clock()
        try:
            response = await self._respond(errand)
            status = response.status
            if not response.prepared:
                response.headers["X-Request-Id"] = request_id
            return response
        finally:
            visit.over(status)
            self._http_observer.served(request_id, errand.letter.route, "POST", status, self._clock() - started)

    async def _respond(self, errand: _Errand) -> web.StreamResponse:
        tool, session = errand.tool, errand.session
        if tool is None:
            return self._given(errand, self._listed(errand.view, errand.version))
        if (opened := self._repeated(errand, tool)) is not None:
            return self._given(errand, opened)
        if session is None:
            return self._given(errand, await self._run(errand, tool))
        return await self._in_session(errand, tool, session)

    def _given(self, errand: _Errand, opened: bytes) -> web.Response:
        """Return the response to a request whose answer is there."""
        answer = self._encoder.answer(errand.question.id, opened, errand.version)
        if errand.session is None:
            return web.Response(body=answer, content_type="application/json")
        if errand.letter.wire == "sse":
            errand.session.standalone.put(answer)
            return web.Response(status=HTTPStatus.ACCEPTED)
        return _json(answer, errand.session)

    def _repeated(self, errand: _Errand, tool: Tool) -> bytes | None:
        """Return the answer if nothing has to be run for it."""
        key, started = _key(errand, tool), self._clock()
        if key is None or (opened := self._repeats.get(key)) is None:
            return None
        self._runner.repeated(tool, self._clock() - started)
        return opened

    def _listed(self, view: View, version: str) -> bytes:
        listed = self._lists.get((view, version))
        if listed is None:
            listed = self._lists[view, version] = self._encoder.listed(view.listed, version)
            if len(self._lists) > _LISTS_KEPT:
                del self._lists[next(iter(self._lists))]
        return listed

    async def _run(self, errand: _Errand, tool: Tool) -> bytes:
        arguments, caller = errand.question.arguments, errand.visit.caller
        result = await self._runner.run(tool, arguments, caller=caller, progress=untold)
        opened = self._encoder.called(result, errand.version)
        if (key := _key(errand, tool)) is not None and not result.more:
            self._repeats.put(key, opened, reads=result.reads)
        return opened

    async def _in_session(self, errand: _Errand, tool: Tool, session: Session) -> web.StreamResponse:
        """Run the tool as a call of its session: it can be cancelled by its id and outlives the connection."""
        call = session.run(errand.question.id, self._answered(errand, tool))
        if errand.letter.wire == "sse":
            call.add_done_callback(partial(deliver, session))
            errand.visit.over_with(call, status=HTTPStatus.ACCEPTED)
            return web.Response(status=HTTPStatus.ACCEPTED)
        await asyncio.wait({call})
        if call.cancelled() or (answer := call.result()) is None:
            return await self._transport.conclude(errand.visit, session, {call: errand.question.id})
        return _json(answer, session)

    async def _answered(self, errand: _Errand, tool: Tool) -> bytes:
        return self._encoder.answer(errand.question.id, await self._run(errand, tool), errand.version)


def _json(answer: bytes, session: Session) -> web.Response:
    return web.Response(body=answer, content_type="application/json", headers={SESSION_HEADER: session.id})


def _key(errand: _Errand, tool: Tool) -> Key | None:
    """Return what the answer hangs on; None if it hangs on more."""
    if errand.letter.has_options:
        return None
    return tool.run, errand.visit.principal.id, orjson.dumps(errand.question.arguments)
