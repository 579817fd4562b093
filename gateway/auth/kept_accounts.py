"""Knows who has signed in, from a vault that many processes share; what it believes is seconds old at most.

A sign-in that is a setting rules over one that was made by a browser, for as long as Spotify takes it.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from cache import Flight, FlightTimeoutError, SingleFlight
from gateway.auth.accounts import Account
from gateway.auth.accounts_service import AccountsService
from gateway.auth.locker import Locker, own_locker, reachable
from gateway.auth.observer import UNHEARD, IdentityObserver
from gateway.auth.records import Records
from gateway.auth.renewals import Renewals
from gateway.auth.sign_in import WARN_DAYS, SignIn
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
        observer: Hears of sign-ins that come, go and grow old.
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
        observer: IdentityObserver = UNHEARD,
        most: int = 10_000,
    ) -> None:
        self._records = Records(vault, fixed)
        self._clock = clock
        self._wall_clock = wall_clock
        self._invite = invite
        self._ended = ended
        self._observer = observer
        self._most = most
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._lookups: SingleFlight[None] = SingleFlight(clock)
        self._renewals = Renewals(
            vault, service, self, clock=clock, wall_clock=wall_clock, sleep=sleep, tell=observer.renewal
        )

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

    def days_left(self, principal: Principal) -> float | None:
        """Return the days that the consent of `principal` is still good for; None if that is not known here."""
        known = self._known.get(principal.id, _STRANGER)
        return None if known.tokens is None else known.tokens.sign_in.days_left(self._wall_clock())

    def invite(self, principal: Principal, scopes: Sequence[str]) -> str:
        """See `Accounts`."""
        return self._invite(principal, scopes)

    async def kept(self, principal: Principal) -> SignIn | None:
        """Return the sign-in of `principal` as it is kept.

        Raises:
            UpstreamUnavailableError: The vault cannot be reached.
        """
        with reachable():
            return await self._records.read(principal.id)

    async def adopt(self, principal: Principal, sign_in: SignIn) -> None:
        """Keep a new sign-in in the place of whatever `principal` had; on return calls are made with it.

        Raises:
            UpstreamUnavailableError: The vault cannot be reached; the old sign-in is as it was.
        """
        locker = own_locker(principal.id)
        looked_at = self._clock()
        with reachable():
            before = await self._records.keep(principal.id, sign_in)
        self._observer.signed_in(principal.id)
        self._over_with({before} - {"", locker.account_name(sign_in)}, principal.id)
        if not self._records.is_fixed(principal.id):
            self._learn(locker, sign_in, looked_at)

    async def forget(self, principal: Principal) -> bool:
        """Sign `principal` out, the setting's sign-in included until the next start; tell whether there was one.

        Raises:
            UpstreamUnavailableError: The vault cannot be reached.
        """
        looked_at = self._clock()
        with reachable():
            found = await self._records.forget(principal.id)
        if found:
            self._observer.signed_out(principal.id)
        self._over_with(found, principal.id)
        self._learn(own_locker(principal.id), None, looked_at)
        return bool(found)

    async def introduce(self, principal: Principal, *, account: str, user_id: str, user_name: str) -> None:
        """Note who the user is whose account has the name `account`; nothing, if that is not the one any more.

        Raises:
            UpstreamUnavailableError: The vault cannot be reached.
        """
        with reachable():
            await self._records.introduce(principal.id, account=account, user_id=user_id, user_name=user_name)

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
        self._records.waive(locker)
        known = self._known.get(locker.principal_id)
        if known is None:
            self._ended(name)
        elif known.name == name:
            self._learn(locker, None, float("-inf"))

    async def _look_up(self, principal_id: str, flight: Flight[None]) -> None:
        while True:
            flight.outdated = False
            looked_at = self._clock()
            locker = self._records.locker(principal_id)
            with reachable():
                found = await self._records.read(principal_id)
            # Somebody may have signed in or out between the vault's answer and now, and knows better.
            if not flight.outdated:
                break
        self._learn(locker, found, looked_at)
        days_left = None if found is None else found.days_left(self._wall_clock())
        if days_left is not None and days_left <= WARN_DAYS:
            self._observer.waning(principal_id, days_left)

    def _over_with(self, names: Iterable[str], principal_id: str) -> None:
        """Tell of accounts that are no more, except of the one that is known here: `_learn` tells of that."""
        for name in frozenset(names) - {self._known.get(principal_id, _STRANGER).name}:
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
