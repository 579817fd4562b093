"""One call made twice: straight to a simulator, and through a gateway to another simulator that is its twin."""

from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from tempfile import TemporaryDirectory
from typing import Any, Literal

import aiohttp
from aiohttp import web

from account import Json, account
from gateway.endpoint import Profile
from ops.bootstrap import build_app, wire
from ops.serve import listening
from ops.settings import Settings
from ops.simulator import CALL_LOG, TOKEN_DESK, SimulatorConfig, create_app
from ops.simulator.config import PROFILES as NAMES

CONFIGS = {
    # Nobody is here for the budget, and a clock that stands still would never give a call back.
    Profile(name): SimulatorConfig(profile=name, limit=5000)
    for name in NAMES
}
STILL_S = 1000.0
"""What the clock of every simulator always says, so that what is written has the same time on both sides."""

Failure = tuple[str, int, str]
"""Kind of an exception, HTTP status, and Spotify's reason or the exception's own words."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a method fails, or a call differs.

    `whose` is `library` for a bug of the library and `Spotify` for what Spotify refuses.
    """

    whose: Literal["library", "Spotify"]
    why: str
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class Method:
    """How a library's method is called.

    Attributes:
        call: Makes the call with a client of the library.
        prepare: Brings the user's account into the state that the call needs; never through the gateway.
        token: Whose token the client has that goes past the gateway. `app` marks public things that depend on
            the reader: a user's token brings the user's country and progress, and the gateway reads them with
            the app's token, for everybody.
        trouble: How the call fails, past the gateway and through it.
        instead: What a profile makes of the call that its endpoint's emulation does not tell.
    """

    call: Callable[[Any], Any]
    prepare: Callable[[Any], Any] | None = None
    token: Literal["user", "app"] = "user"
    trouble: Trouble | None = None
    instead: Mapping[Profile, Trouble] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a call.

    Attributes:
        value: What the method returned, as JSON.
        failure: What it raised instead.
        answers: What the library was answered, where it makes something else of it.
        lacks: Names of the fields that a library missed in them.
        calls: Method and path of what reached the simulator.
        state: What the user has afterwards; None if nothing was written.
    """

    value: Json = None
    failure: Failure | None = None
    answers: tuple[Json, ...] = ()
    lacks: frozenset[str] = frozenset()
    calls: tuple[tuple[str, str], ...] = ()
    state: Json = None


Run = Callable[[str, str, Callable[[Any], Any]], Awaitable[Outcome]]
"""Makes a call with a client of some library, given its base address and token."""


@dataclass(frozen=True, slots=True)
class Side:
    """Where a library sends its calls, and the simulator behind that."""

    base: str
    spotify: str
    simulator: web.Application

    def sign_in(self) -> str:
        """Return a token of the demo user for calls straight to the simulator."""
        return str(self.simulator[TOKEN_DESK].login("demo")["access_token"])

    async def app_token(self) -> str:
        """Return a token of the app itself."""
        config = CONFIGS[Profile.DEVELOPMENT]
        basic = b64encode(f"{config.client_id}:{config.client_secret}".encode()).decode()
        headers, form = {"Authorization": f"Basic {basic}"}, {"grant_type": "client_credentials"}
        async with (
            aiohttp.ClientSession(headers=headers) as http,
            http.post(f"{self.spotify}/api/token", data=form) as response,
        ):
            return str((await response.json())["access_token"])


@asynccontextmanager
async def straight(profile: Profile) -> AsyncIterator[Side]:
    """Start a simulator alone."""
    app = create_app(CONFIGS[profile], clock=lambda: STILL_S)
    async with listening(app, "127.0.0.1", port=0) as spotify:
        yield Side(spotify, spotify, app)


@asynccontextmanager
async def behind(profile: Profile) -> AsyncIterator[Side]:
    """Start a simulator with a gateway in front, on which the demo user is signed in."""
    async with AsyncExitStack() as stack:
        side = await stack.enter_async_context(straight(profile))
        config = CONFIGS[profile]
        environ = {
            "PORT": "0",
            "DATA_DIR": stack.enter_context(TemporaryDirectory()),
            "SPOTIFY_CLIENT_ID": config.client_id,
            "SPOTIFY_CLIENT_SECRET": config.client_secret,
            "SPOTIFY_API_URL": f"{side.spotify}/v1",
            "SPOTIFY_ACCOUNTS_URL": side.spotify,
            "SPOTIFY_PROFILE": profile,
            "RATE_LIMIT_CALLS": str(config.limit),
            "FERMATA_REFRESH_TOKEN": side.simulator[TOKEN_DESK].login("demo")["refresh_token"],
        }
        gateway = build_app(wire(Settings.from_env(environ)))
        base = await stack.enter_async_context(listening(gateway, "127.0.0.1", port=0))
        yield replace(side, base=base)


async def outcome(method: Method, side: Side, run: Run) -> Outcome:
    """Prepare, call, and look what has become of the user's account."""
    user = side.sign_in()
    if method.prepare is not None:
        prepared = await run(side.spotify, user, method.prepare)
        assert prepared.failure is None, prepared
    token = user
    if side.base != side.spotify:
        token = "the gateway has its own"
    elif method.token == "app":
        token = await side.app_token()
    log = side.simulator[CALL_LOG]
    log.clear()
    result = await run(side.base, token, method.call)
    calls = tuple(
        (call.method, call.path.removeprefix("/v1").rstrip("/"))
        for call in log.calls
        if call.path.startswith("/v1/")
    )
    wrote = any(verb != "GET" for verb, _ in calls)
    return replace(result, calls=calls, state=await account(side.spotify, user) if wrote else None)
