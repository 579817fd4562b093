"""Lets a session go on in another process, and end in all of them; a process that is cut off serves its own."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from mcp_types import RequestId

from tools.transport.caller import Caller, Owner
from tools.transport.observer import TransportObserver
from tools.transport.session import Session
from tools.transport.sessions import SessionTable, unknown
from tools.transport.store import Lease, SessionRecord, SessionStore
from tools.transport.task_scope import TaskScope

_MAX_EVERY_S: Final = 30.0


class Continuity:
    """Stands between the sessions of this process and the store that it shares with others, as its `Audience`.

    A session that is known here costs no question. That it is in use is told to the store by the way, at most
    every eighth of the idle time.

    Args:
        sessions: Those of this process.
        store: What the others know.
        idle_s: How long a session outlives its last use.
        clock: Monotonic seconds.
        observer: Told of sessions that came from elsewhere.
    """

    def __init__(
        self,
        sessions: SessionTable,
        store: SessionStore,
        *,
        idle_s: float,
        clock: Callable[[], float],
        observer: TransportObserver,
    ) -> None:
        self._sessions = sessions
        self._store = store
        self._idle_s = idle_s
        self._every_s = min(_MAX_EVERY_S, idle_s / 8)
        self._clock = clock
        self._observer = observer
        self._tasks = TaskScope()

    async def share(self, session: Session) -> None:
        """Let others take `session` over, which has its handshake behind it; if that fails, it is tried again."""
        await self._renew([session])

    async def reach(self, session_id: str, caller: Caller) -> Session:
        """The session of that id, marked as used, wherever it was opened.

        Raises:
            Refusal: unknown, ended or another caller's (404); no room, or shutting down (503).
        """
        owner, selection = Owner.of(caller.principal), caller.selection
        known = self._sessions.known(session_id, "session", owner=owner, selection=selection)
        if known is not None:
            return known
        record = await self._load(session_id, caller)
        # While that was asked for, another request may have had the same answer.
        known = self._sessions.known(session_id, "session", owner=owner, selection=selection)
        return known or self._revive(session_id, record)

    async def end(self, session_id: str, caller: Caller) -> None:
        """End the session of that id everywhere; on return nothing of it is left here.

        Raises:
            Refusal: unknown, ended or another caller's (404).
        """
        owner, selection = Owner.of(caller.principal), caller.selection
        session = self._sessions.known(session_id, "session", owner=owner, selection=selection)
        if session is None:
            await self._load(session_id, caller)
        # wait, not await: it ends completely even when this client does not stay to hear it.
        await asyncio.wait({self._tasks.spawn(self._end(session_id))})

    def lose(self, session: Session) -> None:
        """End `session` everywhere, by and by."""
        self._sessions.discard(session)
        self._tasks.spawn(self._store.end(session.key))

    async def keep(self) -> None:
        """Tell the store for ever which sessions are in use."""
        since = self._every_s / 2
        while True:
            await asyncio.sleep(self._every_s)
            await self._renew(
                [one for one in self._sessions.shared() if self._until(one) - one.kept_until > since]
            )

    async def aclose(self) -> None:
        """Wait until everything that was begun has been told, or cannot be."""
        await self._tasks.join()

    # What is heard of the others

    def ended(self, key: str) -> None:
        """See `Audience.ended`."""
        session = self._sessions.named(key)
        if session is not None:
            self._sessions.discard(session)

    def cancelled(self, key: str, request_id: RequestId) -> None:
        """See `Audience.cancelled`."""
        session = self._sessions.named(key)
        if session is not None:
            session.cancel(request_id)

    def joined(self) -> None:
        """See `Audience.joined`."""
        self._observer.sharing(on=True)
        self._tasks.spawn(self._renew(self._sessions.shared()))

    def parted(self) -> None:
        """See `Audience.parted`."""
        self._observer.sharing(on=False)

    async def _load(self, session_id: str, caller: Caller) -> SessionRecord:
        key = self._store.key(session_id)
        record = await self._store.load(key, owner=Owner.of(caller.principal), selection=caller.selection)
        if record is None:
            raise unknown()
        return record

    def _revive(self, session_id: str, record: SessionRecord) -> Session:
        session = self._sessions.resume(session_id, record)
        self._observer.session_revived()
        # At once: it may have been ended after it was loaded, and before it could be found by who hears of that.
        self._tasks.spawn(self._renew([session]))
        return session

    async def _end(self, session_id: str) -> None:
        key = self._store.key(session_id)
        session = self._sessions.named(key)
        here = () if session is None else (self._sessions.discard(session),)
        await self._store.end(key)
        await asyncio.gather(*here)

    async def _renew(self, sessions: Sequence[Session]) -> None:
        untils = [self._until(session) for session in sessions]
        now = self._clock()
        leases = [
            Lease(key=session.key, record=session.record(), ttl_s=until - now)
            for session, until in zip(sessions, untils, strict=True)
        ]
        renewals = await self._store.renew(leases)
        for session, until, renewal in zip(sessions, untils, renewals, strict=True):
            if renewal == "ended":
                self._sessions.discard(session)
            elif renewal == "kept":
                session.kept_until = until

    def _until(self, session: Session) -> float:
        return self._clock() + self._idle_s - session.quiet_s()
