"""Cuts off whoever takes too long to send a body: by then the caller may be another, or none any more.

Who calls is found out before the body is read. A program could otherwise keep requests open, and finish them hours
after its token was revoked. It costs nothing where a body comes with its head, or there is none.
"""

import asyncio
from typing import Final

from aiohttp import web

from gateway.lanes import Handler

PATIENCE_S: Final = 10.0
"""In which a cover of 340 KB, the largest body that people send, comes at 300 kbit/s."""


class TimelyBodies:
    """See `gateway.lanes.Lane`; it has to stand in front of all others.

    Args:
        patience_s: How long a body may take.
    """

    def __init__(self, patience_s: float = PATIENCE_S) -> None:
        self._patience_s = patience_s

    def ahead_of(self, ordinary: Handler) -> Handler:
        """Return the handler that watches the clock."""

        async def handle(request: web.BaseRequest) -> web.StreamResponse:
            if request.content.is_eof():
                return await ordinary(request)
            timer = asyncio.get_running_loop().call_later(self._patience_s, _cut_off, request)
            try:
                return await ordinary(request)
            finally:
                timer.cancel()

        return handle


def _cut_off(request: web.BaseRequest) -> None:
    if not request.content.is_eof() and request.transport is not None:
        # No 408: the handler may be answering already. That the connection ends cancels it.
        request.transport.abort()
