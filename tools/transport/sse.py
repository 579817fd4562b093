"""Serves the 2024-11-05 pair of /sse and /messages; a session lives exactly as long as its stream."""

from functools import partial
from typing import Final
from urllib.parse import quote

from aiohttp import web

from tools.transport import wire
from tools.transport.config import TransportConfig
from tools.transport.dispatch import dispatch, parse_batch
from tools.transport.guards import check_stream_accept, read_json
from tools.transport.kernel import Kernel
from tools.transport.outbox import Outbox
from tools.transport.refusal import Refusal
from tools.transport.session import Call, Session
from tools.transport.sessions import SessionTable
from tools.transport.step_up import StepUp
from tools.transport.stream import FLUSH_S, EventStreams, abort
from tools.transport.vigil import Vigil
from tools.transport.visit import Visit, handler_for

MESSAGES_PATH: Final = "/messages"


class SseLane:
    """The lane of the deprecated HTTP+SSE transport: requests come by POST, answers leave by the stream."""

    def __init__(
        self,
        kernel: Kernel,
        config: TransportConfig,
        *,
        sessions: SessionTable,
        step_up: StepUp,
        vigil: Vigil,
        streams: EventStreams,
    ) -> None:
        self._kernel = kernel
        self._config = config
        self._sessions = sessions
        self._step_up = step_up
        self._vigil = vigil
        self._streams = streams

    async def handle_stream(self, visit: Visit) -> web.StreamResponse:
        """Serve an HTTP request to /sse."""
        return await handler_for(visit, {"GET": self._get})(visit)

    async def handle_messages(self, visit: Visit) -> web.StreamResponse:
        """Serve an HTTP request to /messages."""
        return await handler_for(visit, {"POST": self._post})(visit)

    async def _get(self, visit: Visit) -> web.StreamResponse:
        visit.method = "stream"
        check_stream_accept(visit.request)
        session = self._sessions.open(visit.wire, visit.owner, selection=visit.selection)
        outbox = Outbox(
            limit=self._config.max_queued_messages, on_overflow=partial(self._lose, session, visit.request)
        )
        session.attach(outbox)
        outbox.put(_endpoint(session).encode(), event="endpoint")
        try:
            still = self._vigil.over(visit)
            return await self._streams.run(visit.request, outbox, headers={}, flush_s=FLUSH_S, still=still)
        finally:
            self._sessions.discard(session)

    async def _post(self, visit: Visit) -> web.StreamResponse:
        decoded = await read_json(visit.request, max_bytes=self._config.max_body_bytes)
        # Looked up after the last await: the session cannot end between here and the start of its calls.
        session = self._session(visit)
        if isinstance(decoded, list):
            visit.method, messages = "batch", parse_batch(session, decoded)
        else:
            messages = [wire.parse(decoded)]
            visit.method = self._kernel.label(messages[0])
        self._step_up.check(messages, visit)
        calls = dispatch(session, messages, caller=visit.caller, channel=session.standalone)
        response = web.Response(status=202)
        for call in calls:
            call.add_done_callback(partial(deliver, session))
            if visit.method != "batch":
                visit.over_with(call, status=response.status)
        return response

    def _session(self, visit: Visit) -> Session:
        session_id = visit.request.query.get("session_id")
        if session_id is None:
            raise Refusal(400, "session_id is missing: post to the address in the stream's endpoint event")
        return self._sessions.find(session_id, visit.wire, owner=visit.owner, selection=visit.selection)

    def _lose(self, session: Session, request: web.Request) -> None:
        self._sessions.discard(session)
        abort(request)


def _endpoint(session: Session) -> str:
    selected = f"/{quote(session.selection, safe='/,')}" if session.selection else ""
    return f"{MESSAGES_PATH}{selected}?session_id={session.id}"


def deliver(session: Session, call: Call) -> None:
    """Put the answer of `call`, which is over, on the stream of its session."""
    if not call.cancelled() and (answer := call.result()) is not None:
        session.standalone.put(answer)
