"""Knows the open sessions; there are never more than allowed, and none outlives its idle time or the transport."""

import asyncio
import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from mcp_types import RequestId

from tools.transport.caller import Owner
from tools.transport.config import TransportConfig
from tools.transport.kernel import Kernel
from tools.transport.observer import TransportObserver, Wire
from tools.transport.refusal import Refusal, unavailable
from tools.transport.session import Session
from tools.transport.store import SessionRecord, SessionStore
from tools.transport.task_scope import TaskScope

_MAX_SWEEP_S: Final = 30.0


class SessionTable:
    """The sessions of one transport in this process, by id; `store` is where other processes find theirs."""

    def __init__(
        self,
        kernel: Kernel,
        config: TransportConfig,
        *,
        store: SessionStore,
        clock: Callable[[], float],
        observer: TransportObserver,
        session_id: Callable[[], str],
    ) -> None:
        self._kernel = kernel
        self._config = config
        self._store = store
        self._clock = clock
        self._observer = observer
        self._new_id = session_id
        self._sessions: dict[str, Session] = {}
        self._named: dict[str, Session] = {}
        self._endings = TaskScope()
        self._admitting = True

    def open(self, wire: Wire, owner: Owner, *, selection: str = "") -> Session:
        """A new session, in the table from the start so that nobody else gets its place.

        Raises:
            Refusal: no room, or shutting down (503).
        """
        return self._add(self._new_id(), wire, owner=owner, selection=selection)

    def resume(self, session_id: str, record: SessionRecord) -> Session:
        """A session that another process has opened, ready for use.

        Raises:
            Refusal: no room, or shutting down (503); the id is taken by another one (404).
        """
        if session_id in self._sessions:
            raise unknown()
        session = self._add(session_id, "session", owner=record.owner, selection=record.selection)
        session.resume(record)
        return session

    def known(self, session_id: str, wire: Wire, *, owner: Owner, selection: str = "") -> Session | None:
        """The session of that id in this process, marked as used; None if it is not here, or not the caller's."""
        session = self._sessions.get(session_id)
        if session is None or (session.wire, session.owner, session.selection) != (wire, owner, selection):
            return None
        session.touch()
        return session

    def find(self, session_id: str, wire: Wire, *, owner: Owner, selection: str = "") -> Session:
        """`known`, where there is no other process to ask.

        Raises:
            Refusal: unknown, ended, of another wire or another owner's: all look the same (404).
        """
        session = self.known(session_id, wire, owner=owner, selection=selection)
        if session is None:
            raise unknown()
        return session

    def named(self, key: str) -> Session | None:
        """The session that other processes call so."""
        return self._named.get(key)

    def shared(self) -> Sequence[Session]:
        """The sessions that other processes could go on with."""
        return [one for one in self._sessions.values() if one.wire == "session" and one.initialized]

    def discard(self, session: Session) -> asyncio.Task[None]:
        """End `session`; the task returned is done when nothing of it is left."""
        if self._sessions.pop(session.id, None) is not None:
            del self._named[session.key]
            session.close()
            self._observer.sessions(len(self._sessions))
        return self._endings.spawn(session.aclose())

    def expire(self) -> None:
        """End the sessions that nobody used for too long."""
        for session in list(self._sessions.values()):
            if session.quiet_s() >= self._config.session_idle_s:
                self._release(session)

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
        self._release(quietest)

    def _add(self, session_id: str, wire: Wire, *, owner: Owner, selection: str) -> Session:
        self.check_admitting()
        if len(self._sessions) >= self._config.max_sessions:
            self._make_room()
        key = self._store.key(session_id)
        session = Session(
            session_id,
            self._kernel,
            key=key,
            wire=wire,
            owner=owner,
            selection=selection,
            limit=self._config.max_queued_messages,
            clock=self._clock,
            # The calls of a pair are served where its stream is.
            not_here=partial(self._store.cancel, key) if wire == "session" else _ignore,
        )
        self._sessions[session.id] = self._named[key] = session
        self._observer.sessions(len(self._sessions))
        return session

    def _release(self, session: Session) -> None:
        left_s = max(0.0, self._config.session_idle_s - session.quiet_s())
        self.discard(session)
        if session.wire == "session":
            self._store.release(session.key, ttl_s=left_s)


def unknown() -> Refusal:
    """The refusal of a session that is not there, or not for this caller."""
    return Refusal(404, "There is no such session (any more): start a new one with initialize")


def _ignore(_: RequestId) -> None:
    """A call that is over cannot be cancelled."""
