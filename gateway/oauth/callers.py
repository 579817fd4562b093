"""Knows callers by the access tokens of our own authorization server; a token is good at its door only."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final, Protocol

from multidict import MultiMapping

from gateway.auth.bearer import BearerError, bearer_challenge, read_bearer
from gateway.callers import Door
from gateway.errors import CredentialError, UpstreamUnavailableError
from gateway.oauth.errors import OAuthError
from gateway.oauth.ledger import Ledger
from gateway.oauth.resource import Resources
from gateway.principal import Principal

_RETRY_S: Final = 1.0
_NOTHING: Final = "This gateway wants an access token; sign in at the authorization server that its metadata names"
_NOT_GOOD: Final = "The access token has ended or was never issued here; refresh it, or sign in again"
_LEFT: Final = "The sign-in at Spotify behind the access token has ended; sign in again"
_ELSEWHERE: Final = (
    "The access token was issued for another resource of this gateway; ask for one for this address"
)


class SignIns(Protocol):
    """Knows who is signed in at Spotify; `gateway.auth.kept_accounts.KeptAccounts` does."""

    def of(self, principal: Principal) -> object | None:
        """Return something if `principal` was signed in when last looked up; None says nothing."""
        ...

    async def kept(self, principal: Principal) -> object | None:
        """Return something if `principal` is signed in now.

        Raises:
            UpstreamUnavailableError: That cannot be looked up.
        """
        ...


class OAuthCallers:
    """The callers of a gateway with an authorization server of its own.

    Args:
        ledger: Knows the tokens.
        resources: Knows where they are good.
        sign_ins: Knows whose tokens have something behind them.
        least: Returns the scopes that a client should ask for at first, to be of use at a door.
    """

    def __init__(
        self,
        ledger: Ledger,
        resources: Resources,
        *,
        sign_ins: SignIns,
        least: Callable[[Door], Sequence[str]],
    ) -> None:
        self._ledger = ledger
        self._resources = resources
        self._sign_ins = sign_ins
        self._least = least

    async def __call__(self, headers: MultiMapping[str], door: Door) -> Principal:
        """See `Callers`.

        Raises:
            UpstreamUnavailableError: What is kept of tokens cannot be reached.
        """
        try:
            token = read_bearer(headers)
        except BearerError as error:
            raise self._refusal(str(error), door) from None
        if not token:
            # Without an error word: there was nothing to be wrong (RFC 6750, 3.1).
            challenge = self._challenge(door, scopes=self._least(door))
            raise CredentialError(_NOTHING, reason="no_credential", challenge=challenge)
        with _reaching():
            grant = await self._ledger.check(token)
        if grant is None:
            raise self._refusal(_NOT_GOOD, door)
        if not self._resources.admits(grant.audience, door):
            raise self._refusal(_ELSEWHERE, door)
        if not await self._is_signed_in(grant.principal):
            # The refresh token ends with it, or the client would only get another token that is good for nothing.
            with _reaching():
                await self._ledger.revoke(token, client_id=None)
            raise self._refusal(_LEFT, door)
        return grant.principal

    def at_once(self, headers: MultiMapping[str], door: Door) -> Principal | None:
        """See `Callers`; a token is believed for some seconds, and not after it was ended in this process."""
        try:
            grant = self._ledger.recall(read_bearer(headers))
        except BearerError:
            return None
        if grant is None or not self._resources.admits(grant.audience, door):
            return None
        return grant.principal if self._sign_ins.of(grant.principal) is not None else None

    def challenge(self, door: Door, scopes: Sequence[str]) -> str:
        """See `Callers`."""
        return self._challenge(door, error="insufficient_scope", scopes=scopes)

    async def _is_signed_in(self, principal: Principal) -> bool:
        # What is remembered can be older than a sign-in by another process, whose token this may be. The vault is
        # not: nobody gets a token before the sign-in is there.
        return self._sign_ins.of(principal) is not None or await self._sign_ins.kept(principal) is not None

    def _refusal(self, message: str, door: Door) -> CredentialError:
        challenge = self._challenge(
            door, error="invalid_token", error_description=message, scopes=self._least(door)
        )
        return CredentialError(message, reason="invalid_token", challenge=challenge)

    def _challenge(self, door: Door, *, scopes: Sequence[str], **error: str) -> str:
        address = self._resources.metadata_address(door)
        return bearer_challenge(**error, scope=" ".join(scopes), resource_metadata=address)


@contextmanager
def _reaching() -> Iterator[None]:
    try:
        yield
    except OAuthError as error:
        raise UpstreamUnavailableError(error.description, retry_after_s=_RETRY_S) from error
