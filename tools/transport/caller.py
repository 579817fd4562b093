"""Says who sent a request; the transport compares principals and knows nothing else about them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol, Self

from mcp.server.context import ServerRequestContext

from gateway.principal import LOCAL, Principal


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent a message, and how.

    Attributes:
        principal: Who it is.
        headers: Headers of the HTTP request that carried it, its credential among them; stdio has none.
        selection: What the address says after `/mcp/`: which of the server's tools are meant.
    """

    principal: Principal
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    selection: str = ""


class Owner(NamedTuple):
    """Whose a session is: a principal's and its program's, whatever each request's credential allows.

    A token that was renewed or widened goes on with its session; another program of the same person does not.
    """

    id: str
    client: str

    @classmethod
    def of(cls, principal: Principal) -> Self:
        """Return the owner of what `principal` opens."""
        return cls(principal.id, principal.client)


class Selections(Protocol):
    """Knows what the part of an address behind `/mcp/` may be."""

    def objection(self, selection: str) -> str:
        """Return why there is no such selection, and which there are; empty if there is."""
        ...


class NoSelections:
    """All tools have one address."""

    def objection(self, selection: str) -> str:
        """See `Selections`."""
        return "There is one set of tools here; leave out what follows /mcp or /sse" if selection else ""


def caller_of(ctx: ServerRequestContext[Any, Any]) -> Caller:
    """Whose request `ctx` belongs to; stdio has no other caller than the local user."""
    return ctx.request if isinstance(ctx.request, Caller) else Caller(LOCAL)


def principal_of(ctx: ServerRequestContext[Any, Any]) -> Principal:
    """The principal of `caller_of`."""
    return caller_of(ctx).principal
