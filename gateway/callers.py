"""The border at which a request's credential becomes a principal; nothing behind it sees the credential again."""

from collections.abc import Sequence
from contextlib import suppress
from enum import StrEnum
from typing import Protocol

from aiohttp import web
from multidict import MultiMapping

from gateway.errors import SpotifyError
from gateway.principal import LOCAL, Principal


class Door(StrEnum):
    """The ways in, each a resource of its own to which tokens are bound (RFC 8707); the value is its path."""

    REST = "/v1"
    MCP = "/mcp"
    SSE = "/sse"


PRINCIPAL = web.RequestKey("principal", Principal)
"""Who sent a request of the mirror, once that is known."""


class Callers(Protocol):
    """Knows who calls. Every request is asked anew, so that what was revoked ends with the next one."""

    async def __call__(self, headers: MultiMapping[str], door: Door) -> Principal:
        """Return who sent a request with these headers.

        Raises:
            CredentialError: Nobody who may; its `challenge` is the `WWW-Authenticate` of the 401.
        """
        ...

    def at_once(self, headers: MultiMapping[str], door: Door) -> Principal | None:
        """Return the same if it is known without waiting; None says nothing. It takes microseconds."""
        ...

    def challenge(self, door: Door, scopes: Sequence[str]) -> str:
        """Return the `WWW-Authenticate` of a 403 for want of `scopes` (RFC 6750).

        It is empty where a client cannot ask for more.
        """
        ...


class LocalCallers:
    """The callers of a gateway that only its own machine can reach: all are the same, whatever they send."""

    async def __call__(self, headers: MultiMapping[str], door: Door) -> Principal:  # noqa: ARG002 - the signature of Callers
        """See `Callers`."""
        return LOCAL

    def at_once(self, headers: MultiMapping[str], door: Door) -> Principal | None:  # noqa: ARG002 - the signature of Callers
        """See `Callers`."""
        return LOCAL

    def challenge(self, door: Door, scopes: Sequence[str]) -> str:  # noqa: ARG002 - the signature of Callers
        """There is no credential here that could be worth more."""
        return ""


class Register(Protocol):
    """Knows who of the callers has signed in; `gateway.auth.accounts.Accounts` do."""

    def of(self, principal: Principal) -> object | None:
        """Return something if `principal` is known here to have signed in."""
        ...

    def settled(self, principal: Principal) -> bool:
        """Tell whether `of` may be believed; it takes microseconds."""
        ...

    async def settle(self, principal: Principal) -> None:
        """Look `principal` up, so that `of` may be believed.

        Raises:
            SpotifyError: What is kept of sign-ins cannot be reached.
        """
        ...


class SettledCallers:
    """Callers of whom it is known whether they have signed in, so that nobody behind the door waits for that.

    Args:
        callers: Know who calls.
        register: Knows who has signed in. If it cannot be asked, whoever needs it will say so.
    """

    def __init__(self, callers: Callers, register: Register) -> None:
        self._callers = callers
        self._register = register

    async def __call__(self, headers: MultiMapping[str], door: Door) -> Principal:
        """See `Callers`."""
        principal = await self._callers(headers, door)
        if not self._register.settled(principal):
            with suppress(SpotifyError):
                await self._register.settle(principal)
        return principal

    def at_once(self, headers: MultiMapping[str], door: Door) -> Principal | None:
        """See `Callers`."""
        principal = self._callers.at_once(headers, door)
        return principal if principal is not None and self._register.settled(principal) else None

    def challenge(self, door: Door, scopes: Sequence[str]) -> str:
        """See `Callers`."""
        return self._callers.challenge(door, scopes)
