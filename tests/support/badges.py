"""Callers that are whoever their headers say they are: X-Who, X-Client, and X-Scopes with spaces between."""

from collections.abc import Sequence

from multidict import MultiMapping

from gateway.callers import Door
from gateway.errors import CredentialError, UpstreamUnavailableError
from gateway.principal import LOCAL, Principal


class Badges:
    """Believes everybody but the stranger; the newcomer must be looked up, and the unlucky one cannot be.

    Attributes:
        steps_up: Whether a client can ask for more scopes.
        doors: Where somebody came in, in order.
    """

    def __init__(self, *, steps_up: bool = True) -> None:
        self.steps_up = steps_up
        self.doors: list[Door] = []

    async def __call__(self, headers: MultiMapping[str], door: Door, *, below: str = "") -> Principal:
        """See `Callers`."""
        del below
        self.doors.append(door)
        match headers.get("X-Who"):
            case "stranger":
                challenge = f'Bearer resource_metadata="https://gateway.test{door}", scope="user-library-read"'
                raise CredentialError("who are you? sign in", reason="TOKEN_MISSING", challenge=challenge)
            case "unlucky":
                raise UpstreamUnavailableError("What is kept cannot be reached; try again", retry_after_s=3)
        return self._principal(headers)

    def at_once(self, headers: MultiMapping[str], door: Door) -> Principal | None:
        """See `Callers`."""
        del door
        if headers.get("X-Who") in {"stranger", "newcomer", "unlucky"}:
            return None
        return self._principal(headers)

    def challenge(self, door: Door, scopes: Sequence[str], *, below: str = "") -> str:
        """See `Callers`."""
        del below
        words = f'error="insufficient_scope", scope="{" ".join(scopes)}"'
        return f'Bearer {words}, resource_metadata="https://gateway.test{door}"' if self.steps_up else ""

    def _principal(self, headers: MultiMapping[str]) -> Principal:
        scopes = headers.get("X-Scopes")
        granted = None if scopes is None else frozenset(scopes.split())
        return Principal(headers.get("X-Who", LOCAL.id), headers.get("X-Client", ""), granted)
