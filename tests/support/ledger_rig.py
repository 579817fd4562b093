"""A ledger on a vault that can be watched, held up and broken, with a clock that stands still until it is told."""

from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import count
from typing import TypeVar

from gateway.auth.vault import VaultError
from gateway.oauth.grant import Grant
from gateway.oauth.ledger import Issued, Ledger, LedgerConfig
from gateway.oauth.resource import Resources
from identity_record import IdentityRecord
from memory_vault import MemoryVault

ISSUER = "https://music.example"
RESOURCES = Resources(ISSUER)
REDIRECT = "http://127.0.0.1:6274/callback"
VERIFIER = "v" * 43
SCOPES = frozenset({"user-library-read", "user-read-playback-state"})

T = TypeVar("T")

Step = tuple[str, str]
"""A method of a vault and the kind that it is called with."""


def challenge_of(verifier: str) -> str:
    """The S256 of a verifier."""
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()


async def nothing(step: Step) -> None:
    """Let a step pass."""


class WatchedVault:
    """A vault in memory. `steps` lists the calls; `before` and `after` surround each; `down` fails all."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.inner = MemoryVault(clock=clock)
        self.steps: list[Step] = []
        self.before: Callable[[Step], Awaitable[None]] = nothing
        self.after: Callable[[Step], Awaitable[None]] = nothing
        self.down = False

    async def get(self, kind: str, key: str) -> bytes | None:
        return await self._do(("get", kind), lambda: self.inner.get(kind, key))

    async def put(self, kind: str, key: str, value: bytes, *, ttl_s: float | None = None) -> None:
        await self._do(("put", kind), lambda: self.inner.put(kind, key, value, ttl_s=ttl_s))

    async def add(self, kind: str, key: str, value: bytes, *, ttl_s: float | None = None) -> bool:
        return await self._do(("add", kind), lambda: self.inner.add(kind, key, value, ttl_s=ttl_s))

    async def take(self, kind: str, key: str) -> bytes | None:
        return await self._do(("take", kind), lambda: self.inner.take(kind, key))

    async def swap(
        self, kind: str, key: str, value: bytes | None, *, expected: bytes | None, ttl_s: float | None = None
    ) -> bool:
        return await self._do(
            ("swap", kind), lambda: self.inner.swap(kind, key, value, expected=expected, ttl_s=ttl_s)
        )

    async def delete(self, kind: str, key: str) -> None:
        await self._do(("delete", kind), lambda: self.inner.delete(kind, key))

    async def count(self, kind: str) -> int:
        return await self.inner.count(kind)

    def alone(self, kind: str, key: str, *, at_most_s: float) -> AbstractAsyncContextManager[None]:
        return self.inner.alone(kind, key, at_most_s=at_most_s)

    async def _do(self, step: Step, act: Callable[[], Awaitable[T]]) -> T:
        self.steps.append(step)
        await self.before(step)
        if self.down:
            raise VaultError("the disk is gone")
        result = await act()
        await self.after(step)
        return result


@dataclass
class LedgerRig:
    """A ledger, and a user who consents whenever asked."""

    config: LedgerConfig = field(default_factory=LedgerConfig)
    now: float = 1_000_000.0

    def __post_init__(self) -> None:
        self._serial = count(1)
        self.told = IdentityRecord()
        self.vault = WatchedVault(self.time)
        self.ledger = self.another_process()

    def time(self) -> float:
        return self.now

    def another_process(self) -> Ledger:
        """A further ledger on the same vault."""
        return Ledger(
            self.vault,
            self.config,
            wall_clock=self.time,
            clock=self.time,
            secret=self.secret,
            observer=self.told,
        )

    def secret(self) -> str:
        return f"secret_{next(self._serial):036d}"

    def grant(
        self,
        principal_id: str = "user:ada",
        client_id: str = "app",
        *,
        scopes: frozenset[str] = SCOPES,
        audience: str = ISSUER,
    ) -> Grant:
        return Grant(
            principal_id=principal_id,
            client_id=client_id,
            scopes=scopes,
            audience=audience,
            family=self.secret(),
        )

    async def code(self, grant: Grant | None = None) -> str:
        return await self.ledger.mint_code(
            grant or self.grant(), redirect_uri=REDIRECT, challenge=challenge_of(VERIFIER)
        )

    async def redeem(
        self,
        code: str,
        *,
        client_id: str = "app",
        redirect_uri: str | None = REDIRECT,
        verifier: str = VERIFIER,
        audience: str | None = None,
    ) -> Issued:
        return await self.ledger.redeem(
            code, client_id=client_id, redirect_uri=redirect_uri, verifier=verifier, audience=audience
        )

    async def refresh(
        self,
        token: str,
        *,
        client_id: str = "app",
        scopes: frozenset[str] | None = None,
        audience: str | None = None,
    ) -> Issued:
        return await self.ledger.refresh(token, client_id=client_id, scopes=scopes, audience=audience)

    async def issued(self, grant: Grant | None = None) -> Issued:
        """The first tokens of a consent."""
        given = grant or self.grant()
        return await self.redeem(await self.code(given), client_id=given.client_id)

    async def is_good(self, access_token: str) -> bool:
        """Whether a process that knows nothing yet finds an access token good."""
        return await self.another_process().check(access_token) is not None
