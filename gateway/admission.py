"""Turns away callers who send too fast, before anything of a call is done; one rule for REST and MCP."""

from typing import Protocol

from gateway.errors import ThrottledError
from gateway.principal import Principal
from limiter.inbound import Inbound, TooFastError

REASON = "TOO_MANY_REQUESTS"


class Admit(Protocol):
    """Lets one request of a principal in, perhaps after a short wait."""

    async def __call__(self, principal: Principal) -> None:
        """Return when the request may go on.

        Raises:
            ThrottledError: The principal must come back later.
        """


async def at_any_rate(principal: Principal) -> None:
    """Let everybody in."""


def admission(inbound: Inbound) -> Admit:
    """Return the rule that `inbound` keeps."""

    async def admit(principal: Principal) -> None:
        try:
            await inbound.admit(principal.id)
        except TooFastError as error:
            raise ThrottledError(
                "You send requests to this gateway faster than FERMATA_INBOUND_PER_S allows.",
                reason=REASON,
                retry_after_s=error.retry_after_s,
            ) from error

    return admit
