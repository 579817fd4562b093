"""Is where requests go while the transport is open, and the refusal they meet while it is not."""

from typing import Protocol

from aiohttp import web

from tools.transport.handshake import HandshakeLane
from tools.transport.modern import ModernLane
from tools.transport.refusal import unavailable
from tools.transport.sessions import SessionTable
from tools.transport.sse import SseLane
from tools.transport.visit import Visit


class Lanes(Protocol):
    """One handler for each kind of request."""

    async def modern(self, visit: Visit) -> web.StreamResponse:
        """Serve /mcp for 2026-07-28 and for versions nobody knows."""
        ...

    async def session(self, visit: Visit) -> web.StreamResponse:
        """Serve /mcp for the handshake revisions."""
        ...

    async def stream(self, visit: Visit) -> web.StreamResponse:
        """Serve /sse."""
        ...

    async def messages(self, visit: Visit) -> web.StreamResponse:
        """Serve /messages."""
        ...

    def drain(self) -> None:
        """End the streams."""
        ...


class OpenLanes:
    """The lanes of a running transport."""

    def __init__(
        self, sessions: SessionTable, *, modern: ModernLane, handshake: HandshakeLane, sse: SseLane
    ) -> None:
        self._sessions = sessions
        self._modern = modern
        self.modern = modern.handle
        self.session = handshake.handle
        self.stream = sse.handle_stream
        self.messages = sse.handle_messages

    def drain(self) -> None:
        """End the streams, once the calls on them are done."""
        self._modern.drain()
        self._sessions.drain()


class ClosedLanes:
    """The lanes of a transport that is not running: all lead back out."""

    async def modern(self, visit: Visit) -> web.StreamResponse:  # noqa: ARG002 - the Lanes signature
        """Refuse."""
        raise unavailable("The MCP server is not running: try again shortly", retry_after_s=5)

    session = modern
    stream = modern
    messages = modern

    def drain(self) -> None:
        """There is nothing to end."""
