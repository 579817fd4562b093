"""One call made twice: straight to a simulator, and through a gateway to another simulator that is its twin."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from tempfile import TemporaryDirectory
from typing import Any, Literal

import aiohttp
import orjson
from aiohttp import web

from gateway.endpoint import Profile
from ops.bootstrap import build_app, wire
from ops.serve import listening
from ops.settings import Settings
from ops.simulator import CALL_LOG, TOKEN_DESK, SimulatorConfig, create_app
from ops.simulator.config import PROFILES as NAMES

PROFILES = {Profile(name): name for name in NAMES}
"""Those that the simulator knows, with its names for them."""

CONFIGS = {
    # Nobody is here for the budget; the frozen clock would never give a call back.
    profile: SimulatorConfig(profile=name, limit=5000)
    for profile, name in PROFILES.items()
}
STILL_S = 1000.0
"""What the clock of every simulator says all the time, so that what is written has the same time on both sides."""

READ = ("tracks", "albums", "episodes", "shows", "audiobooks")
FRIENDS = ("friend", "freebie", "quietkeys")

Json = Any


@dataclass(frozen=True, slots=True)
class Method:
    """How a library's method is called.

    Attributes:
        call: Makes the call with a client of the library.
        prepare: Brings the user's account into the state that the call needs; never through the gateway.
        token: Whose token the client has that goes past the gateway. `app` marks public things whose answer
            depends on the reader's country and where the method lets nobody name one: the gateway reads them
            for everybody, in no country.
    """

    call: Callable[[Any], Any]
    prepare: Callable[[Any], Any] | None = None
    token: Literal["user", "app"] = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a call.

    Attributes:
        value: What the method returned, as JSON.
        failure: Kind, status and reason of what it raised instead.
        calls: Method and path of what reached the simulator.
        state: What the user has afterwards; None if nothing was written.
    """

    value: Json = None
    failure: tuple[str, int, str] | None = None
    calls: tuple[tuple[str, str], ...] = ()
    state: Json = None


@dataclass(frozen=True, slots=True)
class Side:
    """Where a library sends its calls, and the simulator behind that."""

    base: str
    spotify: str
    simulator: web.Application

    def sign_in(self) -> str:
        """Return a token of the demo user for calls straight to the simulator."""
        return str(self.simulator[TOKEN_DESK].login("demo")["access_token"])


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


Run = Callable[[str, str, Callable[[Any], Any]], Awaitable[Outcome]]
"""Makes a call with a client of some library, given its base address and token."""


async def outcome(method: Method, side: Side, run: Run) -> Outcome:
    """Prepare, call, and look what has become of the user's account."""
    user = side.sign_in()
    if method.prepare is not None:
        prepared = await run(side.spotify, user, method.prepare)
        assert prepared.failure is None, prepared
    log = side.simulator[CALL_LOG]
    log.clear()
    through = side.base != side.spotify
    token = "the gateway has its own" if through else await _token(side) if method.token == "app" else user
    log.clear()
    result = await run(side.base, token, method.call)
    calls = tuple((call.method, call.path.removeprefix("/v1").rstrip("/")) for call in log.calls)
    calls = tuple(call for call in calls if call[1] != "/api/token")
    wrote = any(verb != "GET" for verb, _ in calls)
    return replace(result, calls=calls, state=await account(side.spotify, user) if wrote else None)


async def _token(side: Side) -> str:
    config = CONFIGS[Profile.DEVELOPMENT]
    credentials = aiohttp.BasicAuth(config.client_id, config.client_secret)
    async with aiohttp.ClientSession(auth=credentials) as http:
        async with http.post(f"{side.spotify}/api/token", data={"grant_type": "client_credentials"}) as response:
            return str((await response.json())["access_token"])


async def account(spotify: str, token: str) -> Json:
    """Return what the user has, in words that are the same in every profile."""
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as http:

        async def get(path: str) -> Json:
            async with http.get(f"{spotify}/v1{path}") as response:
                assert response.status in {200, 204}, (path, await response.text())
                return orjson.loads(await response.read() or b"null")

        pages = await asyncio.gather(*(get(f"/me/{plural}?limit=50") for plural in READ))
        followed = await get("/me/following?type=artist&limit=50")
        friends = await get(f"/me/library/contains?uris={','.join(f'spotify:user:{one}' for one in FRIENDS)}")
        playlists = [one for one in (await get("/me/playlists?limit=50"))["items"] if one]
        own = [one["id"] for one in playlists if one["owner"]["id"] == "demo"]
        contents = await asyncio.gather(*(get(f"/playlists/{one}/items?limit=50") for one in own))
        return {
            **{plural: _saved(page, plural[:-1]) for plural, page in zip(READ, pages, strict=True)},
            "artists": [one["uri"] for one in followed["artists"]["items"]],
            "users": friends,
            "playlists": [_details(one) for one in playlists],
            "contents": [_contents(page) for page in contents],
            "player": _player(await get("/me/player?additional_types=episode")),
            "queue": [one["uri"] for one in (await get("/me/player/queue"))["queue"]],
        }


def _saved(page: Json, kind: str) -> Json:
    return page["total"], [(one["added_at"], one[kind]["uri"]) for one in page["items"]]


def _details(playlist: Json) -> Json:
    kept = ("uri", "name", "description", "public", "collaborative", "snapshot_id", "images")
    return {name: playlist[name] for name in kept}


def _contents(page: Json) -> Json:
    entries = [
        (one["added_at"], one["added_by"]["id"], (one.get("item") or one.get("track") or {}).get("uri"))
        for one in page["items"]
    ]
    return page["total"], entries


def _player(state: Json) -> Json:
    if state is None:
        return None
    told = ("repeat_state", "shuffle_state", "progress_ms", "is_playing", "context", "timestamp")
    return {
        **{name: state[name] for name in told},
        "device": (state["device"]["id"], state["device"]["volume_percent"]),
        "item": state["item"] and state["item"]["uri"],
    }


GONE: Mapping[str, tuple[str, ...]] = {
    "track": ("available_markets", "linked_from", "popularity"),
    "album": ("album_group", "available_markets", "label", "popularity"),
    "artist": ("followers", "popularity"),
    "show": ("available_markets", "publisher"),
    "audiobook": ("available_markets", "publisher"),
    "chapter": ("available_markets",),
    "user": ("country", "email", "explicit_content", "followers", "product"),
}
"""Fields that objects lost in development mode in February 2026, by their type."""


def as_new(value: Json) -> Json:
    """Return an answer from before February 2026 as a new development-mode app gets it.

    That is: without the lost fields, and with a playlist's `tracks` as `items`.
    """
    if isinstance(value, list):
        return [as_new(one) for one in value]
    if not isinstance(value, dict):
        return value
    kind = value.get("type")
    gone = GONE.get(kind, ()) if isinstance(kind, str) else ()
    kept = {name: as_new(one) for name, one in value.items() if name not in gone}
    if kind == "playlist" and "tracks" in kept:
        kept["items"] = _moved(kept.pop("tracks"))
    return kept


def _moved(contents: Json) -> Json:
    """Return what a playlist says of its contents, in new words."""
    href = contents["href"].replace("/tracks", "/items")
    moved = {**contents, "href": href}
    if "items" in contents:
        moved["items"] = [
            {("item" if name == "track" else name): part for name, part in entry.items()}
            for entry in contents["items"]
        ]
    return moved
