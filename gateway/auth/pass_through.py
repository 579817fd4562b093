"""Accounts of callers who bring Spotify's own tokens: each is used for its bearer alone, and soon forgotten.

Nothing is written down. A token leaves memory when Spotify refuses it, and an hour after its last use at the
latest: by then it has expired. However many are made up, those that Spotify has accepted stay.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
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

    def __init__(self, name: str, token: str = "", *, accepted: Callable[[str], None]) -> None:
        self._token = token
        self._accepted = accepted
        self.used_at = 0.0
        self.turn = asyncio.Lock()
        self.account = Account(name, self, trusted=False)

    @property
    def new(self) -> bool:
        """Whether Spotify has said nothing of it yet."""
        return bool(self._token) and not self.account.trusted

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
            self._accepted(self.account.name)


class PassThrough:
    """The accounts of bearers; see `Accounts`.

    Args:
        secret: Keys the hash by which tokens are told apart.
        clock: Monotonic seconds.
        most: Tokens that are kept at once, and as many that Spotify has not accepted; who is forgotten brings it
            again with the next request.
    """

    def __init__(self, *, secret: bytes, clock: Callable[[], float], most: int = 10_000) -> None:
        self._key = blake2b(secret).digest()
        self._clock = clock
        self._most = most
        # By principal id, least recently used first.
        self._accepted: OrderedDict[str, _Bearer] = OrderedDict()
        self._others: OrderedDict[str, _Bearer] = OrderedDict()
        self._sweep: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._accepted) + len(self._others)

    def admit(self, token: str) -> Principal:
        """Return who brings `token`, and keep it for the calls that follow."""
        digest = blake2b(token.encode(), key=self._key, digest_size=16, person=b"fermata.bearer")
        principal = Principal(PREFIX + digest.hexdigest())
        held = self._accepted if principal.id in self._accepted else self._others
        bearer = held.get(principal.id)
        if bearer is None:
            bearer = held[principal.id] = _Bearer(principal.id, token, accepted=self._promote)
        bearer.used_at = self._clock()
        held.move_to_end(principal.id)
        self._bound(held)
        self._schedule()
        return principal

    def of(self, principal: Principal) -> Account:
        """See `Accounts`. Who is not kept any more has a token that is refused.

        Without an account, it would be served as somebody who never brought a token and needs none.
        """
        return self._bearer(principal).account

    def new(self, principal: Principal) -> bool:
        """Tell whether Spotify has neither accepted nor refused the token of `principal`."""
        return self._bearer(principal).new

    def turn(self, principal: Principal) -> asyncio.Lock:
        """Return what one at a time may hold of those who come with the token of `principal`."""
        return self._bearer(principal).turn

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
        self._accepted.clear()
        self._others.clear()

    def _bearer(self, principal: Principal) -> _Bearer:
        known = self._accepted.get(principal.id) or self._others.get(principal.id)
        return known or _Bearer(principal.id, accepted=self._promote)

    def _promote(self, principal_id: str) -> None:
        """Put a token that Spotify has accepted where no number of made-up ones can push it out."""
        # Gone if it was forgotten while Spotify was asked.
        if (bearer := self._others.pop(principal_id, None)) is not None:
            self._accepted[principal_id] = bearer
            self._bound(self._accepted)

    def _bound(self, held: OrderedDict[str, _Bearer]) -> None:
        if len(held) > self._most:
            held.popitem(last=False)

    def _schedule(self) -> None:
        """See to it that the token that was used longest ago goes in time, even if no request comes any more."""
        if self._sweep is None and len(self):
            oldest_s = min(bearer.used_at for bearer in self._oldest())
            wait_s = max(0.0, oldest_s + _KEPT_S - self._clock())
            self._sweep = asyncio.get_running_loop().call_later(wait_s, self._forget_old)

    def _oldest(self) -> Iterable[_Bearer]:
        return (next(iter(held.values())) for held in (self._accepted, self._others) if held)

    def _forget_old(self) -> None:
        self._sweep = None
        until = self._clock() - _KEPT_S
        for held in (self._accepted, self._others):
            while held and next(iter(held.values())).used_at <= until:
                held.popitem(last=False)
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
