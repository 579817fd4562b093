"""Knows the open sessions; there are never more than allowed, and none outlives its idle time or the transport."""

import asyncio
import math
from collections.abc import Callable
from typing import Final

from gateway.principal import Principal
from tools.transport.config import TransportConfig
from tools.transport.kernel import Kernel
from tools.transport.observer import TransportObserver, Wire
from tools.transport.refusal import Refusal, unavailable
from tools.transport.session import Session
from tools.transport.task_scope import TaskScope

_MAX_SWEEP_S: Final = 30.0


class SessionTable:
    """All sessions of one transport, by id."""

    def __init__(
        self,
        kernel: Kernel,
        config: TransportConfig,
        *,
        clock: Callable[[], float],
        observer: TransportObserver,
        session_id: Callable[[], str],
    ) -> None:
        self._kernel = kernel
        self._config = config
        self._clock = clock
        self._observer = observer
        self._new_id = session_id
        self._sessions: dict[str, Session] = {}
        self._endings = TaskScope()
        self._admitting = True

    def open(self, wire: Wire, principal: Principal, *, selection: str = "") -> Session:
        """A new session, in the table from the start so that nobody else gets its place.

        Raises:
            Refusal: no room, or shutting down (503).
        """
        self.check_admitting()
        if len(self._sessions) >= self._config.max_sessions:
            self._make_room()
        session = Session(
            self._new_id(),
            self._kernel,
            wire=wire,
            principal=principal,
            selection=selection,
            limit=self._config.max_queued_messages,
            clock=self._clock,
        )
        self._sessions[session.id] = session
        self._observer.sessions(len(self._sessions))
        return session

    def find(self, session_id: str, wire: Wire, *, principal: Principal, selection: str = "") -> Session:
        """The session of that id, marked as used.

        Raises:
            Refusal: unknown, ended, of another wire, principal or selection: all look the same (404).
        """
        session = self.known(session_id, wire, principal=principal, selection=selection)
        if session is None:
            raise Refusal(404, "There is no such session (any more): start a new one with initialize")
        return session

    def known(self, session_id: str, wire: Wire, *, principal: Principal, selection: str = "") -> Session | None:
        """Return the session of that id, marked as used; None where `find` refuses."""
        session = self._sessions.get(session_id)
        if session is None or (session.wire, session.principal, session.selection) != (wire, principal, selection):
            return None
        session.touch()
        return session

    def discard(self, session: Session) -> asyncio.Task[None]:
        """End `session`; the task returned is done when nothing of it is left."""
        if self._sessions.pop(session.id, None) is not None:
            session.close()
            self._observer.sessions(len(self._sessions))
        return self._endings.spawn(session.aclose())

    def expire(self) -> None:
        """End the sessions that nobody used for too long."""
        for session in list(self._sessions.values()):
            if session.quiet_s() >= self._config.session_idle_s:
                self.discard(session)

    async def reap(self) -> None:
        """Expire sessions for ever."""
        while True:
            await asyncio.sleep(min(_MAX_SWEEP_S, self._config.session_idle_s / 4))
            self.expire()

    def check_admitting(self) -> None:
        """Refuse whatever would have to be ended at once (503)."""
        if not self._admitting:
            raise unavailable("The server is shutting down: connect again shortly", retry_after_s=5)

    def drain(self) -> None:
        """Admit nobody, and end each session's stream once its calls are done."""
        self._admitting = False
        for session in self._sessions.values():
            self._endings.spawn(session.drain())

    async def aclose(self) -> None:
        """End every session and wait until nothing is left of any."""
        self._admitting = False
        for session in list(self._sessions.values()):
            self.discard(session)
        await self._endings.join()

    def _make_room(self) -> None:
        quietest = max(self._sessions.values(), key=Session.quiet_s)
        missing_s = self._config.evict_after_s - quietest.quiet_s()
        if missing_s > 0:
            raise unavailable(
                "All sessions are taken: end one with DELETE, or try again later",
                retry_after_s=max(1, math.ceil(missing_s)),
            )
        self.discard(quietest)
