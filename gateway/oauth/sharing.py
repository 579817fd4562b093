"""Lets pages of every origin read what programs ask the authorization server; nothing there hangs on who they are.

Browsers send no cookie along, and none would be looked at: all that counts stands in the request itself.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

SHARED: Final[Mapping[str, str]] = {hdrs.ACCESS_CONTROL_ALLOW_ORIGIN: "*"}
"""Goes with every such answer; for the origins of ALLOWED_ORIGINS `gateway.cors` names the origin instead."""

_PREFLIGHT_S: Final = 600


def preflight(method: str) -> Handler:
    """Return the handler of the question that a browser asks before it sends a `method` request."""

    async def answer(_: web.Request) -> web.Response:
        headers = {
            **SHARED,
            hdrs.ACCESS_CONTROL_ALLOW_METHODS: method,
            # MCP clients in browsers send their revision with everything.
            hdrs.ACCESS_CONTROL_ALLOW_HEADERS: "Accept, Authorization, Content-Type, Mcp-Protocol-Version",
            hdrs.ACCESS_CONTROL_MAX_AGE: str(_PREFLIGHT_S),
        }
        return web.Response(status=HTTPStatus.NO_CONTENT, headers=headers)

    return answer
