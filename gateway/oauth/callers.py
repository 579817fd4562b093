"""Knows callers by the access tokens of our own authorization server; a token is good at its door only."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

from multidict import MultiMapping

from gateway.auth.bearer import BearerError, bearer_challenge, read_bearer
from gateway.callers import Door
from gateway.errors import CredentialError, UpstreamUnavailableError
from gateway.oauth.errors import OAuthError
from gateway.oauth.grant import Grant
from gateway.oauth.ledger import Ledger
from gateway.oauth.resource import Resources
from gateway.oauth.standing import Standing
from gateway.principal import Principal

_RETRY_S: Final = 1.0
_NOTHING: Final = "This gateway wants an access token; sign in at the authorization server that its metadata names"
_NOT_GOOD: Final = "The access token has ended or was never issued here; refresh it, or sign in again"
_SIGN_IN_OVER: Final = "Your sign-in with Spotify has ended; authorize again"
_ELSEWHERE: Final = (
    "The access token was issued for another resource of this gateway; ask for one for this address"
)


class OAuthCallers:
    """The callers of a gateway with an authorization server of its own.

    Args:
        ledger: Knows the tokens.
        resources: Knows where they are good.
        standing: Knows whether users' sign-ins with Spotify stand.
        least: Returns the scopes that a client should ask for at first, to be of use at a door.
    """

    def __init__(
        self,
        ledger: Ledger,
        resources: Resources,
        *,
        standing: Standing,
        least: Callable[[Door], Sequence[str]],
    ) -> None:
        self._ledger = ledger
        self._resources = resources
        self._standing = standing
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
        grant = await self._grant(token, door)
        if not await self._standing.holds(grant.principal):
            # With what came of it: a client that could refresh would come back with another token, for ever.
            with suppress(OAuthError):
                await self._ledger.revoke(token, client_id=None)
            raise self._refusal(_SIGN_IN_OVER, door, reason="sign_in_ended")
        return grant.principal

    def at_once(self, headers: MultiMapping[str], door: Door) -> Principal | None:
        """See `Callers`; a token is believed for some seconds, and not after it was ended in this process."""
        try:
            grant = self._ledger.recall(read_bearer(headers))
        except BearerError:
            return None
        if grant is None or not self._resources.admits(grant.audience, door):
            return None
        return grant.principal if self._standing.is_known(grant.principal) else None

    def challenge(self, door: Door, scopes: Sequence[str]) -> str:
        """See `Callers`."""
        return self._challenge(door, error="insufficient_scope", scopes=scopes)

    async def _grant(self, token: str, door: Door) -> Grant:
        try:
            grant = await self._ledger.check(token)
        except OAuthError as error:
            raise UpstreamUnavailableError(error.description, retry_after_s=_RETRY_S) from error
        if grant is None:
            raise self._refusal(_NOT_GOOD, door)
        if not self._resources.admits(grant.audience, door):
            raise self._refusal(_ELSEWHERE, door)
        return grant

    def _refusal(self, message: str, door: Door, *, reason: str = "invalid_token") -> CredentialError:
        challenge = self._challenge(
            door, error="invalid_token", error_description=message, scopes=self._least(door)
        )
        return CredentialError(message, reason=reason, challenge=challenge)

    def _challenge(self, door: Door, *, scopes: Sequence[str], **error: str) -> str:
        address = self._resources.metadata_address(door)
        return bearer_challenge(**error, scope=" ".join(scopes), resource_metadata=address)
