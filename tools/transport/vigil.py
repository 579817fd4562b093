"""Asks from time to time whether whoever has a stream open still may; a stream outlives no credential for long."""

from collections.abc import Awaitable, Callable

from gateway.callers import Callers
from gateway.errors import CredentialError, SpotifyError
from gateway.principal import LOCAL
from tools.transport.caller import Owner
from tools.transport.visit import Visit

Still = Callable[[], Awaitable[bool]]
"""Tells whether a stream may go on."""


async def always() -> bool:
    """Let it go on."""
    return True


class Vigil:
    """The one place that asks, for all lanes.

    Args:
        callers: Know who calls.
    """

    def __init__(self, callers: Callers) -> None:
        self._callers = callers

    def over(self, visit: Visit) -> Still:
        """Return what tells whether the stream of `visit` may go on; who needs no credential has none to lose."""
        if visit.principal == LOCAL:
            return always

        async def still() -> bool:
            return await self._is_there(visit)

        return still

    async def _is_there(self, visit: Visit) -> bool:
        headers, door = visit.request.headers, visit.door
        try:
            principal = self._callers.at_once(headers, door) or await self._callers(headers, door)
        except CredentialError:
            return False
        except SpotifyError:
            # What is kept of credentials cannot be reached, and nothing is known against this one.
            return True
        return Owner.of(principal) == visit.owner
