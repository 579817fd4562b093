"""Is the dispatch context of one inbound message; once the message is dealt with, it sends nothing more."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import anyio
from mcp.shared.dispatcher import CallOptions
from mcp.shared.exceptions import NoBackChannelError
from mcp.shared.jsonrpc_dispatcher import progress_token_from_params
from mcp.shared.message import ServerMessageMetadata
from mcp.shared.transport_context import TransportContext
from mcp_types import JSONRPCNotification, JSONRPCRequest, ProgressToken, RequestId

from tools.transport import wire
from tools.transport.caller import Caller
from tools.transport.outbox import Channel, Outbox
from tools.transport.peer import Peer

Kind = Literal["streamable-http", "sse"]


@dataclass(slots=True, kw_only=True)
class Exchange:
    """What the SDK's kernel knows about a message, and its way back to the client (`DispatchContext`)."""

    transport: TransportContext
    message_metadata: ServerMessageMetadata
    channel: Channel
    peer: Peer
    request_id: RequestId | None = None
    progress_token: ProgressToken | None = None
    cancel_requested: anyio.Event = field(default_factory=anyio.Event)

    @property
    def can_send_request(self) -> bool:
        """Whether the client can be asked something now."""
        return self.transport.can_send_request and self.channel.open

    async def send_raw_request(
        self, method: str, params: Mapping[str, Any] | None, opts: CallOptions | None = None
    ) -> dict[str, Any]:
        """Ask the client."""
        if not self.can_send_request:
            raise NoBackChannelError(method)
        return await self.peer.ask(self.channel, method, params=params, opts=opts or {})

    async def notify(
        self,
        method: str,
        params: Mapping[str, Any] | None,
        opts: CallOptions | None = None,  # noqa: ARG002 - the SDK's signature
    ) -> None:
        """Tell the client."""
        self.channel.put(wire.notification(method, params))
        # Putting never waits, so a handler that reports in a tight loop has to let the writer run here,
        # otherwise it would overflow the queue of a perfectly quick reader.
        await asyncio.sleep(0)

    async def progress(self, progress: float, total: float | None = None, message: str | None = None) -> None:
        """Report progress to a client that asked for it."""
        if self.progress_token is None:
            return
        optional = {"total": total, "message": message}
        given = {name: value for name, value in optional.items() if value is not None}
        await self.notify(
            "notifications/progress", {"progressToken": self.progress_token, "progress": progress, **given}
        )

    def close(self) -> None:
        """Drop whatever a left-over task of the handler still wants to send."""
        self.channel = Outbox.shut()


def exchange_for(
    message: JSONRPCRequest | JSONRPCNotification,
    caller: Caller,
    *,
    kind: Kind,
    channel: Channel,
    peer: Peer,
) -> Exchange:
    """The exchange of `message`; handlers find `caller` as their context's `request`."""
    asked = isinstance(message, JSONRPCRequest)
    return Exchange(
        transport=TransportContext(kind=kind, can_send_request=peer.answers),
        message_metadata=ServerMessageMetadata(request_context=caller),
        channel=channel,
        peer=peer,
        request_id=message.id if isinstance(message, JSONRPCRequest) else None,
        progress_token=progress_token_from_params(message.params) if asked else None,
    )
