"""The real command, the simulated Spotify and a browser between them, for tests of whole sign-ins."""

import asyncio
import os
import re
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from gateway.principal import LOCAL, Principal
from ops.accounts import opened_records
from ops.finding import Finding
from ops.login.command import login
from ops.login.findings import findings
from ops.login.logout import logout
from ops.login.wish import Wish
from ops.serve import listening
from ops.settings import Settings
from ops.simulator import SimulatorConfig, create_app
from sign_in_rig import Page, Person, browser, free_port
from tools.least import least_scopes

CLEAN = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith(("SPOTIFY_", "FERMATA_", "RATE_LIMIT_")) and name not in {"BROWSER", "DISPLAY"}
}


@dataclass(frozen=True)
class World:
    """A simulated Spotify, and the settings of a Fermata that knows its app."""

    spotify: str
    environ: Mapping[str, str]
    folder: Path

    @property
    def redirect_uri(self) -> str:
        return self.environ["SPOTIFY_REDIRECT_URI"]

    async def control(self, path: str, method: str = "POST", **body: object) -> Any:
        """Ask the simulator for something that Spotify has not."""
        async with (
            browser() as session,
            session.request(method, f"{self.spotify}/_simulator/{path}", json=body or None) as answer,
        ):
            assert answer.status < 300, await answer.text()
            return await answer.json() if answer.status != 204 else None

    def but(self, **changed: str) -> "World":
        """Return the same world with other settings."""
        return World(self.spotify, {**self.environ, **changed}, self.folder)

    async def answer(self, address: str, *, user: str = "demo", decision: str = "agree") -> str:
        """Do on Spotify's page what a person does; return where the browser then goes."""
        form = {"user": user, "decision": decision}
        async with browser() as session, session.post(address, data=form, allow_redirects=False) as answer:
            assert answer.status == 303, await answer.text()
            return answer.headers["Location"]


@asynccontextmanager
async def world(folder: Path, **config: Any) -> AsyncIterator[World]:
    """Yield a world with a port of its own for browsers that come back."""
    redirect_uri = f"http://127.0.0.1:{free_port()}/callback"
    simulated = SimulatorConfig(redirect_uris=(redirect_uri,), **config)
    async with listening(create_app(simulated), "127.0.0.1", port=0) as base:
        environ = CLEAN | {
            "PORT": "0",
            "DATA_DIR": str(folder),
            "SPOTIFY_CLIENT_ID": simulated.client_id,
            "SPOTIFY_CLIENT_SECRET": simulated.client_secret,
            "SPOTIFY_API_URL": f"{base}/v1",
            "SPOTIFY_ACCOUNTS_URL": base,
            "SPOTIFY_REDIRECT_URI": redirect_uri,
            "SPOTIFY_PROFILE": simulated.profile,
        }
        yield World(base, environ, folder)


@dataclass
class Command:
    """A command under way, with what it has said."""

    process: asyncio.subprocess.Process
    said: str = ""

    async def until(self, text: str) -> str:
        """Read on until it has said `text`."""
        assert self.process.stdout is not None
        async with asyncio.timeout(40):
            while text not in self.said:
                line = await self.process.stdout.readline()
                assert line, f"ended before it said {text!r}: {self.said}"
                self.said += line.decode()
        return self.said

    async def type(self, text: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{text}\n".encode())
        await self.process.stdin.drain()

    async def end(self, *, closing: bool = True) -> tuple[int | None, str, str]:
        """Return its exit code, and all that it has said on its two outputs."""
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        assert self.process.stdin is not None
        if closing:
            self.process.stdin.close()
        async with asyncio.timeout(40):
            out, err = await asyncio.gather(self.process.stdout.read(), self.process.stderr.read())
            await self.process.wait()
        self.said += out.decode()
        return self.process.returncode, self.said, err.decode()


@asynccontextmanager
async def running(*arguments: str, environ: Mapping[str, str]) -> AsyncIterator[Command]:
    """Run `fermata` with arguments, and see to it that it ends."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "ops",
        *arguments,
        env=environ,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield Command(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def finished(*arguments: str, environ: Mapping[str, str]) -> tuple[int | None, str, str]:
    """Run `fermata` to its end."""
    async with running(*arguments, environ=environ) as command:
        return await command.end()


async def visited(address: str) -> Page:
    """Return the page at an address."""
    async with browser() as session, session.get(address, allow_redirects=False) as answer:
        return Page(answer.status, await answer.text(), dict(answer.headers))


async def sent_to_spotify(start: str) -> str:
    """Open the way in, and return the address of Spotify's page."""
    page = await visited(start)
    assert page.status == 303
    return page.headers["Location"]


def address_in(text: str) -> str:
    """Return the address that stands on a line of its own."""
    found = re.findall(r"^ +(https?://\S+)$", text, flags=re.MULTILINE)
    assert found, text
    return str(found[0])


@dataclass
class Outcome:
    """How a command ended that ran in this process."""

    code: int
    person: Person

    @property
    def out(self) -> str:
        return "\n".join(self.person.shown)

    @property
    def err(self) -> str:
        return "\n".join(self.person.complaints)


async def sign_in(world: World, *, principal: Principal = LOCAL, timeout_s: float = 20, **how: str) -> Outcome:
    """Sign in from end to end, as `fermata login` does."""
    settings = Settings.from_env(world.environ)
    person = Person(has_browser=True)
    wish = Wish(scopes=least_scopes(settings.selection), browser=True, timeout_s=timeout_s)
    running = asyncio.create_task(login(wish, settings, principal, terminal=person))
    async with asyncio.timeout(30):
        address = await person.opens()
        page = await visited(await world.answer(await sent_to_spotify(address), **how))
        assert page.status in {200, 401}, page.text
        return Outcome(await running, person)


async def sign_out(world: World, *, principal: Principal = LOCAL) -> Outcome:
    """Sign out as `fermata logout` does."""
    person = Person()
    return Outcome(await logout(Settings.from_env(world.environ), principal, terminal=person), person)


async def found(world: World) -> list[Finding]:
    """Return what `fermata doctor` finds of users."""
    settings = Settings.from_env(world.environ)
    async with opened_records(settings) as records:
        return [one async for one in findings(settings, records, now=time.time())]


async def refuses(address: str) -> bool:
    """Tell whether nobody listens at an address."""
    try:
        await visited(address)
    except aiohttp.ClientConnectorError:
        return True
    return False
