"""Holds the server registry and its running state; the only way from the transport to a tool handler."""

from dataclasses import dataclass
from typing import Any

from mcp.server.connection import Connection
from mcp.server.lowlevel import Server
from mcp.server.runner import ServerRunner, serve_one
from mcp_types import JSONRPCError, JSONRPCNotification, JSONRPCRequest, JSONRPCResponse
from mcp_types.methods import SPEC_CLIENT_METHODS, SPEC_CLIENT_NOTIFICATION_METHODS

from tools.transport.exchange import Exchange

_SPEC_METHODS = SPEC_CLIENT_METHODS | SPEC_CLIENT_NOTIFICATION_METHODS


@dataclass(frozen=True, slots=True, kw_only=True)
class Kernel:
    """A `Server` between the start and the end of its lifespan."""

    server: Server[Any]
    state: Any

    def runner(self, connection: Connection) -> ServerRunner[Any]:
        """What serves the messages of one session."""
        return ServerRunner(self.server, connection, self.state)

    async def serve_one(
        self, message: JSONRPCRequest, exchange: Exchange, *, connection: Connection
    ) -> dict[str, Any]:
        """Serve one request that stands on its own."""
        return await serve_one(
            self.server,
            exchange,
            message.method,
            message.params,
            connection=connection,
            lifespan_state=self.state,
        )

    def label(self, message: JSONRPCRequest | JSONRPCNotification | JSONRPCResponse | JSONRPCError) -> str:
        """A word for `message` out of a closed set: clients can invent methods without end."""
        if isinstance(message, JSONRPCResponse | JSONRPCError):
            return "response"
        known = message.method in _SPEC_METHODS or self.server.get_request_handler(message.method) is not None
        return message.method if known else "other"
