"""Runs the gateway in front of the simulator, in one process: a first success without an account."""

import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import Final

from gateway.keys import fingerprint, new_key
from ops.bootstrap import build_app, wire
from ops.serve import listening, serve
from ops.settings import Settings
from ops.simulator import TOKEN_DESK, SimulatorConfig
from ops.simulator import create_app as create_simulator

_WELCOME = """\
Fermata is running in front of a simulated Spotify: no account, no Redis, no internet.

  {base}/v1        the Spotify Web API, for any client that lets you change its base URL
  {base}/mcp       MCP over Streamable HTTP, five tools for agents; /mcp/full shows one for each operation too
  {base}/sse       the same over the older HTTP+SSE pair
  {base}/docs      every operation, to be read in a browser
  {base}/metrics   Prometheus; /health tells whether all is well
  {spotify}/v1        the simulator itself: profile {profile}, {calls} calls per {window:g} s

{tries}
Stop with Ctrl-C.
"""

_TRIES: Final[Mapping[str, str]] = {
    "local": """\
Try this in another terminal:

  1. Search over REST; run it twice: the second answer says X-Cache: HIT and costs no quota

     curl -si '{base}/v1/search?q=paper+lanterns&type=track&limit=1'

  2. Call an MCP tool

     curl -s {base}/mcp -H 'Content-Type: application/json' -H 'Accept: application/json, text/event-stream' \\
       -H 'MCP-Protocol-Version: 2026-07-28' -H 'Mcp-Method: tools/call' -H 'Mcp-Name: spotify_search' \\
       -d '{call}'

  3. See what it cost

     curl -s {base}/metrics | grep -E '^fermata_(upstream_calls|cache_lookups|limiter_free)'
""",
    "keys": """\
Whoever calls needs a key. {keys}

  1. Open {base}/login in a browser, type a key, and sign in; the simulated Spotify lets you be whoever you like

  2. Read the saved tracks of whom you have chosen

     curl -s -H 'Authorization: Bearer {key}' '{base}/v1/me/tracks?limit=1'

  3. Without a key you are told what is missing

     curl -si '{base}/v1/me/tracks?limit=1'
""",
    "oauth": """\
Whoever calls needs an access token, and programs that speak OAuth get one by themselves:

  1. Give the address {base}/mcp to an MCP client that can sign in, such as the MCP Inspector

  2. A browser opens: allow the program what it asks for, and choose a user; the simulated Spotify lets you be
     whoever you like

  3. See what a program learns that comes without a token

     curl -si '{base}/v1/me/tracks?limit=1'
     curl -s {base}/.well-known/oauth-authorization-server
""",
}

DEMO: Final = SimulatorConfig(
    # Without a port, which Spotify takes for any: the gateway's own pages are where it listens.
    limit=30,
    redirect_uris=("http://127.0.0.1/callback", "http://127.0.0.1/oauth/callback"),
)
"""The simulated Spotify behind the demo."""

_CALL = (
    '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"spotify_search",'
    '"arguments":{"queries":["paper lanterns","nightjar avenue"],"types":["track","artist"],"limit":3},'
    '"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",'
    '"io.modelcontextprotocol/clientCapabilities":{}}}}'
)


@asynccontextmanager
async def simulated(environ: Mapping[str, str]) -> AsyncIterator[Settings]:
    """Run a simulator and yield settings that point at it; other settings come from `environ`.

    Raises:
        SettingsError: What `environ` adds is wrong.
        ListenError: No port is to be had for the simulator.
    """
    app = create_simulator(DEMO)
    with TemporaryDirectory(prefix="fermata-") as folder:
        async with listening(app, "127.0.0.1", port=0) as base:
            yield Settings.from_env(
                {
                    "DATA_DIR": folder,
                    "SPOTIFY_PROFILE": DEMO.profile,
                    "RATE_LIMIT_CALLS": str(DEMO.limit),
                    "RATE_LIMIT_WINDOW": str(DEMO.window_s),
                    **environ,
                    "SPOTIFY_CLIENT_ID": DEMO.client_id,
                    "SPOTIFY_CLIENT_SECRET": DEMO.client_secret,
                    "SPOTIFY_API_URL": f"{base}/v1",
                    "SPOTIFY_ACCOUNTS_URL": base,
                    "FERMATA_REFRESH_TOKEN": app[TOKEN_DESK].login("demo")["refresh_token"],
                }
            )


@dataclass(frozen=True, slots=True)
class _Staged:
    """A demo's environment; `key` may be shown, since it was made for this demo. Empty: none was."""

    environ: Mapping[str, str]
    key: str = ""


def _staged(environ: Mapping[str, str]) -> _Staged:
    """Add what the mode needs to be tried and `environ` does not say."""
    mode = environ.get("AUTH_MODE", "").strip()
    if mode not in {"keys", "oauth"}:
        return _Staged(environ)
    # Known before anything listens, for it is part of addresses that are given out.
    port = environ.get("PORT", "").strip() or "8080"
    port = _free_port() if port == "0" else port
    # A client that has nothing but the address can come in only if it may register.
    staged = {"FERMATA_PUBLIC_URL": f"http://127.0.0.1:{port}", "FERMATA_REGISTRATION": "on", **environ}
    if mode == "oauth" or environ.get("FERMATA_KEYS", "").strip():
        return _Staged({**staged, "PORT": port})
    key = new_key()
    return _Staged({**staged, "PORT": port, "FERMATA_KEYS": f"anna:{fingerprint(key)}"}, key)


def _free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


async def demo(environ: Mapping[str, str], *, show: Callable[[str], None]) -> None:
    """Run gateway and simulator until the process is told to stop; `show` gets the welcome text.

    Raises:
        SettingsError: What `environ` adds is wrong.
        ListenError: The port is taken.
    """
    staged = _staged(environ)
    keys = f"This one was made for this demo: {staged.key}" if staged.key else "FERMATA_KEYS says which there are."
    async with simulated(staged.environ) as settings:

        def announce(base: str) -> None:
            spotify = settings.spotify_accounts_url
            tries = _TRIES[settings.auth_mode].format(
                base=base, call=_CALL, keys=keys, key=staged.key or "fgk_..."
            )
            show(
                _WELCOME.format(
                    base=base,
                    spotify=spotify,
                    tries=tries,
                    profile=DEMO.profile,
                    calls=DEMO.limit,
                    window=DEMO.window_s,
                )
            )

        app = build_app(wire(settings))
        await serve(app, settings.host, port=settings.port, announce=announce)
