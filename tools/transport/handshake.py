"""Serves 2024-11-05 to 2025-11-25 on /mcp; a session serves only its owner, each request with its own rights."""

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Final

from aiohttp import web
from mcp_types import INTERNAL_ERROR, ErrorData, JSONRPCRequest, RequestId

from tools.transport import wire
from tools.transport.config import TransportConfig
from tools.transport.continuity import Continuity
from tools.transport.dispatch import Calls, dispatch, parse_batch
from tools.transport.guards import Accepts, check_post_accept, check_stream_accept, read_json
from tools.transport.kernel import Kernel
from tools.transport.outbox import Outbox
from tools.transport.refusal import Refusal
from tools.transport.reply import Reply
from tools.transport.session import Call, Session
from tools.transport.sessions import SessionTable
from tools.transport.step_up import StepUp
from tools.transport.stream import FLUSH_S, EventStreams, abort
from tools.transport.vigil import Vigil
from tools.transport.visit import Visit, handler_for

SESSION_HEADER: Final = "Mcp-Session-Id"
_ENDED: Final = ErrorData(
    code=INTERNAL_ERROR, message="The session ended before the answer was ready: start a new one with initialize"
)


class HandshakeLane:
    """The lane with sessions."""

    def __init__(
        self,
        kernel: Kernel,
        config: TransportConfig,
        *,
        sessions: SessionTable,
        continuity: Continuity,
        step_up: StepUp,
        vigil: Vigil,
        streams: EventStreams,
    ) -> None:
        self._kernel = kernel
        self._config = config
        self._sessions = sessions
        self._continuity = continuity
        self._step_up = step_up
        self._vigil = vigil
        self._streams = streams

    async def handle(self, visit: Visit) -> web.StreamResponse:
        """Serve an HTTP request."""
        handlers = {"POST": self._post, "GET": self._get, "DELETE": self._delete}
        return await handler_for(visit, handlers)(visit)

    async def conclude(self, visit: Visit, session: Session, calls: Calls) -> web.StreamResponse:
        """Answer a request whose `calls`, which told nothing on their way, are over."""
        accepts = check_post_accept(visit.request)
        async with self._reply(visit, accepts=accepts, headers=_headers(session)) as reply:
            return await _finish(reply, session, calls=calls)

    async def _post(self, visit: Visit) -> web.StreamResponse:
        accepts = check_post_accept(visit.request)
        decoded = await read_json(visit.request, max_bytes=self._config.max_body_bytes)
        if isinstance(decoded, list):
            visit.method = "batch"
            session = await self._session(visit)
            return await self._deliver(visit, session, messages=parse_batch(session, decoded), accepts=accepts)
        message = wire.parse(decoded)
        visit.method = self._kernel.label(message)
        if isinstance(message, JSONRPCRequest) and message.method == "initialize":
            return await self._initialize(visit, message, accepts=accepts)
        return await self._deliver(visit, await self._session(visit), messages=[message], accepts=accepts)

    async def _initialize(self, visit: Visit, message: JSONRPCRequest, *, accepts: Accepts) -> web.StreamResponse:
        if SESSION_HEADER in visit.request.headers:
            await self._session(visit)
            raise Refusal(
                400,
                "This session is initialized already: send initialize without Mcp-Session-Id to start another",
                request_id=message.id,
            )
        session = self._sessions.open(visit.wire, visit.owner, selection=visit.selection)
        known = False
        try:
            # Nothing may be said before initialize is answered, hence no channel (basic/lifecycle).
            call = session.start(message, visit.caller, channel=Outbox.shut())
            await asyncio.wait({call})
            if session.initialized:
                # Before the answer: the client's next message may reach another process.
                await self._continuity.share(session)
            named = _headers(session) if session.initialized else {}
            async with self._reply(visit, accepts=accepts, headers=named) as reply:
                response = await _finish(reply, session, calls={call: message.id})
            known = session.initialized
            return response
        finally:
            # Failed, refused, or the client left before it learnt the id: nobody can ever use this session.
            if not known:
                self._forget(session)

    async def _deliver(
        self, visit: Visit, session: Session, *, messages: list[wire.Message], accepts: Accepts
    ) -> web.StreamResponse:
        self._step_up.check(messages, visit)
        async with self._reply(visit, accepts=accepts, headers=_headers(session)) as reply:
            try:
                calls = dispatch(session, messages, caller=visit.caller, channel=reply)
                if not calls:
                    return web.Response(status=202, headers=_headers(session))
                await asyncio.wait(calls)
                return await _finish(reply, session, calls=calls, batched=visit.method == "batch")
            finally:
                session.peer.lost(reply)

    async def _get(self, visit: Visit) -> web.StreamResponse:
        visit.method = "stream"
        check_stream_accept(visit.request)
        session = await self._session(visit)
        self._sessions.check_admitting()
        outbox = Outbox(
            limit=self._config.max_queued_messages, on_overflow=partial(self._lose, session, visit.request)
        )
        session.attach(outbox)
        try:
            still = self._vigil.over(visit)
            return await self._streams.run(
                visit.request, outbox, headers=_headers(session), flush_s=FLUSH_S, still=still
            )
        finally:
            outbox.close()
            session.peer.lost(outbox)
            session.touch()

    async def _delete(self, visit: Visit) -> web.StreamResponse:
        visit.method = "delete"
        await self._continuity.end(_session_id(visit), visit.caller)
        return web.Response(status=204)

    async def _session(self, visit: Visit) -> Session:
        return await self._continuity.reach(_session_id(visit), visit.caller)

    def _reply(self, visit: Visit, *, accepts: Accepts, headers: Mapping[str, str]) -> Reply:
        return Reply(
            visit.request,
            self._streams,
            accepts=accepts,
            limit=self._config.max_queued_messages,
            headers=headers,
        )

    def _lose(self, session: Session, request: web.Request) -> None:
        self._continuity.lose(session)
        abort(request)

    def _forget(self, session: Session) -> None:
        if session.initialized:
            self._continuity.lose(session)
        else:
            self._sessions.discard(session)


async def _finish(reply: Reply, session: Session, *, calls: Calls, batched: bool = False) -> web.StreamResponse:
    answers = [_answer(call, request_id, session=session) for call, request_id in calls.items()]
    bodies = [body for body in answers if body is not None]
    if not bodies:
        return await reply.abandon()
    ended = session.closed and all(call.cancelled() for call in calls)
    return await reply.finish(wire.batch(bodies) if batched else bodies[0], status=404 if ended else 200)


def _answer(call: Call, request_id: RequestId, *, session: Session) -> bytes | None:
    if call.cancelled():
        return wire.failure(request_id, _ENDED) if session.closed else None
    return call.result()


def _session_id(visit: Visit) -> str:
    session_id = visit.request.headers.get(SESSION_HEADER)
    if session_id is None:
        raise Refusal(
            400, "The Mcp-Session-Id header is missing: send initialize first, then the id it answers with"
        )
    return session_id


def _headers(session: Session) -> dict[str, str]:
    return {SESSION_HEADER: session.id}
