"""Stops requests that would fail for want of a scope before they begin, and tells clients what to ask for."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from mcp_types import JSONRPCRequest

from gateway.callers import Callers
from gateway.principal import Principal
from tools.transport import wire
from tools.transport.refusal import Refusal
from tools.transport.visit import Visit


class Entitlements(Protocol):
    """Knows what the requests of a server need."""

    def lacking(self, message: JSONRPCRequest, selection: str, *, principal: Principal) -> Sequence[str]:
        """Return the scopes to ask for, all that the request needs, if without them it is sure to fail.

        None, if it may work, or if what is wrong with it is something else.
        """
        ...


class NoEntitlements:
    """Nothing needs a scope."""

    def lacking(self, message: JSONRPCRequest, selection: str, *, principal: Principal) -> Sequence[str]:  # noqa: ARG002 - the Entitlements signature
        """See `Entitlements`."""
        return ()


class StepUp:
    """The one place that decides on it, for all lanes.

    Args:
        callers: Word the challenge.
        entitlements: Know the scopes.
    """

    def __init__(self, callers: Callers, entitlements: Entitlements) -> None:
        self._callers = callers
        self._entitlements = entitlements

    def check(self, messages: Iterable[wire.Message], visit: Visit) -> None:
        """Let `messages` pass; none of them has begun.

        Raises:
            Refusal: One of them needs scopes that the credential of its visit does not carry (403).
        """
        principal = visit.principal
        if principal.scopes is None:
            return
        for message in messages:
            if isinstance(message, JSONRPCRequest):
                scopes = self._entitlements.lacking(message, visit.selection, principal=principal)
                if scopes:
                    self._challenge(message, visit, scopes)

    def _challenge(self, message: JSONRPCRequest, visit: Visit, scopes: Sequence[str]) -> None:
        challenge = self._callers.challenge(visit.door, scopes, below=visit.selection)
        # Empty where a client cannot ask for more: then the answer of the tool itself tells what to do.
        if challenge:
            raise Refusal(
                403,
                f"This needs {' '.join(scopes)}, which your access token does not carry. Nothing was done: "
                "have the user allow it (WWW-Authenticate says where and what), then send the same again",
                data={"reason": "INSUFFICIENT_SCOPE", "scopes": list(scopes)},
                request_id=message.id,
                headers={"WWW-Authenticate": challenge},
            )
