"""Whatever happens, no secret stands in a log, a metric, an error, a process list, a file or Redis.

What the operator put into the environment of the process is the operator's own, and stays there.
"""

import asyncio
import base64
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from redis import Redis

import redis_server
from arrivals import CHALLENGE, PROGRAM, PROGRAM_REDIRECT, VERIFIER, Visitor, entries_of, keys_for
from consent_browser import Browser
from fleet import Program, answering
from guests import META
from leaks import Watch, forms
from ops.serve import listening
from ops.simulator import TOKEN_DESK, SimulatorConfig, create_app
from ports import free_port

pytestmark = pytest.mark.timeout(120)

CLIENT_SECRET = "cs-7d1f0a-of-the-app/with+odd=signs"
SEALING = "seal-93ab71-of-this-gateway-and-no-other"
PASSWORD = "pw-51c2e9-of-redis"
ACCOUNTS = "path_prefix=/api/token"
COOKIE = "ck-1e44b7-that-looks-like-nothing"
MADE_UP = "BQmade-up-8c1d55-by-nobody"


@dataclass(slots=True)
class Stage:
    """A gateway in a process of its own, and all that is known of secrets around it."""

    base: str
    spotify: str
    watch: Watch
    program: Program
    desk: Any

    def visitor(self, user: str) -> Visitor:
        return Visitor(self.base, user)

    def learn(self, visitor: Visitor) -> None:
        """Remember what passed through somebody's browser."""
        self.watch.know("what passed the browser", *visitor.passed)

    async def ask(self, method: str, path: str, token: str = "", **sent: Any) -> tuple[int, str]:
        """Send a request; what is said of a failure must not hold a secret."""
        headers = {**sent.pop("headers", {}), **({"Authorization": f"Bearer {token}"} if token else {})}
        async with (
            aiohttp.ClientSession() as http,
            http.request(method, self.base + path, headers=headers, **sent) as response,
        ):
            text = await response.text()
            if response.status >= 400:
                self.watch.see(f"the answer {response.status} to {path[:20]}", f"{text} {response.headers}")
            return response.status, text

    async def call(self, token: str, tool: str, **arguments: object) -> tuple[int, str]:
        """Call a tool; all that agents read counts as an error, for their makers log it."""
        params = {"name": tool, "arguments": arguments, "_meta": META}
        message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
        headers = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2026-07-28"}
        status, text = await self.ask("POST", "/mcp", token, json=message, headers=headers)
        self.watch.see(f"the result of {tool}", text)
        return status, text

    async def spoil(self, faults: str) -> None:
        """Let Spotify fail from now on."""
        order = f"{self.spotify}/_simulator/faults"
        async with aiohttp.ClientSession() as http, http.post(order, json={"faults": faults}) as response:
            assert response.status == 200

    async def raw(self, request: str) -> None:
        """Send what no client would. The server quotes the line that broke to who sent it, and to nobody else."""
        reader, writer = await asyncio.open_connection("127.0.0.1", int(self.base.rpartition(":")[2]))
        writer.write(request.encode())
        assert b" 400 " in await asyncio.wait_for(reader.read(4096), 10)
        writer.close()


@asynccontextmanager
async def stage(folder: Path, mode: Mapping[str, str], **config: Any) -> AsyncIterator[Stage]:
    """Serve with everything logged; afterwards nothing of what was seen may hold a secret."""
    watch = Watch()
    watch.know("the client secret", CLIENT_SECRET)
    watch.know("the sealing secret", SEALING)
    watch.know("a cookie", COOKIE)
    watch.know("the program's verifier", VERIFIER)
    base = f"http://127.0.0.1:{free_port()}"
    simulator = create_app(
        SimulatorConfig(
            client_secret=CLIENT_SECRET, limit=10_000, redirect_uris=(f"{base}/oauth/callback",), **config
        )
    )
    watch.marked(simulator)
    async with listening(simulator, "127.0.0.1", port=0) as spotify:
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("SPOTIFY", "FERMATA"))}
        environ = {
            **clean,
            "PORT": base.rpartition(":")[2],
            "DATA_DIR": str(folder / "data"),
            "SPOTIFY_CLIENT_ID": "demo-client",
            "SPOTIFY_CLIENT_SECRET": CLIENT_SECRET,
            "FERMATA_SECRET": SEALING,
            "SPOTIFY_API_URL": f"{spotify}/v1",
            "SPOTIFY_ACCOUNTS_URL": spotify,
            "SPOTIFY_PROFILE": "development",
            "RATE_LIMIT_CALLS": "10000",
            "LOG_LEVEL": "DEBUG",
            "FERMATA_LOG_FORMAT": "json",
            "FERMATA_DEADLINE_S": "1",
            "FERMATA_PUBLIC_URL": base,
            "FERMATA_PASS_THROUGH": "on",
            **mode,
        }
        program = Program([sys.executable, "-m", "ops", "serve"], environ, log=folder / "serve.log")
        program.start()
        try:
            await answering(base)
            yield Stage(base, spotify, watch, program, simulator[TOKEN_DESK])
            await look_around(program, base, watch)
        finally:
            program.kill()
        watch.see_files(folder)
        assert b"http.served" in (folder / "serve.log").read_bytes(), "it was logged in full"
        assert b"http.crashed" not in (folder / "serve.log").read_bytes()
        assert {kind: len(known) for kind, known in watch.secrets.items() if not known} == {}
        assert watch.leaks() == []


async def look_around(program: Program, base: str, watch: Watch) -> None:
    """See the metrics and the process list, then let the process end by itself."""
    async with aiohttp.ClientSession() as http, http.get(f"{base}/metrics") as response:
        watch.see("the metrics", await response.read())
    assert program.process is not None
    if sys.platform == "linux":
        listed = Path(f"/proc/{program.process.pid}/cmdline")
        watch.see("the process list", await asyncio.to_thread(listed.read_bytes))
    program.signal(signal.SIGTERM)
    assert await asyncio.to_thread(program.process.wait, 20) == 0


async def call_in_every_way(on: Stage, token: str) -> None:
    """Make good calls and bad ones."""
    for path in ("/v1/me", "/v1/me/tracks?limit=1", "/v1/tracks/nope", f"/v1/me?access_token={token}"):
        await on.ask("GET", path, token)
    await on.ask("PUT", "/v1/me/player/volume?volume_percent=1000", token)
    await on.ask("POST", "/v1/me/library", token, data=b"no json")
    await on.call(token, "spotify_library", action="tracks_get", limit=1)
    await on.call(token, "spotify_status", include=["player"])
    await on.call(token, "spotify_status", include=[token])
    await on.raw(f"GET /v1/me HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\x01\r\n\r\n")
    await on.raw(f"GET /v1/me?token={token} HTTP/9\r\nAuthorization {token}\r\n\r\n")
    await on.raw(f"{token} / HTTP/1.1\r\n\r\n")
    await on.raw(f"GET / HTTP/1.1\r\nHost: x\r\nCookie: a={COOKIE}\x01\r\n\r\n")


async def call_while_spotify_fails(on: Stage, token: str) -> None:
    """Make calls that cannot work."""
    for faults in ("5xx", "reset", "truncate", "text", "401", f"5xx:{ACCOUNTS}", f"reset:{ACCOUNTS}"):
        await on.spoil(faults)
        await on.ask("GET", "/v1/me/playlists", token)
        await on.ask("GET", "/v1/me/top/tracks", token, headers={"X-Deadline-Ms": "700"})
        await on.call(token, "spotify_library", action="tracks_get", limit=2)
    await on.spoil("")


async def come_without_reason(on: Stage, *wrong: str) -> None:
    """Try every door with credentials that are none."""
    for token in wrong:
        on.watch.know("a wrong credential", token)
        await on.ask("GET", "/v1/me", token)
        await on.ask("GET", "/v1/me", headers={"Authorization": f"Basic {token}"})
        await on.call(token, "spotify_status", include=["player"])
        await on.ask("GET", "/sse", token)
        await on.ask("GET", f"/oauth/callback?code={token}&state={token}&error={token}")


async def test_nothing_of_keys_sign_ins_and_their_failures_shows(tmp_path: Path) -> None:
    keys = keys_for("anna", "desk")
    mode = {"AUTH_MODE": "keys", "FERMATA_KEYS": entries_of(keys)}
    # Every call finds its token expired, or about to.
    async with stage(tmp_path, mode, token_ttl_s=59, rotate_refresh_tokens=True) as on:
        on.watch.know("a gateway key", *keys.values())
        await come_without_reason(on, *keys_for("x").values(), MADE_UP, "frt_" + "r" * 43, "fat_" + "a" * 43)
        demo, friend = on.visitor("demo"), on.visitor("friend")
        assert "no key" in (await demo.sign_out_with(keys["anna"][:-2])).text
        assert "You are signed in" in (await demo.sign_in_with(keys["anna"])).text
        await on.spoil(f"5xx:{ACCOUNTS}")
        assert "You are signed in" not in (await friend.sign_in_with(keys["desk"])).text
        await on.spoil("")
        assert "You are signed in" in (await friend.sign_in_with(keys["desk"])).text
        for token in (*keys.values(), on.desk.login("friend")["access_token"]):
            on.watch.know("a caller's own token", token)
            await call_in_every_way(on, token)
        await call_while_spotify_fails(on, keys["anna"])
        on.desk.revoke("friend", access=True)
        for token in keys.values():
            await call_in_every_way(on, token)
        await demo.sign_out_with(keys["anna"])
        on.learn(demo)
        on.learn(friend)


@contextmanager
def redis_that_writes_all_down(folder: Path) -> Iterator[str]:
    """Run a Redis that keeps every command it was given, in a file below `folder`."""
    options = ("--appendonly", "yes", "--appendfsync", "always", "--requirepass", PASSWORD)
    with redis_server.running(folder, *options) as url:
        yield url.replace("redis://", f"redis://:{PASSWORD}@")


async def test_nothing_of_programs_and_their_tokens_shows_nor_stands_in_redis(tmp_path: Path) -> None:
    mode = {"AUTH_MODE": "oauth", "FERMATA_CLIENTS": f"{PROGRAM}={PROGRAM_REDIRECT}", "FERMATA_REGISTRATION": "on"}
    with redis_that_writes_all_down(tmp_path) as url:
        async with stage(tmp_path, {**mode, "REDIS_URL": url}, token_ttl_s=59) as on:
            on.watch.know("the password of Redis", PASSWORD)
            await come_without_reason(on, "fat_" + "a" * 43, MADE_UP)
            visitor = on.visitor("demo")
            issued = await visitor.tokens()
            on.watch.know("a token of ours", issued["access_token"], issued["refresh_token"])
            await call_in_every_way(on, issued["access_token"])
            await call_while_spotify_fails(on, issued["access_token"])
            for form in wrong_forms(issued["refresh_token"]):
                status, text = await on.ask("POST", "/oauth/token", data=form)
                on.watch.know("a token of ours", *(part for part in text.split('"') if part[1:4] == "at_"))
                assert status == (200 if "access_token" in text else 400)
            # Spent twice: all that came of it ends.
            await on.ask("POST", "/oauth/token", data=wrong_forms(issued["refresh_token"])[-1])
            assert (await on.ask("GET", "/v1/me", issued["access_token"]))[0] == 401
            again = await on.visitor("friend").tokens()
            on.watch.know("a token of ours", again["access_token"], again["refresh_token"])
            await on.ask("POST", "/oauth/revoke", data={"token": again["access_token"]})
            await leave_in_the_middle(on)
            last = await on.visitor("friend").tokens()
            on.watch.know("a token of ours", last["access_token"], last["refresh_token"])
            on.learn(visitor)
            # The vault is away from here on, and so is everything else that is kept.
            on.watch.see_files(tmp_path)
            stop_redis(url)
            await call_in_every_way(on, last["access_token"])
            await on.ask("GET", "/oauth/authorize?client_id=x")
            form = {"grant_type": "refresh_token", "client_id": PROGRAM, "refresh_token": last["refresh_token"]}
            await on.ask("POST", "/oauth/token", data=form)
    assert (tmp_path / "appendonly.aof").stat().st_size > 10_000


def stop_redis(url: str) -> None:
    """Let Redis end."""
    with Redis.from_url(url) as client:
        client.shutdown(nosave=True)


def wrong_forms(refresh_token: str) -> list[dict[str, str]]:
    """Return what a token endpoint gets, right at the very end."""
    code = {"grant_type": "authorization_code", "client_id": PROGRAM, "redirect_uri": PROGRAM_REDIRECT}
    renewal = {"grant_type": "refresh_token", "client_id": PROGRAM}
    return [
        {**code, "code": "a code that nobody was given", "code_verifier": VERIFIER},
        {**renewal, "refresh_token": "frt_" + "x" * 43},
        {**renewal, "refresh_token": refresh_token, "client_id": "another program"},
        {**renewal, "refresh_token": refresh_token, "resource": "https://elsewhere.example"},
        {**renewal, "refresh_token": refresh_token},
    ]


async def leave_in_the_middle(on: Stage) -> None:
    """Begin to allow a program, and answer with what belongs to nothing."""
    browser = Browser(on.base)
    wish = {"response_type": "code", "client_id": PROGRAM, "redirect_uri": PROGRAM_REDIRECT, "state": "abc" * 9}
    wish |= {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
    asked = await browser.get("/oauth/authorize", wish)
    assert asked.status == 200, asked.text
    on.watch.know("the state of a program", wish["state"])
    on.watch.know("a form's secret", *asked.hidden.values(), *browser.cookies.values())
    stranger = Browser(on.base)
    refused = await stranger.post("/oauth/consent", {**asked.hidden, "decision": "allow"}, origin=on.base)
    assert refused.status >= 400
    on.watch.see("the page for a stranger", refused.text)


@pytest.mark.parametrize("text", ["{}", "code={}&x=1", "Basic {}"])
def test_a_secret_is_found_in_whatever_form_it_stands(text: str) -> None:
    secret = "AQ/one+of Spotify's=codes_and-more"
    other = "AQanother-that-is-as-long-as-it-0123456789"
    for around in ("", "a", "ab", "abc"):
        hidden = base64.b64encode(f"{around}:{secret}:{around}".encode()).decode()
        url_safe = base64.urlsafe_b64encode(f"{around}{secret}".encode()).decode()
        for written in (secret, hidden, url_safe, "AQ%2Fone%2Bof%20Spotify%27s%3Dcodes_and-more"):
            watch = Watch()
            watch.know("code", secret)
            watch.see("log", text.format(written))
            assert len(watch.leaks()) >= 1, written
    assert not any(form in text.format(other).encode() for form in forms(secret))
