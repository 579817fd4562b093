"""Serves 2026-07-28 on /mcp: each POST is one self-contained exchange and leaves nothing behind."""

from collections.abc import Callable, Coroutine, Mapping
from types import MappingProxyType
from typing import Any, Final

import anyio
from aiohttp import web
from mcp.server.connection import Connection
from mcp.shared.inbound import (
    ERROR_CODE_HTTP_STATUS,
    MCP_PROTOCOL_VERSION_HEADER,
    InboundLadderRejection,
    InboundModernRoute,
    classify_inbound_request,
    find_duplicated_routing_header,
    unsupported_protocol_version_rejection,
    validate_mcp_param_headers,
)
from mcp.shared.subscriptions import SUBSCRIPTION_ID_META_KEY
from mcp_types import (
    HEADER_MISMATCH,
    SERVER_INFO_META_KEY,
    JSONRPCNotification,
    JSONRPCRequest,
    RequestId,
)

from tools.transport import wire
from tools.transport.config import TransportConfig
from tools.transport.exchange import exchange_for
from tools.transport.guards import Accepts, check_post_accept, read_json
from tools.transport.kernel import Kernel
from tools.transport.outcome import Answer, settle
from tools.transport.peer import SilentPeer
from tools.transport.refusal import Refusal, unavailable
from tools.transport.reply import Reply
from tools.transport.step_up import StepUp
from tools.transport.stream import EventStreams
from tools.transport.versions import supported_in
from tools.transport.vigil import Still, Vigil, always
from tools.transport.visit import Visit, handler_for

_LISTEN: Final = "subscriptions/listen"
_NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})


class ModernLane:
    """The stateless lane.

    A call runs in the task of its HTTP request: when the client hangs up, aiohttp cancels that task, and
    hanging up is how this revision cancels (2026-07-28, basic/utilities/cancellation).
    """

    def __init__(
        self,
        kernel: Kernel,
        config: TransportConfig,
        *,
        step_up: StepUp,
        vigil: Vigil,
        streams: EventStreams,
    ) -> None:
        self._kernel = kernel
        self._config = config
        self._step_up = step_up
        self._vigil = vigil
        self._streams = streams
        self._peer = SilentPeer()
        self._listening: set[anyio.CancelScope] = set()
        self._draining = False

    async def handle(self, visit: Visit) -> web.StreamResponse:
        """Serve an HTTP request."""
        return await handler_for(visit, {"POST": self._post})(visit)

    def drain(self) -> None:
        """End the subscriptions; calls finish by themselves."""
        self._draining = True
        for scope in self._listening:
            scope.cancel()

    async def _post(self, visit: Visit) -> web.StreamResponse:
        accepts = check_post_accept(visit.request)
        decoded = await read_json(visit.request, max_bytes=self._config.max_body_bytes)
        message = wire.parse(decoded)
        visit.method = self._kernel.label(message)
        if isinstance(message, JSONRPCNotification):
            return _acknowledge(visit.request)
        if not isinstance(message, JSONRPCRequest):
            raise wire.invalid("This protocol version has no requests from the server, so nothing to respond to")
        if message.method == _LISTEN:
            self._check_listen(message.id, accepts)
        route = self._route(visit.request, decoded, message=message)
        self._step_up.check([message], visit)
        listening = anyio.CancelScope() if message.method == _LISTEN else None
        async with self._reply(visit, accepts, listening) as reply:
            answer = await self._serve(visit, message, route=route, reply=reply, listening=listening)
            return await reply.finish(answer.body, status=answer.status)

    def _reply(self, visit: Visit, accepts: Accepts, listening: anyio.CancelScope | None) -> Reply:
        still = always if listening is None else _or_else(self._vigil.over(visit), listening.cancel)
        limit = self._config.max_queued_messages
        return Reply(visit.request, self._streams, accepts=accepts, limit=limit, headers=_NO_HEADERS, still=still)

    def _check_listen(self, request_id: RequestId, accepts: Accepts) -> None:
        if not accepts.events:
            raise Refusal(
                406, "Subscriptions need 'Accept: application/json, text/event-stream'", request_id=request_id
            )
        if self._draining:
            raise unavailable(
                "The server is shutting down: subscribe again shortly", retry_after_s=5, request_id=request_id
            )

    def _route(self, request: web.Request, decoded: Any, *, message: JSONRPCRequest) -> InboundModernRoute:
        duplicated = find_duplicated_routing_header(request.headers.items())
        if duplicated is not None:
            verdict = InboundLadderRejection(HEADER_MISMATCH, f"{duplicated} header appears more than once")
            raise _refusal(verdict, message.id)
        headers = {name.lower(): value for name, value in request.headers.items()}
        route = classify_inbound_request(decoded, headers=headers)
        if isinstance(route, InboundLadderRejection):
            raise _refusal(route, message.id)
        mismatch = self._parameter_mismatch(request, message)
        if mismatch is not None:
            raise _refusal(mismatch, message.id)
        return route

    def _parameter_mismatch(self, request: web.Request, message: JSONRPCRequest) -> InboundLadderRejection | None:
        # Only for a registry that can look a schema up: finding it by running tools/list costs more than
        # the call itself, and a tool has to ask for such headers in the first place.
        lookup = self._kernel.server.get_tool_input_schema
        params = message.params or {}
        name, arguments = params.get("name"), params.get("arguments") or {}
        if lookup is None or message.method != "tools/call" or not isinstance(name, str):
            return None
        # Arguments that are no object are refused with the rest of the parameters.
        return (
            validate_mcp_param_headers(lookup(name), arguments, request.headers)
            if isinstance(arguments, dict)
            else None
        )

    async def _serve(
        self,
        visit: Visit,
        message: JSONRPCRequest,
        *,
        route: InboundModernRoute,
        reply: Reply,
        listening: anyio.CancelScope | None,
    ) -> Answer:
        connection = Connection.from_envelope(route.protocol_version, route.client_info, route.client_capabilities)
        exchange = exchange_for(message, visit.caller, kind="streamable-http", channel=reply, peer=self._peer)
        try:
            work = self._kernel.serve_one(message, exchange, connection=connection)
            if listening is None:
                return await settle(message.id, work)
            return await self._listen(message, settle(message.id, work), scope=listening)
        finally:
            exchange.close()

    async def _listen(
        self, message: JSONRPCRequest, work: Coroutine[Any, Any, Answer], *, scope: anyio.CancelScope
    ) -> Answer:
        with scope:
            self._listening.add(scope)
            try:
                return await work
            finally:
                self._listening.discard(scope)
        # Ended by us, not by the client: the result tells it that the end was meant
        # (2026-07-28, basic/utilities/subscriptions).
        stamp = self._kernel.server.server_info_stamp
        meta = {SUBSCRIPTION_ID_META_KEY: message.id, SERVER_INFO_META_KEY: stamp}
        return Answer(wire.result(message.id, {"resultType": "complete", "_meta": meta}))


def _or_else(still: Still, end: Callable[[], None]) -> Still:
    """Return the same that calls `end` before it says no."""

    async def ask() -> bool:
        if await still():
            return True
        end()
        return False

    return ask


def _acknowledge(request: web.Request) -> web.Response:
    """Accept and drop: this revision defines no notifications from clients over HTTP."""
    version = request.headers.get(MCP_PROTOCOL_VERSION_HEADER, "")
    unsupported = unsupported_protocol_version_rejection(version)
    if unsupported is not None:
        raise _refusal(unsupported, None)
    return web.Response(status=202)


def _refusal(verdict: InboundLadderRejection, request_id: RequestId | None) -> Refusal:
    status = ERROR_CODE_HTTP_STATUS.get(verdict.code, 400)
    data = supported_in(verdict)
    return Refusal(status, verdict.message, code=verdict.code, data=data, request_id=request_id)
