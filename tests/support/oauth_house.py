"""A house whose gateway is an authorization server, a place for the documents of programs, and somebody to ask."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

from aiohttp import web

import house as houses
from certificates import server_context, trusting
from gateway.oauth.fetch import GuardedFetch
from house import House, free_port
from ops.simulator import TOKEN_DESK, SimulatorConfig
from visitor import Visitor, visiting

BEFOREHAND = "known-beforehand"
"""The client id that the settings know."""
NAME = "Wren Player"
"""What the program of the document calls itself."""
CALLBACKS = ("http://127.0.0.1/callback", "http://localhost/callback", "http://127.0.0.1/oauth/callback")
"""Where programs of the settings and the document wait, at any port."""


@dataclass(frozen=True, slots=True)
class OAuthHouse:
    """A house, the address of a program's document, and somebody with a browser."""

    house: House
    document: str
    visitor: Visitor

    @property
    def base(self) -> str:
        """The gateway's public address."""
        return self.house.base

    def withdraw(self, user: str = "demo") -> None:
        """End at Spotify what `user` has agreed to, as people do on its account page."""
        self.house.simulator[TOKEN_DESK].revoke(user, access=True)


@asynccontextmanager
async def running(simulator: dict[str, Any] | None = None, **environ: str) -> AsyncIterator[OAuthHouse]:
    """Start a house in the mode `oauth`; `simulator` and `environ` add settings."""
    port = free_port()
    public = f"http://127.0.0.1:{port}"
    config = SimulatorConfig(redirect_uris=(f"{public}/oauth/callback",), **(simulator or {}))
    settings = {
        "AUTH_MODE": "oauth",
        "FERMATA_PUBLIC_URL": public,
        "PORT": str(port),
        "FERMATA_CLIENTS": ",".join(f"{BEFOREHAND}={callback}" for callback in CALLBACKS),
        "FERMATA_REFRESH_TOKEN": "",
    }
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        origin = await stack.enter_async_context(_documents(folder))
        # Programs take an https address only. Whom to trust there is no setting.
        stack.enter_context(patch("ops.authorization.GuardedFetch", partial(GuardedFetch, tls=trusting(folder))))
        inside = await stack.enter_async_context(
            houses.running(config, frozenset({origin}), **{**settings, **environ})
        )
        visitor = await stack.enter_async_context(visiting(inside.base, inside.spotify))
        yield OAuthHouse(inside, f"{origin}/client.json", visitor)


@asynccontextmanager
async def _documents(folder: Path) -> AsyncIterator[str]:
    """Serve the document of a program, and yield its origin."""

    async def document(request: web.Request) -> web.Response:
        said = {
            "client_id": str(request.url.with_scheme("https")),
            "client_name": NAME,
            "redirect_uris": CALLBACKS,
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "token_endpoint_auth_method": "none",
        }
        return web.json_response(said)

    app = web.Application()
    app.router.add_get("/client.json", document)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=server_context(folder, "localhost")).start()
        yield f"https://localhost:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
