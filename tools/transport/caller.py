"""Says who sent a request; the transport compares principals and reads nothing else about a caller."""

from dataclasses import dataclass
from typing import Any, Final, Protocol

from aiohttp import web
from mcp.server.context import ServerRequestContext


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who is calling and what they were granted.

    Subclass it to carry more to the tool handlers: every HTTP request is authenticated anew, so a handler
    sees the caller of its own request, not the one that opened the session.
    """

    principal: str
    scopes: frozenset[str] = frozenset()


LOCAL: Final = Caller(principal="local")


class Authenticate(Protocol):
    """Turns an HTTP request into its caller."""

    async def __call__(self, request: web.Request) -> Caller:
        """Return the caller.

        Raises:
            web.HTTPException: to turn the request away; it becomes the response as it is.
        """
        ...


async def everyone_is_local(request: web.Request) -> Caller:  # noqa: ARG001 - the Authenticate signature
    """The authentication of a server that only its own machine can reach."""
    return LOCAL


def caller_of(ctx: ServerRequestContext[Any, Any]) -> Caller:
    """The caller of the request that `ctx` belongs to; stdio has no other caller than the local user."""
    return ctx.request if isinstance(ctx.request, Caller) else LOCAL
