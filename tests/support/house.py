"""Gateway and simulator in one process on real sockets, for tests that use real clients."""

import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from tempfile import TemporaryDirectory

import aiohttp
from aiohttp import web

from ops.bootstrap import Gateway, build_app, wire
from ops.serve import listening
from ops.settings import Settings
from ops.simulator import CALL_LOG, TOKEN_DESK, SimulatorConfig, create_app
from ops.simulator.calls import CallLog


@dataclass(frozen=True, slots=True)
class House:
    """A running pair: base addresses, the simulator, the gateway's parts, and the environment it was made from."""

    base: str
    spotify: str
    simulator: web.Application
    gateway: Gateway
    environ: Mapping[str, str]

    @property
    def log(self) -> CallLog:
        """What the simulator was asked."""
        return self.simulator[CALL_LOG]

    def sign_in(self, user: str = "demo") -> str:
        """Return an access token of `user` with every scope, for calls that go past the gateway."""
        return str(self.simulator[TOKEN_DESK].login(user)["access_token"])

    async def spoil(self, faults: str) -> None:
        """Let the simulator commit `faults` from now on; empty text ends them."""
        await self._order("faults", {"faults": faults})

    async def steer(self, **player: object) -> None:
        """Change the player of the user `demo` behind the gateway's back."""
        await self._order("player", {"user": "demo", **player})

    async def _order(self, what: str, body: Mapping[str, object]) -> None:
        async with (
            aiohttp.ClientSession() as http,
            http.post(f"{self.spotify}/_simulator/{what}", json=body) as response,
        ):
            assert response.status == HTTPStatus.OK, await response.text()


def free_port() -> int:
    """A port that nobody listens on now; where browsers come back must be known beforehand."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def as_it_is(simulator: web.Application) -> None:
    """Change nothing."""
    del simulator


@asynccontextmanager
async def running(
    simulator: SimulatorConfig | None = None,
    permitted: frozenset[str] = frozenset(),
    changed: Callable[[web.Application], None] = as_it_is,
    /,
    **environ: str,
) -> AsyncIterator[House]:
    """Start both, with the gateway's budget equal to the simulator's; `environ` adds settings.

    `permitted` are origins of documents of clients, see `wire`. `changed` may make another simulator of it.
    """
    config = simulator or SimulatorConfig()
    app = create_app(config)
    changed(app)
    async with AsyncExitStack() as stack:
        spotify = await stack.enter_async_context(listening(app, "127.0.0.1", port=0))
        made_from = {
            "PORT": "0",
            "DATA_DIR": stack.enter_context(TemporaryDirectory()),
            "SPOTIFY_CLIENT_ID": config.client_id,
            "SPOTIFY_CLIENT_SECRET": config.client_secret,
            "SPOTIFY_API_URL": f"{spotify}/v1",
            "SPOTIFY_ACCOUNTS_URL": spotify,
            "SPOTIFY_PROFILE": config.profile,
            "RATE_LIMIT_CALLS": str(config.limit),
            "RATE_LIMIT_WINDOW": str(config.window_s),
            # Tests send faster than any caller should.
            "FERMATA_INBOUND_PER_S": "0",
            "SPOTIFY_REDIRECT_URI": f"http://127.0.0.1:{free_port()}/callback",
            "FERMATA_REFRESH_TOKEN": app[TOKEN_DESK].login("demo")["refresh_token"],
        } | environ
        settings = Settings.from_env(made_from)
        gateway = wire(settings, permitted=permitted)
        base = await stack.enter_async_context(listening(build_app(gateway), settings.host, port=settings.port))
        yield House(base, spotify, app, gateway, made_from)
