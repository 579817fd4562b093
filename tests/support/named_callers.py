"""Callers who say their names as bearers, for tests of what stands behind the door."""

from collections.abc import Mapping, Sequence

from multidict import MultiMapping

from gateway.callers import Door
from gateway.errors import CredentialError
from gateway.principal import Principal


class NamedCallers:
    """Takes the names of `known`; at once or, like one who has to look things up, only when waited for."""

    def __init__(self, known: Mapping[str, Principal], *, prompt: bool = True) -> None:
        self._known = known
        self.prompt = prompt

    async def __call__(self, headers: MultiMapping[str], door: Door, *, below: str = "") -> Principal:
        del below
        principal = self._known.get(_name(headers))
        if principal is None:
            challenge = f'Bearer realm="{door.value}"'
            raise CredentialError("Say who you are", reason="CREDENTIAL_NEEDED", challenge=challenge)
        return principal

    def at_once(self, headers: MultiMapping[str], door: Door) -> Principal | None:
        del door
        return self._known.get(_name(headers)) if self.prompt else None

    def challenge(self, door: Door, scopes: Sequence[str], *, below: str = "") -> str:
        del below
        return f'Bearer error="insufficient_scope", scope="{" ".join(scopes)}", realm="{door.value}"'


def _name(headers: MultiMapping[str]) -> str:
    return headers.get("Authorization", "").removeprefix("Bearer ")
