"""Accounts of callers who bring Spotify's own tokens: each is used for its bearer alone, and soon forgotten.

Nothing is written down. A token leaves memory when Spotify refuses it, and an hour after its last use at the
latest: by then it has expired.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence
from hashlib import blake2b

from gateway.auth.accounts import Account, Accounts
from gateway.errors import UnauthorisedError
from gateway.principal import Principal

PREFIX = "bearer:"
"""Begins the id of every principal who brought a token of Spotify's."""

_KEPT_S = 3600.0
"""Spotify's tokens live that long."""

_EXPIRED = "The access token expired"
"""Spotify's words, which clients of Spotify know."""


class _Bearer:
    """A token as it came, a `TokenProvider`; an empty one is dead."""

    def __init__(self, name: str, token: str) -> None:
        self._token = token
        self.used_at = 0.0
        self.account = Account(name, self, trusted=False)

    async def token(self, *, deadline: float) -> str:
        """See `TokenProvider`."""
        del deadline
        if not self._token:
            raise UnauthorisedError(_EXPIRED)
        return self._token

    def reject(self, token: str) -> None:
        """See `TokenProvider`."""
        if token == self._token:
            self._token = ""
            # Whoever has no token any more is shown nothing that was read with it.
            self.account = Account(self.account.name, self, trusted=False)

    def accept(self, token: str) -> None:
        """See `TokenProvider`."""
        if token == self._token and not self.account.trusted:
            self.account = Account(self.account.name, self)


class PassThrough:
    """The accounts of bearers; see `Accounts`.

    Args:
        secret: Keys the hash by which tokens are told apart.
        clock: Monotonic seconds.
        most: Tokens that are kept at once; who is forgotten brings it again with the next request.
    """

    def __init__(self, *, secret: bytes, clock: Callable[[], float], most: int = 10_000) -> None:
        self._key = blake2b(secret).digest()
        self._clock = clock
        self._most = most
        self._bearers: OrderedDict[str, _Bearer] = OrderedDict()
        self._sweep: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._bearers)

    def admit(self, token: str) -> Principal:
        """Return who brings `token`, and keep it for the calls that follow."""
        digest = blake2b(token.encode(), key=self._key, digest_size=16, person=b"fermata.bearer")
        principal = Principal(PREFIX + digest.hexdigest())
        bearer = self._bearers.get(principal.id)
        if bearer is None:
            bearer = self._bearers[principal.id] = _Bearer(principal.id, token)
        bearer.used_at = self._clock()
        self._bearers.move_to_end(principal.id)
        if len(self._bearers) > self._most:
            self._bearers.popitem(last=False)
        self._schedule()
        return principal

    def of(self, principal: Principal) -> Account | None:
        """See `Accounts`."""
        bearer = self._bearers.get(principal.id)
        return None if bearer is None else bearer.account

    def settled(self, principal: Principal) -> bool:  # noqa: ARG002 - the signature of Accounts
        """All that is known of bearers is known here."""
        return True

    async def settle(self, principal: Principal) -> None:
        """There is nowhere to look."""

    def invite(self, principal: Principal, scopes: Sequence[str]) -> str:  # noqa: ARG002 - the signature of Accounts
        """See `Accounts`."""
        wanted = f" with the scopes {' '.join(scopes)}" if scopes else ""
        return f"Get an access token{wanted} from Spotify, and send it as the bearer token."

    async def close(self) -> None:
        """Forget every token."""
        if self._sweep is not None:
            self._sweep.cancel()
            self._sweep = None
        self._bearers.clear()

    def _schedule(self) -> None:
        """See to it that the token that was used longest ago goes in time, even if no request comes any more."""
        if self._sweep is None and self._bearers:
            oldest = next(iter(self._bearers.values()))
            wait_s = max(0.0, oldest.used_at + _KEPT_S - self._clock())
            self._sweep = asyncio.get_running_loop().call_later(wait_s, self._forget_old)

    def _forget_old(self) -> None:
        self._sweep = None
        until = self._clock() - _KEPT_S
        while self._bearers:
            principal_id, oldest = next(iter(self._bearers.items()))
            if oldest.used_at > until:
                break
            del self._bearers[principal_id]
        self._schedule()


class EitherAccounts:
    """The accounts of bearers and of those who have signed in; see `Accounts`."""

    def __init__(self, bearers: PassThrough, kept: Accounts) -> None:
        self._bearers = bearers
        self._kept = kept

    def of(self, principal: Principal) -> Account | None:
        """See `Accounts`."""
        return self._whose(principal).of(principal)

    def settled(self, principal: Principal) -> bool:
        """See `Accounts`."""
        return self._whose(principal).settled(principal)

    async def settle(self, principal: Principal) -> None:
        """See `Accounts`."""
        await self._whose(principal).settle(principal)

    def invite(self, principal: Principal, scopes: Sequence[str]) -> str:
        """See `Accounts`."""
        return self._whose(principal).invite(principal, scopes)

    def _whose(self, principal: Principal) -> Accounts:
        return self._bearers if principal.id.startswith(PREFIX) else self._kept
