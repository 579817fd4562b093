"""A program with spotipy keeps its own sign-in and changes one address; what is made up gets nothing."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
import spotipy
from spotipy.oauth2 import SpotifyOAuth, SpotifyPKCE

from consenting import ConsentingUser, jar
from guests import META
from house import House, running
from methods_spotipy import METHODS
from ops.simulator import TOKEN_DESK, SimulatorConfig
from ops.simulator.world.world import World

BACK = "http://127.0.0.1:8888/callback"
SCOPES = (
    "user-read-private user-read-email user-library-read user-top-read user-follow-read "
    "user-read-playback-state user-read-currently-playing user-read-recently-played "
    "user-read-playback-position playlist-read-private playlist-read-collaborative"
)
"""To read all, and to write nothing: what is refused is refused alike, too."""

KINDS = pytest.mark.parametrize("kind", [SpotifyOAuth, SpotifyPKCE])
AMPLE = SimulatorConfig(profile="extended_legacy", limit=10_000)
PUBLIC = f"/v1/tracks/{World.of(1).tracks[3].id}?market=US"
MOVING = {"progress_ms", "timestamp", "played_at"}
"""What is another from one call to the next."""


@asynccontextmanager
async def passing(config: SimulatorConfig = AMPLE, /, **environ: str) -> AsyncIterator[House]:
    async with running(config, FERMATA_PASS_THROUGH="on", **environ) as house:
        yield house


async def signed_in(house: House, kind: Any, terminal: pytest.MonkeyPatch, user: str) -> Any:
    """Return an auth manager of spotipy, whose user has signed in past the gateway."""
    secret = {"client_secret": AMPLE.client_secret} if kind is SpotifyOAuth else {}
    manager = kind(
        client_id=AMPLE.client_id,
        redirect_uri=BACK,
        scope=SCOPES,
        open_browser=False,
        requests_timeout=5,
        cache_handler=spotipy.MemoryCacheHandler(),
        **secret,
    )
    manager.OAUTH_AUTHORIZE_URL = f"{house.spotify}/authorize"
    manager.OAUTH_TOKEN_URL = f"{house.spotify}/api/token"
    async with aiohttp.ClientSession(cookie_jar=jar()) as http:
        back = await ConsentingUser(http, user).sign_in(manager.get_authorize_url())
    terminal.setattr("builtins.input", lambda _prompt: back)
    how = {"as_dict": False} if kind is SpotifyOAuth else {}
    await asyncio.to_thread(manager.get_access_token, check_cache=False, **how)
    return manager


def client(base: str, manager: Any) -> Any:
    """Return what a program makes of it; `base` is all that it changes."""
    made = spotipy.Spotify(auth_manager=manager, retries=0, status_retries=0, requests_timeout=10)
    made.prefix = f"{base}/v1/"
    return made


def still(value: Any) -> Any:
    """Return a JSON value without what moves on."""
    if isinstance(value, list):
        return [still(member) for member in value]
    if isinstance(value, dict):
        return {name: still(member) for name, member in value.items() if name not in MOVING}
    return value


# spotipy marks what Spotify deprecates.
@pytest.mark.filterwarnings("ignore::DeprecationWarning:spotipy")
@KINDS
async def test_dozens_of_methods_say_what_they_say_without_the_gateway(
    monkeypatch: pytest.MonkeyPatch, kind: Any
) -> None:
    # Nobody else has signed in, so it can be nobody else.
    async with passing(FERMATA_REFRESH_TOKEN="") as house:
        manager = await signed_in(house, kind, monkeypatch, "demo")
        straight, through = client(house.spotify, manager), client(house.base, manager)
        compared = 0
        for name, method in METHODS.items():
            if method.prepare or method.trouble or method.token == "app":
                continue
            told = []
            for side in (straight, through, through):
                try:
                    told.append(still(await asyncio.to_thread(method.call, side)))
                except spotipy.SpotifyException as error:
                    # The reason may be one that the gateway knows and Spotify does not tell.
                    told.append(error.http_status)
            assert told[1:] == told[:1] * 2, name
            compared += 1
        assert compared >= 50


@KINDS
async def test_a_token_that_runs_out_is_refreshed_by_the_program_and_the_gateway_never_sees_more(
    monkeypatch: pytest.MonkeyPatch, kind: Any
) -> None:
    # spotipy takes a token for expired in its last minute.
    config = SimulatorConfig(limit=10_000, token_ttl_s=59, rotate_refresh_tokens=True)
    async with passing(config) as house:
        program = client(house.base, await signed_in(house, kind, monkeypatch, "friend"))
        for _ in range(3):
            assert (await asyncio.to_thread(program.me))["id"] == "friend"
        counts = house.simulator[TOKEN_DESK].tally.summary()["users"]["friend"]
        assert counts["logins"] == 1
        assert counts["refreshes"] >= 3
        assert counts["refused"] == 0


async def test_spotifys_word_that_a_token_expired_reaches_the_program_in_spotifys_shape() -> None:
    async with passing(SimulatorConfig(limit=1000, token_ttl_s=1)) as house:
        program = spotipy.Spotify(auth=house.sign_in("friend"), retries=0, requests_timeout=5)
        program.prefix = f"{house.base}/v1/"
        assert (await asyncio.to_thread(program.me))["id"] == "friend"
        await asyncio.sleep(1.1)
        for calls in (1, 0):
            before = house.log.count(path_prefix="/v1/")
            with pytest.raises(spotipy.SpotifyException) as caught:
                await asyncio.to_thread(program.current_user_playlists)
            assert caught.value.http_status == 401
            assert "The access token expired" in str(caught.value)
            assert house.log.count(path_prefix="/v1/") - before == calls


async def get(http: aiohttp.ClientSession, house: House, path: str, token: str) -> tuple[int, str, Any]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with http.get(f"{house.base}{path}", headers=headers) as response:
        return response.status, response.headers.get("X-Cache", ""), await response.json()


@pytest.mark.parametrize("mode", ["local", "keys"])
async def test_a_made_up_token_is_shown_nothing_and_costs_one_call(mode: str) -> None:
    keys = {"AUTH_MODE": "keys", "FERMATA_KEYS": f"anna:{'0' * 64}"} if mode == "keys" else {}
    async with passing(**keys) as house, aiohttp.ClientSession() as http:
        good = house.sign_in("friend")
        known = [(await get(http, house, PUBLIC, good))[:2] for _ in range(3)]
        assert known[-1] == (200, "HIT")
        before = house.log.count(path_prefix="/v1/")
        paths = [PUBLIC, "/v1/me", PUBLIC, "/v1/search?q=x&type=track", "/api/v1/markets", "/v1/nothing"] * 3
        answers = await asyncio.gather(*(get(http, house, path, "made-up") for path in paths))
        for path, (status, cache, body) in zip(paths, answers, strict=True):
            assert (status, cache) == (404 if path == "/v1/nothing" else 401, ""), body
        assert house.log.count(path_prefix="/v1/") - before == 1
        assert (await get(http, house, PUBLIC, good))[:2] == (200, "HIT")


async def test_a_flood_of_made_up_tokens_leaves_the_budget_to_those_who_are_known() -> None:
    async with passing(SimulatorConfig(limit=30)) as house, aiohttp.ClientSession() as http:
        good = house.sign_in("friend")
        assert (await get(http, house, "/v1/me", good))[0] == 200
        before = house.log.count(path_prefix="/v1/")
        flood = [get(http, house, f"/v1/albums/{number:022d}", f"made-up-{number}") for number in range(300)]
        answers = [status for status, _, _ in await asyncio.gather(*flood)]
        # A tenth of the window, and hardly more in the moment that this took.
        assert answers.count(401) == house.log.count(path_prefix="/v1/") - before <= 4
        assert answers.count(429) == 300 - answers.count(401)
        # Nor does it hold up anybody who is known, by whatever way.
        for path, token in (("/v1/me/playlists", good), ("/v1/me", ""), ("/v1/me/tracks", "")):
            assert (await get(http, house, path, token))[0] == 200
        status, _, body = await get(http, house, "/v1/me", "made-up-300")
        assert (status, body["error"]["reason"]) == (429, "TOO_MANY_NEW_TOKENS")
        async with http.get(f"{house.base}/metrics") as response:
            assert "fermata_inbound_refused_total 29" in await response.text()


async def test_no_token_of_spotifys_opens_mcp() -> None:
    keys = {"AUTH_MODE": "keys", "FERMATA_KEYS": f"anna:{'0' * 64}"}
    async with passing(**keys) as house, aiohttp.ClientSession() as http:
        headers = {
            "Authorization": f"Bearer {house.sign_in()}",
            "Accept": "application/json, text/event-stream",
            "MCP-Protocol-Version": "2026-07-28",
            "Mcp-Method": "tools/list",
        }
        message = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": META}}
        async with http.post(f"{house.base}/mcp", json=message, headers=headers) as response:
            assert response.status == 401
            assert response.headers["WWW-Authenticate"].startswith("Bearer ")
        async with http.get(f"{house.base}/sse", headers=headers) as response:
            assert response.status == 401
        # Neither was it sent to Spotify, nor remembered.
        assert house.log.count(path_prefix="/v1/") == 0
        assert len(house.gateway.identity.bearers) == 0


async def test_the_apps_own_token_reads_what_is_public_and_is_told_what_needs_a_user() -> None:
    async with passing() as house, aiohttp.ClientSession() as http:
        basic = b64encode(f"{AMPLE.client_id}:{AMPLE.client_secret}".encode()).decode()
        form, headers = {"grant_type": "client_credentials"}, {"Authorization": f"Basic {basic}"}
        async with http.post(f"{house.spotify}/api/token", data=form, headers=headers) as response:
            token = (await response.json())["access_token"]
        # Whatever it asks for first.
        for path, status in (("/v1/me", 401), (PUBLIC, 200), ("/v1/me", 401), (PUBLIC, 200), ("/v1/markets", 200)):
            found, _, body = await get(http, house, path, token)
            assert found == status, (path, body)
            if status == 401:
                assert body["error"]["reason"] == "SIGN_IN_NEEDED"
