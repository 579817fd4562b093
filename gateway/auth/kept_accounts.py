"""Knows who has signed in, from a vault that many processes share; what it believes is seconds old at most.

A sign-in that is a setting rules over one that was made by a browser, for as long as Spotify takes it.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from hashlib import blake2b

from cache import Flight, FlightTimeoutError, SingleFlight
from gateway.auth.accounts import Account
from gateway.auth.accounts_service import AccountsService
from gateway.auth.locker import Locker, own_locker, reachable, setting_locker
from gateway.auth.renewals import Renewals
from gateway.auth.sign_in import KIND, SignIn
from gateway.auth.user_tokens import UserTokens
from gateway.auth.vault import Vault
from gateway.errors import UpstreamUnavailableError
from gateway.principal import Principal

_BELIEVED_S = 5.0
"""How long what was looked up is believed: the longest that a sign-out elsewhere goes unnoticed."""

_LOOKUP_S = 10.0
"""Longest wait for the vault."""

Invite = Callable[[Principal, Sequence[str]], str]
"""See `Accounts.invite`."""


def fixed_sign_in(refresh_token: str, *, secret: bytes) -> SignIn:
    """Return the sign-in that the setting FERMATA_REFRESH_TOKEN stands for.

    Its consent is named by a keyed fingerprint, so that another token is another consent, and a restart with the
    same one finds what has come of it. It may have been granted to any program with the app's secret, so that goes
    with its renewals.
    """
    key = blake2b(secret).digest()
    name = blake2b(refresh_token.encode(), key=key, digest_size=16, person=b"fermata.consent").hexdigest()
    return SignIn(consent=name, refresh_token=refresh_token, with_secret=True)


@dataclass(frozen=True, slots=True)
class _Known:
    """What was found out about a principal, and when the look began."""

    account: Account | None
    tokens: UserTokens | None
    looked_at: float

    @property
    def name(self) -> str:
        return "" if self.account is None else self.account.name


_STRANGER = _Known(None, None, float("-inf"))


class KeptAccounts:
    """The accounts behind a vault; see `Accounts`.

    Args:
        vault: Where sign-ins are kept.
        service: Spotify's accounts service.
        clock: Monotonic seconds.
        wall_clock: Seconds since the epoch.
        sleep: Waits between attempts to write to the vault.
        invite: Says how a principal signs in.
        ended: Called with the name of an account that is no more: what was read in its name may go.
        fixed: The sign-in that a setting gives to a principal, by the principal's id.
        most: Principals that are remembered; forgetting one costs a look into the vault.
    """

    def __init__(
        self,
        vault: Vault,
        service: AccountsService,
        *,
        clock: Callable[[], float],
        wall_clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
        invite: Invite,
        ended: Callable[[str], None],
        fixed: tuple[str, SignIn] | None = None,
        most: int = 10_000,
    ) -> None:
        self._vault = vault
        self._clock = clock
        self._wall_clock = wall_clock
        self._invite = invite
        self._ended = ended
        self._fixed = {} if fixed is None else {fixed[0]: setting_locker(*fixed)}
        self._most = most
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._lookups: SingleFlight[None] = SingleFlight(clock)
        self._renewals = Renewals(vault, service, self, clock=clock, wall_clock=wall_clock, sleep=sleep)

    def of(self, principal: Principal) -> Account | None:
        """See `Accounts`."""
        known = self._known.get(principal.id)
        if known is None:
            return None
        self._known.move_to_end(principal.id)
        return known.account

    def settled(self, principal: Principal) -> bool:
        """See `Accounts`."""
        known = self._known.get(principal.id)
        return known is not None and self._clock() < known.looked_at + _BELIEVED_S

    async def settle(self, principal: Principal) -> None:
        """See `Accounts`."""
        key = principal.id
        try:
            await self._lookups.do(key, partial(self._look_up, key), deadline=self._clock() + _LOOKUP_S)
        except FlightTimeoutError:
            raise UpstreamUnavailableError(
                "Where sign-ins are kept is slow to answer; try again shortly"
            ) from None

    def invite(self, principal: Principal, scopes: Sequence[str]) -> str:
        """See `Accounts`."""
        return self._invite(principal, scopes)

    async def kept(self, principal: Principal) -> SignIn | None:
        """Return the sign-in of `principal` as it is kept.

        Raises:
            UpstreamUnavailableError: The vault cannot be reached.
        """
        locker = self._locker(principal.id)
        with reachable():
            return locker.read(await self._vault.get(KIND, locker.key))

    async def adopt(self, principal: Principal, sign_in: SignIn) -> None:
        """Keep a new sign-in in the place of whatever `principal` had; on return calls are made with it.

        Raises:
            UpstreamUnavailableError: The vault cannot be reached; the old sign-in is as it was.
        """
        locker = own_locker(principal.id)
        looked_at = self._clock()
        before = await self._exchange(locker, sign_in)
        if before is not None:
            self._over_with({locker.account_name(before)} - {locker.account_name(sign_in)}, principal.id)
        if principal.id not in self._fixed:
            self._learn(locker, sign_in, looked_at)

    async def forget(self, principal: Principal) -> bool:
        """Sign `principal` out, the setting's sign-in included until the next start; tell whether there was one.

        Raises:
            UpstreamUnavailableError: The vault cannot be reached.
        """
        looked_at = self._clock()
        fixed = self._fixed.get(principal.id)
        found: set[str] = set()
        for locker in (own_locker(principal.id), *([fixed] if fixed else [])):
            before = await self._exchange(locker, None)
            found |= set() if before is None else {locker.account_name(before)}
        self._fixed.pop(principal.id, None)
        self._over_with(found, principal.id)
        self._learn(own_locker(principal.id), None, looked_at)
        return bool(found)

    async def introduce(self, principal: Principal, *, account: str, user_id: str, user_name: str) -> None:
        """Note who the user is whose account has the name `account`; nothing, if that is not the one any more.

        Raises:
            UpstreamUnavailableError: The vault cannot be reached.
        """
        locker = self._locker(principal.id)
        with reachable():
            while True:
                raw = await self._vault.get(KIND, locker.key)
                there = locker.read(raw)
                if there is None or locker.account_name(there) != account:
                    return
                known = replace(there, user_id=user_id, user_name=user_name)
                if known == there or await self._vault.swap(KIND, locker.key, known.encode(), expected=raw):
                    return

    async def close(self) -> None:
        """End what is under way, renewals last: what those bring is not lost."""
        await self._lookups.close()
        await self._renewals.close()

    def renewed(self, locker: Locker, sign_in: SignIn) -> None:
        """See `RenewalObserver`."""
        known = self._known.get(locker.principal_id, _STRANGER)
        if known.tokens is not None and known.name == locker.account_name(sign_in):
            known.tokens.take(sign_in)
            self._known[locker.principal_id] = _known(known.name, known.tokens, known.looked_at)

    def over(self, locker: Locker, sign_in: SignIn) -> None:
        """See `RenewalObserver`."""
        name = locker.account_name(sign_in)
        if self._fixed.get(locker.principal_id) is locker:
            # Spotify does not take the setting any more. What was signed in by a browser may be of use now.
            del self._fixed[locker.principal_id]
        known = self._known.get(locker.principal_id)
        if known is None:
            self._ended(name)
        elif known.name == name:
            self._learn(locker, None, float("-inf"))

    def _locker(self, principal_id: str) -> Locker:
        return self._fixed.get(principal_id) or own_locker(principal_id)

    async def _look_up(self, principal_id: str, flight: Flight[None]) -> None:
        while True:
            flight.outdated = False
            looked_at = self._clock()
            locker = self._locker(principal_id)
            with reachable():
                found = locker.read(await self._vault.get(KIND, locker.key))
            # Somebody may have signed in or out between the vault's answer and now, and knows better.
            if not flight.outdated:
                break
        self._learn(locker, found, looked_at)

    async def _exchange(self, locker: Locker, sign_in: SignIn | None) -> SignIn | None:
        """Put `sign_in`, or nothing, where it belongs, and return what was there."""
        value = None if sign_in is None else sign_in.encode()
        with reachable():
            while True:
                raw = await self._vault.get(KIND, locker.key)
                if raw is value is None or await self._vault.swap(KIND, locker.key, value, expected=raw):
                    return locker.read(raw)

    def _over_with(self, names: set[str], principal_id: str) -> None:
        """Tell of accounts that are no more, except of the one that is known here: `_learn` tells of that."""
        for name in names - {self._known.get(principal_id, _STRANGER).name}:
            self._ended(name)

    def _learn(self, locker: Locker, sign_in: SignIn | None, looked_at: float) -> None:
        """Believe that `sign_in` is what the vault has."""
        principal_id = locker.principal_id
        self._lookups.outdate(principal_id)
        known = self._known.pop(principal_id, _STRANGER)
        if sign_in is None:
            now = _Known(None, None, looked_at)
        elif known.tokens is not None and known.name == locker.account_name(sign_in):
            known.tokens.take(sign_in)
            now = _known(known.name, known.tokens, looked_at)
        else:
            now = _known(locker.account_name(sign_in), self._tokens(locker, sign_in), looked_at)
        self._known[principal_id] = now
        if len(self._known) > self._most:
            self._known.popitem(last=False)
        if known.name and known.name != now.name:
            self._ended(known.name)

    def _tokens(self, locker: Locker, sign_in: SignIn) -> UserTokens:
        return UserTokens(
            locker,
            sign_in,
            renewals=self._renewals,
            clock=self._clock,
            wall_clock=self._wall_clock,
        )


def _known(name: str, tokens: UserTokens, looked_at: float) -> _Known:
    return _Known(Account(name, tokens, tokens.sign_in.scopes), tokens, looked_at)
