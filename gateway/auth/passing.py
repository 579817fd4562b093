"""Lets callers of the REST mirror bring a Spotify token of their own; MCP never takes one (token passthrough)."""

from collections.abc import Callable, Sequence

from multidict import MultiMapping

from gateway.auth.bearer import OWN_PREFIXES, BearerError, bearer_challenge, read_bearer
from gateway.callers import Callers, Door
from gateway.errors import CREDENTIAL_INVALID, CredentialError
from gateway.principal import Principal


class PassThroughCallers:
    """The callers of `inner`, and at the REST door those with a bearer token that this gateway never issued.

    Args:
        inner: Knows all others.
        admit: Takes a token of Spotify's into the table from which its calls are made, and returns whose they are.
    """

    def __init__(self, inner: Callers, *, admit: Callable[[str], Principal]) -> None:
        self._inner = inner
        self._admit = admit

    async def __call__(self, headers: MultiMapping[str], door: Door, *, below: str = "") -> Principal:
        """See `Callers`."""
        return self._passing(headers, door) or await self._inner(headers, door, below=below)

    def at_once(self, headers: MultiMapping[str], door: Door) -> Principal | None:
        """See `Callers`."""
        try:
            return self._passing(headers, door) or self._inner.at_once(headers, door)
        except CredentialError:
            return None

    def challenge(self, door: Door, scopes: Sequence[str], *, below: str = "") -> str:
        """See `Callers`."""
        return self._inner.challenge(door, scopes, below=below)

    def _passing(self, headers: MultiMapping[str], door: Door) -> Principal | None:
        if door is not Door.REST:
            return None
        try:
            token = read_bearer(headers)
        except BearerError as error:
            # Not left to `inner`, which may take anybody: whoever meant to be somebody else must not become LOCAL.
            challenge = bearer_challenge(error="invalid_token", error_description=str(error))
            raise CredentialError(str(error), reason=CREDENTIAL_INVALID, challenge=challenge) from None
        return None if not token or token.startswith(OWN_PREFIXES) else self._admit(token)
