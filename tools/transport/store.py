"""Says what other processes have to know of a session to serve it; alone, a process tells nobody anything."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Literal, Protocol

from mcp_types import InitializeRequestParams, RequestId

from tools.transport.caller import Owner

Renewal = Literal["kept", "ended", "unanswered"]
"""The store keeps it; it was ended by another process; the store did not answer, or has no place for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRecord:
    """A session as its handshake left it.

    Attributes:
        owner: Whose it is; nobody else may use it.
        selection: What the address named, at which it was opened.
        protocol_version: The revision that was agreed on.
        client: What the client said of itself.
    """

    owner: Owner
    selection: str
    protocol_version: str
    client: InitializeRequestParams


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """A session that is in use; `ttl_s` is how much longer it may live without."""

    key: str
    record: SessionRecord
    ttl_s: float


class Audience(Protocol):
    """Who hears of other processes. Every method returns at once."""

    def ended(self, key: str) -> None:
        """Take note that a session was ended."""
        ...

    def cancelled(self, key: str, request_id: RequestId) -> None:
        """Take note that a client cancelled a call, which may be served here."""
        ...

    def joined(self) -> None:
        """Take note that the others are heard from now on; what they said before may have been missed."""
        ...

    def parted(self) -> None:
        """Take note that the others are not heard any more."""
        ...


class SessionStore(Protocol):
    """Where processes keep sessions for one another; none of its methods raises, and none waits for long."""

    def key(self, session_id: str) -> str:
        """The name of a session among processes; whoever reads it cannot use the session."""
        ...

    def opened(self, audience: Audience) -> AbstractAsyncContextManager[None]:
        """Keep in touch with the others. It is entered once."""
        ...

    async def renew(self, leases: Sequence[Lease]) -> Sequence[Renewal]:
        """Keep these sessions as long as their leases say, new ones included; what became of each."""
        ...

    async def load(self, key: str, *, owner: Owner, selection: str) -> SessionRecord | None:
        """The session of that name, if it is this owner's and was opened at such an address."""
        ...

    def release(self, key: str, *, ttl_s: float) -> None:
        """Keep it no longer, unless a process needs it for longer than `ttl_s`; it has no place in this one."""
        ...

    async def end(self, key: str) -> None:
        """End it in every process."""
        ...

    def cancel(self, key: str, request_id: RequestId) -> None:
        """Tell the others that a client cancelled a call of this session."""
        ...


class NoStore:
    """The store of a process that is alone."""

    def key(self, session_id: str) -> str:
        """The id itself: nobody reads it."""
        return session_id

    @asynccontextmanager
    async def opened(self, audience: Audience) -> AsyncIterator[None]:  # noqa: ARG002 - the SessionStore signature
        """There is nobody to hear of."""
        yield

    async def renew(self, leases: Sequence[Lease]) -> Sequence[Renewal]:
        """Keep nothing."""
        return ["unanswered"] * len(leases)

    async def load(self, key: str, *, owner: Owner, selection: str) -> SessionRecord | None:  # noqa: ARG002 - the SessionStore signature
        """Know nothing."""
        return None

    def release(self, key: str, *, ttl_s: float) -> None:
        """Nothing is kept."""

    async def end(self, key: str) -> None:
        """Nothing is kept."""

    def cancel(self, key: str, request_id: RequestId) -> None:
        """Nobody listens."""
