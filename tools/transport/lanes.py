"""Is where requests go while the transport is open, and the refusal they meet while it is not."""

from typing import Final, Protocol

from aiohttp import web

from tools.transport.dispatch import Calls
from tools.transport.handshake import HandshakeLane
from tools.transport.modern import ModernLane
from tools.transport.refusal import unavailable
from tools.transport.session import Session
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

    @property
    def running(self) -> bool:
        """Whether requests are served."""
        ...

    def known(self, session_id: str, visit: Visit) -> Session | None:
        """Return the session of that id if it is of the visit's wire, owner and selection, marked as used."""
        ...

    async def conclude(self, visit: Visit, session: Session, calls: Calls) -> web.StreamResponse:
        """Answer a request whose calls are over."""
        ...

    def drain(self) -> None:
        """End the streams."""
        ...


class OpenLanes:
    """The lanes of a running transport."""

    running: Final = True

    def __init__(
        self, sessions: SessionTable, *, modern: ModernLane, handshake: HandshakeLane, sse: SseLane
    ) -> None:
        self._sessions = sessions
        self._modern = modern
        self.modern = modern.handle
        self.session = handshake.handle
        self.conclude = handshake.conclude
        self.stream = sse.handle_stream
        self.messages = sse.handle_messages

    def known(self, session_id: str, visit: Visit) -> Session | None:
        """See `Lanes.known`."""
        return self._sessions.known(session_id, visit.wire, owner=visit.owner, selection=visit.selection)

    def drain(self) -> None:
        """End the streams, once the calls on them are done."""
        self._modern.drain()
        self._sessions.drain()


class ClosedLanes:
    """The lanes of a transport that is not running: all lead back out."""

    running: Final = False

    async def modern(self, visit: Visit) -> web.StreamResponse:  # noqa: ARG002 - the Lanes signature
        """Refuse."""
        raise unavailable("The MCP server is not running: try again shortly", retry_after_s=5)

    session = modern
    stream = modern
    messages = modern

    def known(self, session_id: str, visit: Visit) -> Session | None:  # noqa: ARG002 - the Lanes signature
        """There is none."""
        return None

    async def conclude(self, visit: Visit, session: Session, calls: Calls) -> web.StreamResponse:  # noqa: ARG002
        """Refuse: with the lanes the sessions ended."""
        return await self.modern(visit)

    def drain(self) -> None:
        """There is nothing to end."""
