"""Lets in requests with tokens that Spotify has not judged: one request of each, and all at one modest pace.

Anybody can make up tokens, and each costs a call to find out. Were they callers like others, a few dozen would
take the whole budget.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler

from gateway.auth.pass_through import PREFIX, PassThrough
from gateway.callers import PRINCIPAL
from gateway.errors import ThrottledError
from gateway.principal import Principal
from limiter.inbound import Inbound, TooFastError

REASON: Final = "TOO_MANY_NEW_TOKENS"
_PATIENCE_S: Final = 10.0
"""How long the second request with a token waits for what becomes of the first."""


class Newcomers:
    """Stands behind the door of the mirror.

    Args:
        bearers: Know which tokens are new.
        pace: How fast requests with new tokens may come, all of them together.
    """

    def __init__(self, bearers: PassThrough, pace: Inbound) -> None:
        self._bearers = bearers
        self._pace = pace

    def mount(self, app: web.Application) -> None:
        """Attach it, behind whatever finds out who calls."""

        @web.middleware
        async def let_in(request: web.Request, handler: Handler) -> web.StreamResponse:
            principal = request.get(PRINCIPAL)
            if principal is None or not principal.id.startswith(PREFIX) or not self._bearers.new(principal):
                return await handler(request)
            async with self.let_in(principal):
                return await handler(request)

        app.middlewares.append(let_in)

    @asynccontextmanager
    async def let_in(self, principal: Principal) -> AsyncIterator[None]:
        """Let one request with a new token in; its end lets the next one with the same token find out more.

        Raises:
            ThrottledError: Too many new tokens come.
        """
        async with AsyncExitStack() as turn:
            try:
                async with asyncio.timeout(_PATIENCE_S):
                    await turn.enter_async_context(self._bearers.turn(principal))
            except TimeoutError:
                # Not worth more waiting; it goes on and is counted like a first one.
                pass
            if self._bearers.new(principal):
                await self._counted()
            else:
                await turn.aclose()
            yield

    async def _counted(self) -> None:
        try:
            await self._pace.admit(PREFIX)
        except TooFastError as error:
            raise ThrottledError(
                "Too many tokens come here that Spotify has not seen yet.",
                reason=REASON,
                retry_after_s=error.retry_after_s,
            ) from error
