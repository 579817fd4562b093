"""Turns away callers who send too fast, before anything of a call is done; one rule for REST and MCP."""

from typing import Protocol

from gateway.errors import ThrottledError
from gateway.principal import Principal
from limiter.inbound import Inbound, TooFastError

REASON = "TOO_MANY_REQUESTS"


class Admit(Protocol):
    """Lets requests of a principal in."""

    async def __call__(self, principal: Principal) -> None:
        """Return when one request may go on, perhaps after a short wait.

        Raises:
            ThrottledError: The principal must come back later.
        """

    def at_once(self, principal: Principal) -> bool:
        """Let one request in if it need not wait; after False nothing has happened."""


class AtAnyRate:
    """Lets everybody in."""

    async def __call__(self, principal: Principal) -> None:
        """Return."""

    def at_once(self, principal: Principal) -> bool:  # noqa: ARG002 - the Protocol's name
        """Agree."""
        return True


class Admission:
    """The rule that an `Inbound` keeps."""

    def __init__(self, inbound: Inbound) -> None:
        self._inbound = inbound

    async def __call__(self, principal: Principal) -> None:
        """See `Admit.__call__`."""
        try:
            await self._inbound.admit(principal.id)
        except TooFastError as error:
            raise ThrottledError(
                "You send requests to this gateway faster than FERMATA_INBOUND_PER_S allows.",
                reason=REASON,
                retry_after_s=error.retry_after_s,
            ) from error

    def at_once(self, principal: Principal) -> bool:
        """See `Admit.at_once`."""
        return self._inbound.admit_at_once(principal.id)
