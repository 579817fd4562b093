"""Finds in whose name a call is made; what that name is known not to allow is refused before anything is sent."""

from collections.abc import Sequence
from typing import Final

from gateway.answers import SIGN_IN, SIGN_IN_NEEDED
from gateway.auth.accounts import Account, Accounts
from gateway.auth.scopes import lacking
from gateway.auth.tokens import TokenProvider
from gateway.auth.withheld import as_anybody, barred, shown, withheld
from gateway.call import Call
from gateway.endpoint import Auth, Endpoint, ScopeRule
from gateway.errors import SCOPE_MISSING, ScopeMissingError, SpotifyError, UnauthorisedError
from gateway.loader import Identity
from gateway.memo import Memo
from gateway.params import Arguments, UpstreamRequest
from gateway.principal import Principal
from gateway.reader import names_market

_UNTRUSTED: Final = "untrusted"


class Identities:
    """The app and those who have signed in.

    Args:
        app: The app's own tokens.
        accounts: Everybody else's.
    """

    def __init__(self, app: TokenProvider, accounts: Accounts) -> None:
        self._app = app
        self._accounts = accounts

    def settled(self, principal: Principal) -> bool:
        """Tell whether `settle` would change nothing now."""
        return self._accounts.settled(principal)

    async def settle(self, principal: Principal) -> SpotifyError | None:
        """See to it that `principal` is known; return why it is not, which matters only to what needs a user."""
        if self._accounts.settled(principal):
            return None
        try:
            await self._accounts.settle(principal)
        except SpotifyError as error:
            return error
        return None

    def user(self, principal: Principal) -> str:
        """Return the name under which `principal` reads besides the app's; empty if it has not signed in."""
        account = self._accounts.of(principal)
        return "" if account is None else account.name

    def check(self, endpoint: Endpoint, arguments: Arguments, principal: Principal) -> None:
        """Refuse a call for which some scope is certainly missing.

        Raises:
            ScopeMissingError: It names what the call needs.
        """
        granted = self._granted(principal)
        if granted is None:
            return
        if missing := lacking(endpoint, arguments, granted):
            raise self.advised(_lacking(missing), principal)

    def of(self, endpoint: Endpoint, request: UpstreamRequest, call: Call) -> Identity:
        """Return in whose name `request` is sent.

        Raises:
            SpotifyError: Only a user's token will do, and nobody has signed in, or that cannot be known now; or it
                would do more than its program may.
        """
        account = None if call.unsettled else self._accounts.of(call.principal)
        held = _withheld(endpoint, account, call.principal)
        if needed := barred(endpoint, held):
            raise self.advised(_lacking(needed), call.principal)
        if account is not None and not (account.trusted and _is_apps(endpoint, request, held)):
            # Tokens that may be made up share the budget as one caller would, however many there are.
            return Identity(account.tokens, account.name, call.principal.id if account.trusted else _UNTRUSTED)
        if endpoint.auth is Auth.USER:
            raise call.unsettled or self.advised(UnauthorisedError(SIGN_IN, reason=SIGN_IN_NEEDED), call.principal)
        return Identity(self._app, payer=call.principal.id)

    def reader_of(self, memo: Memo) -> str | None:
        """Return under whose name `memo` is to be looked for; None if it must not be answered unasked."""
        if not self._accounts.settled(memo.principal):
            return None
        account = self._accounts.of(memo.principal)
        if account is None:
            return None if memo.endpoint.auth is Auth.USER else ""
        held = _withheld(memo.endpoint, account, memo.principal)
        if held and memo.endpoint.scope_rule is ScopeRule.OBJECT:
            # What is there may have been read for another program of the same user.
            return "" if as_anybody(memo.endpoint, held) else None
        return "" if memo.for_all and account.trusted else account.name

    def shown(self, endpoint: Endpoint, body: bytes, principal: Principal) -> bytes:
        """Return an answer as the program of `principal` may see it."""
        return shown(endpoint, body, _withheld(endpoint, self._accounts.of(principal), principal))

    def advised(self, error: SpotifyError, principal: Principal) -> SpotifyError:
        """Return `error` with the way to sign in if that would help, and once."""
        if error.advised or error.reason not in {SCOPE_MISSING, SIGN_IN_NEEDED}:
            return error
        scopes = error.scopes if isinstance(error, ScopeMissingError) else ()
        return error.advising(self._accounts.invite(principal, scopes))

    def _granted(self, principal: Principal) -> frozenset[str] | None:
        account = self._accounts.of(principal)
        by_user = None if account is None else account.scopes
        if by_user is None or principal.scopes is None:
            return principal.scopes if by_user is None else by_user
        return by_user & principal.scopes


def _withheld(endpoint: Endpoint, account: Account | None, principal: Principal) -> frozenset[str]:
    if account is None or principal.scopes is None:
        return frozenset()
    return withheld(endpoint, granted=account.scopes, allowed=principal.scopes)


def _lacking(scopes: Sequence[str]) -> ScopeMissingError:
    return ScopeMissingError(f"This needs {' '.join(scopes)}", scopes=scopes)


def _is_apps(endpoint: Endpoint, request: UpstreamRequest, held: frozenset[str]) -> bool:
    return is_for_all(endpoint, request) or as_anybody(endpoint, held)


def is_for_all(endpoint: Endpoint, request: UpstreamRequest) -> bool:
    """Tell whether the app's own token reads, so that the answer is everybody's."""
    return endpoint.auth is Auth.APP or (endpoint.auth is Auth.MARKET and names_market(request))
