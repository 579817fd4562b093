"""Is one client's handshake-era connection; its ids, calls and questions are its own and end with it."""

import asyncio
import math
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import anyio
from mcp.server.connection import Connection
from mcp.server.runner import aclose_shielded
from mcp.shared.dispatcher import CallOptions, coerce_request_id
from mcp.shared.jsonrpc_dispatcher import cancelled_request_id_from_params
from mcp_types import JSONRPCError, JSONRPCNotification, JSONRPCRequest, JSONRPCResponse, RequestId

from tools.transport.caller import Caller, Owner
from tools.transport.exchange import Exchange, Kind, exchange_for
from tools.transport.kernel import Kernel
from tools.transport.observer import Wire
from tools.transport.outbox import Channel, Outbox
from tools.transport.outcome import settle
from tools.transport.peer import SessionPeer
from tools.transport.refusal import Refusal, unavailable
from tools.transport.store import SessionRecord
from tools.transport.task_scope import TaskScope
from tools.transport.wire import notification

Call = asyncio.Task[bytes | None]
"""A request being served: its response message, or nothing when the client cancelled it."""


@dataclass(frozen=True, slots=True)
class _InFlight:
    call: Call
    cancel_requested: anyio.Event
    close: Callable[[], None]


class Session:
    """A session of revision 2024-11-05 to 2025-11-25, on either wire.

    It is also the connection's standalone channel (`Outbound`): what is sent without a request to belong to
    goes to the stream that is attached, and is dropped while there is none.

    Args:
        session_id: What its client calls it.
        kernel: Serves its messages.
        key: What processes call it among themselves.
        wire: How its messages come.
        owner: Whose it is.
        selection: What the address named.
        limit: Most calls at once.
        clock: Monotonic seconds.
        not_here: Called with the id of a call that the client cancelled, and that is not served here.

    Attributes:
        kept_until: How long other processes can take it over, as far as this one has told them.
    """

    def __init__(
        self,
        session_id: str,
        kernel: Kernel,
        *,
        key: str,
        wire: Wire,
        owner: Owner,
        selection: str,
        limit: int,
        clock: Callable[[], float],
        not_here: Callable[[RequestId], None],
    ) -> None:
        self.id = session_id
        self.key = key
        self.wire = wire
        self.owner = owner
        self.selection = selection
        self.kept_until = -math.inf
        self.peer = SessionPeer()
        self.connection = Connection.for_loop(self, session_id=session_id)
        self._runner = kernel.runner(self.connection)
        self._kind: Kind = "sse" if wire == "sse" else "streamable-http"
        self._limit = limit
        self._clock = clock
        self._not_here = not_here
        self._standalone = Outbox.shut()
        self._attached = asyncio.Event()
        self._in_flight: dict[RequestId, _InFlight] = {}
        self._tasks = TaskScope()
        self._last_used = clock()
        self._draining = False
        self._closed = False

    @property
    def standalone(self) -> Channel:
        """The channel for what belongs to no request, as it is now."""
        return self._standalone

    @property
    def closed(self) -> bool:
        """Whether the session has ended."""
        return self._closed

    @property
    def initialized(self) -> bool:
        """Whether the client has introduced itself."""
        return self.connection.client_params is not None

    def record(self) -> SessionRecord:
        """What another process has to know to go on with it.

        Raises:
            ValueError: it has not been initialized.
        """
        client = self.connection.client_params
        if client is None:
            raise ValueError("a session can go on elsewhere once it is initialized")
        return SessionRecord(
            owner=self.owner,
            selection=self.selection,
            protocol_version=self.connection.protocol_version,
            client=client,
        )

    def resume(self, record: SessionRecord) -> None:
        """Stand where the handshake, which another process has seen, left off."""
        self.connection.protocol_version = record.protocol_version
        self.connection.client_params = record.client
        self.connection.initialized.set()

    def quiet_s(self) -> float:
        """Seconds since it was last used; none while a call is served or a stream is open."""
        busy = self._in_flight or self._standalone.open
        return 0.0 if busy else self._clock() - self._last_used

    def touch(self) -> None:
        """It is being used."""
        self._last_used = self._clock()

    def attach(self, outbox: Outbox) -> None:
        """Make `outbox` the standalone stream.

        Raises:
            Refusal: the session has one (409).
        """
        if self._standalone.open:
            raise Refusal(409, "This session has an open stream already: close that one first")
        self._standalone = outbox
        self._attached.set()

    async def attended(self) -> None:
        """Wait until somebody reads the standalone stream: clients open it late, and again after each loss."""
        while not self._standalone.open:
            self._attached.clear()
            await self._attached.wait()

    def start(self, message: JSONRPCRequest, caller: Caller, *, channel: Channel) -> Call:
        """Serve a request as a task of the session, which outlives the HTTP request it came in.

        Losing the connection is not a cancellation in these revisions (2025-11-25, basic/transports,
        "Sending Messages to the Server").

        Raises:
            Refusal: its id is in use, too many calls are being served, or the server is shutting down.
        """
        self._check_room(message.id)
        exchange = exchange_for(message, caller, kind=self._kind, channel=channel, peer=self.peer)
        work = self._serve(message, exchange)
        return self._begin(message.id, work, cancel_requested=exchange.cancel_requested, close=exchange.close)

    def run(self, request_id: RequestId, work: Coroutine[Any, Any, bytes]) -> Call:
        """Serve a request that `work` answers, which sends nothing on its way, as `start` does others.

        Raises:
            Refusal: see `start`.
        """
        self._check_room(request_id)
        cancel_requested = anyio.Event()
        answer = _unless(cancel_requested, work)
        # Cancelled before its first step, it would never be awaited: closing what is over does nothing.
        return self._begin(request_id, answer, cancel_requested=cancel_requested, close=work.close)

    def has_room(self, request_id: RequestId) -> bool:
        """Whether a request of that id could be started now."""
        if not self._in_flight:
            return not self._draining
        full = self._draining or len(self._in_flight) >= self._limit
        return not full and coerce_request_id(request_id) not in self._in_flight

    def notified(self, message: JSONRPCNotification, caller: Caller) -> None:
        """Act on a notification; a handler for it runs as a task of the session."""
        if message.method == "notifications/cancelled":
            self._cancelled(message.params)
        elif message.method == "notifications/progress":
            self._tasks.spawn(self.peer.progressed(message.params))
        exchange = exchange_for(message, caller, kind=self._kind, channel=self._standalone, peer=self.peer)
        self._tasks.spawn(self._act(message, exchange))

    def cancel(self, request_id: RequestId) -> bool:
        """Cancel a call; False if it is not being served here."""
        entry = self._in_flight.get(coerce_request_id(request_id))
        if entry is None:
            return False
        entry.cancel_requested.set()
        entry.call.cancel()
        return True

    def answered(self, message: JSONRPCResponse | JSONRPCError) -> None:
        """Take the client's answer to a question of the server."""
        self.peer.answered(message)

    async def send_raw_request(
        self, method: str, params: Mapping[str, Any] | None, opts: CallOptions | None = None
    ) -> dict[str, Any]:
        """Ask the client over the standalone stream."""
        return await self.peer.ask(self._standalone, method, params=params, opts=opts or {})

    async def notify(
        self,
        method: str,
        params: Mapping[str, Any] | None,
        opts: CallOptions | None = None,  # noqa: ARG002 - the SDK's signature
    ) -> None:
        """Tell the client over the standalone stream."""
        self._standalone.put(notification(method, params))
        await asyncio.sleep(0)

    async def drain(self) -> None:
        """Take no more calls, let the ones being served finish, then end the standalone stream."""
        self._draining = True
        while self._in_flight:
            await asyncio.wait({entry.call for entry in self._in_flight.values()})
        self._standalone.close()

    def close(self) -> None:
        """End it for its client; `aclose` must follow."""
        self._closed = True
        self.peer.close()
        self._standalone.close()

    async def aclose(self) -> None:
        """Cancel and await all its work, then unwind what handlers tied to the connection."""
        await self._tasks.aclose()
        await aclose_shielded(self.connection)

    def _begin(
        self,
        request_id: RequestId,
        work: Coroutine[Any, Any, bytes | None],
        *,
        cancel_requested: anyio.Event,
        close: Callable[[], None],
    ) -> Call:
        key = coerce_request_id(request_id)
        call = self._tasks.spawn(work)
        self._in_flight[key] = _InFlight(call, cancel_requested, close)
        call.add_done_callback(partial(self._finished, key))
        return call

    def _check_room(self, request_id: RequestId) -> None:
        if coerce_request_id(request_id) in self._in_flight:
            raise Refusal(400, "A request with this id is still being served: use a new id", request_id=request_id)
        if self._draining:
            raise unavailable(
                "The server is shutting down: connect again shortly", retry_after_s=5, request_id=request_id
            )
        if len(self._in_flight) >= self._limit:
            raise unavailable(
                "Too many calls of this session at once: wait for answers", retry_after_s=1, request_id=request_id
            )

    async def _serve(self, message: JSONRPCRequest, exchange: Exchange) -> bytes | None:
        answer = await settle(message.id, self._runner.on_request(exchange, message.method, message.params))
        # A handler that swallowed its cancellation still must not be answered.
        return None if exchange.cancel_requested.is_set() else answer.body

    async def _act(self, message: JSONRPCNotification, exchange: Exchange) -> None:
        await self._runner.on_notify(exchange, message.method, message.params)

    def _finished(self, key: RequestId, _: Call) -> None:
        self._in_flight.pop(key).close()
        self.touch()

    def _cancelled(self, params: Mapping[str, Any] | None) -> None:
        request_id = cancelled_request_id_from_params(params)
        if request_id is not None and not self.cancel(request_id):
            self._not_here(request_id)


async def _unless(cancel_requested: anyio.Event, work: Coroutine[Any, Any, bytes]) -> bytes | None:
    answer = await work
    # Work that swallowed its cancellation still must not be answered.
    return None if cancel_requested.is_set() else answer
