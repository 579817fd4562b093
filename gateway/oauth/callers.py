"""Knows callers by the access tokens of our own authorization server; a token is good at its door only."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

from multidict import MultiMapping

from gateway.auth.bearer import BearerError, bearer_challenge, read_bearer
from gateway.callers import Door
from gateway.errors import (
    CREDENTIAL_ENDED,
    CREDENTIAL_INVALID,
    CREDENTIAL_MISSING,
    CredentialError,
    UpstreamUnavailableError,
)
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
        least: Returns the scopes that a client should ask for at first, to be of use at a path.
    """

    def __init__(
        self,
        ledger: Ledger,
        resources: Resources,
        *,
        standing: Standing,
        least: Callable[[str], Sequence[str]],
    ) -> None:
        self._ledger = ledger
        self._resources = resources
        self._standing = standing
        self._least = least

    async def __call__(self, headers: MultiMapping[str], door: Door, *, below: str = "") -> Principal:
        """See `Callers`.

        Raises:
            UpstreamUnavailableError: What is kept of tokens cannot be reached.
        """
        path = self._resources.path(door, below)
        try:
            token = read_bearer(headers)
        except BearerError as error:
            raise self._refusal(str(error), path) from None
        if not token:
            # Without an error word: there was nothing to be wrong (RFC 6750, 3.1).
            challenge = self._challenge(path, scopes=self._least(path))
            raise CredentialError(_NOTHING, reason=CREDENTIAL_MISSING, challenge=challenge)
        grant = await self._grant(token, door, path)
        if not await self._standing.holds(grant.principal):
            # With what came of it: a client that could refresh would come back with another token, for ever.
            with suppress(OAuthError):
                await self._ledger.revoke(token, client_id=None)
            raise self._refusal(_SIGN_IN_OVER, path, reason=CREDENTIAL_ENDED)
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

    def challenge(self, door: Door, scopes: Sequence[str], *, below: str = "") -> str:
        """See `Callers`."""
        path = self._resources.path(door, below)
        return self._challenge(path, error="insufficient_scope", scopes=scopes)

    async def _grant(self, token: str, door: Door, path: str) -> Grant:
        try:
            grant = await self._ledger.check(token)
        except OAuthError as error:
            raise UpstreamUnavailableError(error.description, retry_after_s=_RETRY_S) from error
        if grant is None:
            raise self._refusal(_NOT_GOOD, path)
        if not self._resources.admits(grant.audience, door):
            raise self._refusal(_ELSEWHERE, path)
        return grant

    def _refusal(self, message: str, path: str, *, reason: str = CREDENTIAL_INVALID) -> CredentialError:
        challenge = self._challenge(
            path, error="invalid_token", error_description=message, scopes=self._least(path)
        )
        return CredentialError(message, reason=reason, challenge=challenge)

    def _challenge(self, path: str, *, scopes: Sequence[str], **error: str) -> str:
        address = self._resources.metadata_address(path)
        return bearer_challenge(**error, scope=" ".join(scopes), resource_metadata=address)
