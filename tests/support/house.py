"""Gateway and simulator in one process on real sockets, for tests that use real clients."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from ops.bootstrap import Gateway, build_app, wire
from ops.serve import listening
from ops.settings import Settings
from ops.simulator import CALL_LOG, SimulatorConfig, create_app
from ops.simulator.calls import CallLog


@dataclass(frozen=True, slots=True)
class House:
    """A running pair: base addresses, the simulator's log, and the gateway's parts."""

    base: str
    spotify: str
    log: CallLog
    gateway: Gateway


@asynccontextmanager
async def running(simulator: SimulatorConfig | None = None, **environ: str) -> AsyncIterator[House]:
    """Start both, with the gateway's budget equal to the simulator's; `environ` adds settings."""
    config = simulator or SimulatorConfig()
    app = create_app(config)
    async with listening(app, "127.0.0.1", port=0) as spotify:
        settings = Settings.from_env(
            {
                "PORT": "0",
                "SPOTIFY_CLIENT_ID": config.client_id,
                "SPOTIFY_CLIENT_SECRET": config.client_secret,
                "SPOTIFY_API_URL": f"{spotify}/v1",
                "SPOTIFY_ACCOUNTS_URL": spotify,
                "SPOTIFY_PROFILE": config.profile,
                "RATE_LIMIT_CALLS": str(config.limit),
                "RATE_LIMIT_WINDOW": str(config.window_s),
            }
            | environ
        )
        gateway = wire(settings)
        async with listening(build_app(gateway), settings.host, port=settings.port) as base:
            yield House(base, spotify, app[CALL_LOG], gateway)
