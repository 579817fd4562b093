"""The mode `keys` from outside: programs with a key are let in by every door, others are told what they need."""

import asyncio
import shlex
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

import aiohttp
import httpx2
import orjson
import pytest
import spotipy
from mcp import Client, ClientSession
from mcp.client.sse import sse_client
from mcp.client.streamable_http import streamable_http_client

from arrivals import Visitor, entries_of, keys_for
from consent_browser import Browser
from guests import META, Guest
from house import House, running
from methods_tekore import run as run_tekore
from ops.settings import Settings, SettingsError
from ops.simulator import SimulatorConfig
from ops.simulator.world.world import World
from ports import free_port

KEYS = keys_for("anna", "desk")
TRACK = World.of(1).tracks[3].id
PUBLIC = f"/v1/tracks/{TRACK}?market=US"
WRONG = {
    "none": ({}, ""),
    "a wrong one": ({"Authorization": f"Bearer {keys_for('x')['x']}"}, "invalid_token"),
    "a part of one": ({"Authorization": f"Bearer {KEYS['anna'][:-1]}"}, "invalid_token"),
    "what is kept of one": ({"Authorization": f"Bearer {entries_of(KEYS).split(':')[1][:64]}"}, "invalid_token"),
    "another scheme": ({"Authorization": f"Basic {KEYS['anna']}"}, ""),
    "in another header": ({"X-Api-Key": KEYS["anna"]}, ""),
    "two in one": ({"Authorization": f"Bearer {KEYS['anna']} {KEYS['desk']}"}, "invalid_token"),
}
DOORS = {
    "REST": ("GET", PUBLIC),
    "REST, by its other name": ("GET", f"/api{PUBLIC}"),
    "REST, in the user's name": ("PUT", "/v1/me/player/pause"),
    "REST, no such thing": ("GET", "/v1/no/such/thing"),
    "MCP": ("POST", "/mcp"),
    "MCP, another view": ("POST", "/mcp/full"),
    "MCP, a stream": ("GET", "/mcp"),
    "SSE": ("GET", "/sse"),
    "SSE, its post box": ("POST", "/messages?session_id=x"),
}


@asynccontextmanager
async def keyed(**environ: str) -> AsyncIterator[House]:
    """Start a gateway with two keys and a page to sign in; nobody has signed in."""
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    spotify = SimulatorConfig(limit=1000, redirect_uris=(f"{base}/oauth/callback",))
    settings = {
        "PORT": str(port),
        "AUTH_MODE": "keys",
        "FERMATA_KEYS": entries_of(KEYS),
        "FERMATA_PUBLIC_URL": base,
        "FERMATA_REFRESH_TOKEN": "",
        **environ,
    }
    async with running(spotify, **settings) as house:
        yield house


def bearer(name: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {KEYS[name]}"}


async def ask(
    method: str, url: str, headers: Mapping[str, str], **sent: Any
) -> tuple[int, Mapping[str, str], bytes]:
    async with aiohttp.ClientSession() as http, http.request(method, url, headers=headers, **sent) as response:
        return response.status, response.headers, await response.read()


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("what", WRONG)
async def test_nobody_comes_in_without_a_key_and_all_are_told_in_the_words_of_oauth(what: str, door: str) -> None:
    (given, error), (method, path) = WRONG[what], DOORS[door]
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": META}}
    accept = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2026-07-28"}
    async with keyed() as house:
        sent = {"json": message} if method == "POST" else {}
        status, headers, body = await ask(method, house.base + path, {**accept, **given}, **sent)
        assert status == 401, body
        challenge = headers["WWW-Authenticate"]
        assert challenge.startswith('Bearer realm="fermata"')
        assert (f'error="{error}"' in challenge) is bool(error)
        assert ("fermata key NAME" in body.decode()) is (what != "two in one")
        assert not any(key in body.decode() + str(headers) for key in (*KEYS.values(), *given.values()))
        # Spotify has not heard of it.
        assert house.log.count() == 0


async def test_what_anybody_may_see_needs_no_key() -> None:
    async with keyed() as house:
        for path in ("/health", "/health/live", "/health/ready", "/openapi.json", "/docs", "/login"):
            assert (await ask("GET", house.base + path, {}))[0] == 200, path


async def test_a_program_on_the_command_line_works_with_the_header_alone() -> None:
    async with keyed() as house:
        command = f"curl -sS -i -H 'Authorization: Bearer {KEYS['anna']}' {shlex.quote(house.base + PUBLIC)}"
        process = await asyncio.create_subprocess_shell(command, stdout=asyncio.subprocess.PIPE)
        out, _ = await asyncio.wait_for(process.communicate(), 20)
        assert out.startswith(b"HTTP/1.1 200")
        assert TRACK.encode() in out


async def test_libraries_take_the_key_for_a_token() -> None:
    async with keyed() as house:
        assert "You are signed in" in (await Visitor(house.base, "friend").sign_in_with(KEYS["anna"])).text
        program = spotipy.Spotify(auth=KEYS["anna"], retries=0, requests_timeout=5)
        program.prefix = f"{house.base}/v1/"
        assert (await asyncio.to_thread(program.me))["id"] == "friend"
        # The other key is nobody's yet.
        program.set_auth(KEYS["desk"])
        with pytest.raises(spotipy.SpotifyException, match=f"Open {house.base}/login in a browser") as caught:
            await asyncio.to_thread(program.me)
        assert caught.value.http_status == 401
        assert (await asyncio.to_thread(program.track, TRACK, market="US"))["id"] == TRACK
        program.set_auth("fgk_of-somebody-else")
        with pytest.raises(spotipy.SpotifyException, match="does not know the key"):
            await asyncio.to_thread(program.track, TRACK)


async def test_an_asynchronous_library_takes_it_too() -> None:
    async with keyed() as house:
        assert "You are signed in" in (await Visitor(house.base, "friend").sign_in_with(KEYS["anna"])).text
        told = await run_tekore(house.base, KEYS["anna"], lambda program: program.current_user())
        assert told.value["id"] == "friend", told


async def test_every_official_client_comes_in_with_the_header() -> None:
    async with keyed() as house:
        assert "You are signed in" in (await Visitor(house.base, "friend").sign_in_with(KEYS["anna"])).text
        arguments = {"include": ["player"]}
        for mode in ("auto", "legacy"):
            async with (
                httpx2.AsyncClient(headers=bearer("anna"), timeout=10) as http,
                Client(streamable_http_client(f"{house.base}/mcp", http_client=http), mode=mode) as client,
            ):
                for _ in range(3):
                    assert not (await client.call_tool("spotify_status", arguments)).is_error
        async with (
            sse_client(f"{house.base}/sse", headers=bearer("anna")) as (read, write),
            ClientSession(read, write) as session,
        ):
            await session.initialize()
            assert not (await session.call_tool("spotify_status", arguments)).is_error


async def test_an_agent_is_told_where_to_sign_in_and_then_works() -> None:
    async with keyed() as house, aiohttp.ClientSession() as http:
        agent = Guest("demo", "key", house.base, http, bearer("desk"))
        told = orjson.loads((await agent.call("spotify_library", {"action": "tracks_get", "limit": 1})).text)
        assert f"Open {house.base}/login in a browser" in str(told)
        visitor = Visitor(house.base, "demo")
        assert "That is no key" in (await visitor.sign_out_with("fgk_guess")).text
        assert "Signed in as" in (await visitor.sign_in_with(KEYS["desk"])).text
        told = orjson.loads((await agent.call("spotify_library", {"action": "tracks_get", "limit": 1})).text)
        assert "Loaded 1 saved track" in str(told)
        assert "Signed out" in (await visitor.sign_out_with(KEYS["desk"])).text
        told = orjson.loads((await agent.call("spotify_library", {"action": "tracks_get", "limit": 1})).text)
        assert "Loaded" not in str(told)
        assert f"Open {house.base}/login" in str(told)


async def test_a_form_from_elsewhere_or_without_its_cookie_signs_nobody_in() -> None:
    async with keyed() as house:
        browser = Browser(house.base)
        form = {**(await browser.get("/login")).hidden, "key": KEYS["anna"], "decision": "sign-in"}
        assert (await browser.post("/login", form, origin="https://evil.example")).status == 403
        assert (await Browser(house.base).post("/login", form, origin=house.base)).status in {400, 403}
        assert house.log.count() == 0


def outside() -> str:
    """An address of this machine that is not loopback; empty without one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, suppress(OSError):
        # Nothing is sent: a datagram socket only looks up the way.
        probe.connect(("192.0.2.1", 9))
        return str(probe.getsockname()[0])
    return ""


OUTSIDE = outside()
EVERYWHERE = "0.0.0.0"  # noqa: S104 - to be reached from elsewhere is the point


@pytest.mark.skipif(not OUTSIDE, reason="this machine has no network")
async def test_others_in_the_network_come_in_with_a_key_and_do_not_see_the_metrics() -> None:
    async with keyed(HOST=EVERYWHERE) as house:
        port = house.base.rpartition(":")[2]
        here, there = f"http://127.0.0.1:{port}", f"http://{OUTSIDE}:{port}"
        for path, status in ((PUBLIC, 200), ("/health/live", 200), ("/health/ready", 200), ("/metrics", 403)):
            found, _, body = await ask("GET", there + path, bearer("anna"))
            assert found == status, (path, body)
        assert (await ask("GET", there + PUBLIC, {}))[0] == 401
        assert (await ask("GET", f"{here}/metrics", {}))[0] == 200
        # A page that leads its own name here is not let in, whatever it sends.
        assert (await ask("GET", there + PUBLIC, {**bearer("anna"), "Host": "evil.example"}))[0] == 421


def test_only_a_gateway_that_asks_for_credentials_listens_to_others() -> None:
    app = {"SPOTIFY_CLIENT_ID": "x", "SPOTIFY_CLIENT_SECRET": "y", "HOST": EVERYWHERE}
    for refused in ({}, {"AUTH_MODE": "local"}):
        with pytest.raises(SettingsError, match="this machine only"):
            Settings.from_env({**app, **refused})
    assert Settings.from_env({**app, "AUTH_MODE": "keys", "FERMATA_KEYS": entries_of(KEYS)}).host == EVERYWHERE
