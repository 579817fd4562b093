"""Serves one MCP server registry on an aiohttp application; nothing it started survives its end.

One address, `/mcp`, and those below it serve every Streamable HTTP revision: requests that name a handshake
revision (2025-11-25 and older) or none get the lane with sessions, all others, unknown versions included, the
stateless lane, which knows how to refuse them. `/sse` and `/messages`, with those below, are the pair of
2024-11-05.

A tool handler learns who calls it from its context: `caller_of(ctx)`, which is `ctx.request`. Cancellation
reaches it as `asyncio.CancelledError`: when the client hangs up (stateless lane), sends
`notifications/cancelled` (sessions), or when the session or the transport ends.
"""

import secrets
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Final, Self

from aiohttp import web
from mcp.server.lowlevel import Server
from mcp.shared.inbound import MCP_PROTOCOL_VERSION_HEADER
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS

from gateway.admission import Admit, AtAnyRate
from gateway.callers import Callers, LocalCallers
from tools.transport.caller import NoSelections, Selections
from tools.transport.config import TransportConfig
from tools.transport.continuity import Continuity
from tools.transport.dispatch import Calls
from tools.transport.gate import SELECTION, Gate
from tools.transport.handshake import HandshakeLane
from tools.transport.kernel import Kernel
from tools.transport.lanes import ClosedLanes, Lanes, OpenLanes
from tools.transport.modern import ModernLane
from tools.transport.observer import NullObserver, TransportObserver, Wire
from tools.transport.session import Session
from tools.transport.sessions import SessionTable
from tools.transport.sse import MESSAGES_PATH, SseLane
from tools.transport.step_up import Entitlements, NoEntitlements, StepUp
from tools.transport.store import NoStore, SessionStore
from tools.transport.stream import EventStreams
from tools.transport.task_scope import TaskScope
from tools.transport.vigil import Vigil
from tools.transport.visit import Visit

MCP_PATH: Final = "/mcp"
SSE_PATH: Final = "/sse"
PATHS: Final = frozenset({MCP_PATH, SSE_PATH, MESSAGES_PATH})
"""Where the transport answers, there and below, and checks Host and Origin itself."""


class McpTransport:
    """The HTTP side of a lowlevel `Server`.

    Enter it before the first request and leave it after the last; it is used once. `clock` returns monotonic
    seconds. `callers` know who calls. `admit` says how fast a principal may post. `entitlements` know which scopes
    requests need. `selections` says which addresses there are below the
    usual ones; a handler finds what they say in `Caller.selection`. `store` is where other processes find sessions
    that were opened here. `session_id` must return a fresh, unguessable string of visible ASCII each time.
    """

    def __init__(
        self,
        server: Server[Any],
        config: TransportConfig,
        *,
        clock: Callable[[], float],
        callers: Callers = LocalCallers(),  # noqa: B008 - it has no state
        admit: Admit = AtAnyRate(),  # noqa: B008 - it has no state
        selections: Selections = NoSelections(),  # noqa: B008 - it has no state
        entitlements: Entitlements = NoEntitlements(),  # noqa: B008 - it has no state
        observer: TransportObserver = NullObserver(),  # noqa: B008 - it has no state
        store: SessionStore = NoStore(),  # noqa: B008 - it has no state
        session_id: Callable[[], str] = secrets.token_urlsafe,
    ) -> None:
        self._server = server
        self._config = config
        self._clock = clock
        self._observer = observer
        self._store = store
        self._session_id = session_id
        self._step_up = StepUp(callers, entitlements)
        self._vigil = Vigil(callers)
        self._gate = Gate(
            config.guard,
            callers=callers,
            admit=admit,
            selections=selections,
            observer=observer,
            clock=clock,
        )
        self._stack = AsyncExitStack()
        self._lanes: Lanes = ClosedLanes()

    def mount(self, app: web.Application, *, paths: Sequence[str] = (MCP_PATH,)) -> None:
        """Attach the routes and, as an `on_shutdown` signal, `begin_shutdown`.

        Each of `paths` speaks Streamable HTTP; they share their sessions. The SSE pair has its fixed place. Below
        each address are those that select tools; a session belongs to the one where it was opened.

        The runner must be started with `AppRunner(app, handler_cancellation=True)`: without it aiohttp does
        not tell a handler that its client has gone, so calls are not cancelled and streams linger until their
        next keep-alive.
        """
        served = dict.fromkeys(paths, self._serve_mcp)
        served |= {SSE_PATH: self._serve_sse, MESSAGES_PATH: self._serve_messages}
        for path, handler in served.items():
            app.router.add_route("*", path, handler)
            app.router.add_route("*", f"{path}/{{{SELECTION}:.*}}", handler)
        app.on_shutdown.append(self._on_shutdown)

    def begin_shutdown(self) -> None:
        """End every stream and admit no new session; calls in progress finish. Doing it twice is harmless."""
        self._lanes.drain()

    @property
    def running(self) -> bool:
        """Whether it has been entered and not left yet."""
        return self._lanes.running

    def known(self, session_id: str, visit: Visit) -> Session | None:
        """Return the session of that id if it is of the visit's wire, owner and selection, marked as used."""
        return self._lanes.known(session_id, visit)

    async def conclude(self, visit: Visit, session: Session, calls: Calls) -> web.StreamResponse:
        """Answer a request on `/mcp` whose `calls` of a session are over."""
        return await self._lanes.conclude(visit, session, calls)

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            state = await stack.enter_async_context(self._server.lifespan(self._server))
            kernel = Kernel(server=self._server, state=state)
            sessions = SessionTable(
                kernel,
                self._config,
                store=self._store,
                clock=self._clock,
                observer=self._observer,
                session_id=self._session_id,
            )
            stack.push_async_callback(sessions.aclose)
            continuity = self._continuity(sessions)
            # Before the store is closed, for what it is still to be told; after, for what it said until then.
            stack.push_async_callback(continuity.aclose)
            await stack.enter_async_context(self._store.opened(continuity))
            stack.push_async_callback(continuity.aclose)
            background = TaskScope()
            stack.push_async_callback(background.aclose)
            background.spawn(sessions.reap())
            background.spawn(continuity.keep())
            self._lanes = self._open_lanes(kernel, sessions, continuity=continuity)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.begin_shutdown()
        self._lanes = ClosedLanes()
        await self._stack.aclose()

    def _continuity(self, sessions: SessionTable) -> Continuity:
        idle_s = self._config.session_idle_s
        return Continuity(sessions, self._store, idle_s=idle_s, clock=self._clock, observer=self._observer)

    def _open_lanes(self, kernel: Kernel, sessions: SessionTable, *, continuity: Continuity) -> OpenLanes:
        return OpenLanes(
            sessions,
            modern=ModernLane(
                kernel, self._config, step_up=self._step_up, vigil=self._vigil, streams=self._streams("modern")
            ),
            handshake=HandshakeLane(
                kernel,
                self._config,
                sessions=sessions,
                continuity=continuity,
                step_up=self._step_up,
                vigil=self._vigil,
                streams=self._streams("session"),
            ),
            sse=SseLane(
                kernel,
                self._config,
                sessions=sessions,
                step_up=self._step_up,
                vigil=self._vigil,
                streams=self._streams("sse"),
            ),
        )

    def _streams(self, wire: Wire) -> EventStreams:
        return EventStreams(wire=wire, observer=self._observer, keep_alive_s=self._config.keep_alive_s)

    async def _serve_mcp(self, request: web.Request) -> web.StreamResponse:
        version = request.headers.get(MCP_PROTOCOL_VERSION_HEADER)
        if version is None or version in HANDSHAKE_PROTOCOL_VERSIONS:
            return await self._gate.pass_to(self._lanes.session, request, wire="session")
        return await self._gate.pass_to(self._lanes.modern, request, wire="modern")

    async def _serve_sse(self, request: web.Request) -> web.StreamResponse:
        return await self._gate.pass_to(self._lanes.stream, request, wire="sse")

    async def _serve_messages(self, request: web.Request) -> web.StreamResponse:
        return await self._gate.pass_to(self._lanes.messages, request, wire="sse")

    async def _on_shutdown(self, _: web.Application) -> None:
        self.begin_shutdown()
