"""Callers whose refusals are told; it changes nothing of what they decide."""

from collections.abc import Sequence

from multidict import MultiMapping

from gateway.auth.observer import IdentityObserver
from gateway.callers import Callers, Door
from gateway.errors import CredentialError
from gateway.principal import Principal


class CountedCallers:
    """See `Callers`.

    Args:
        callers: Know who calls.
        observer: Hears who was not let in.
    """

    def __init__(self, callers: Callers, observer: IdentityObserver) -> None:
        self._callers = callers
        self._observer = observer

    async def __call__(self, headers: MultiMapping[str], door: Door) -> Principal:
        """See `Callers`."""
        try:
            return await self._callers(headers, door)
        except CredentialError as error:
            self._observer.credential_refused(door, error.reason)
            raise

    def at_once(self, headers: MultiMapping[str], door: Door) -> Principal | None:
        """See `Callers`; None is no refusal yet."""
        return self._callers.at_once(headers, door)

    def challenge(self, door: Door, scopes: Sequence[str]) -> str:
        """See `Callers`."""
        return self._callers.challenge(door, scopes)
