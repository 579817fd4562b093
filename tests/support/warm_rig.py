"""A warm-up that runs against a gateway and tells what it said and asked."""

import asyncio
import os
import re
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web

from ops.bootstrap import build_app, wire
from ops.serve import listening
from ops.settings import Settings
from ops.simulator import SimulatorConfig, World
from ops.simulator.calls import CallLog
from ops.warm.command import Wish, warm
from ops.warm.display import Totals
from ops.warm.items import Item

WORLD = World.of(1)
TRACKS = [Item("track", track.id) for track in WORLD.tracks]
AMPLE = SimulatorConfig(limit=1000)


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept = 0.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.slept += seconds
        await asyncio.sleep(0)


class Told:
    """A display that remembers."""

    def __init__(self) -> None:
        self.states: list[tuple[int, int]] = []
        self.waits: list[tuple[float, str]] = []
        self.closed = False
        self.waited = asyncio.Event()

    def moved(self, totals: Totals) -> None:
        self.states.append((totals.done, totals.asked))

    def waiting(self, left_s: float, reason: str, *, begins: bool) -> None:
        if begins:
            self.waits.append((left_s, reason))
            self.waited.set()

    def close(self) -> None:
        self.closed = True


class Run:
    """One run of the command, with what it said."""

    def __init__(
        self, folder: Path, base: str, *items: Item, market: str = "", again: bool = False, key: str = ""
    ) -> None:
        self.folder = folder
        self.wish = Wish(items=items, gateway=base, market=market, again=again, key=key)
        self.said: list[str] = []
        self.told = Told()
        self.clock = Clock()
        self.code: int | None = None

    async def __call__(self) -> "Run":
        self.code = await asyncio.wait_for(
            warm(
                self.wish,
                folder=self.folder,
                show=self.said.append,
                display=self.told,
                clock=self.clock,
                sleep=self.clock.sleep,
            ),
            30,
        )
        return self

    @property
    def summary(self) -> dict[str, int]:
        """The numbers of the summary by the word before them."""
        found = re.findall(
            r"(asked|warmed|already known|unknown to Spotify|had|spent|run) (\d+)", "\n".join(self.said)
        )
        return {name: int(number) for name, number in found}


def paths(log: CallLog) -> Counter[str]:
    return Counter(call.path for call in log.calls if call.path.startswith("/v1"))


Answer = Callable[[web.Request], Any]


@asynccontextmanager
async def scripted(answer: Answer) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_get("/v1/{path:.*}", answer)
    async with listening(app, "127.0.0.1", port=0) as base:
        yield base


def batch(request: web.Request, *, missing: tuple[str, ...] = (), **headers: str) -> web.Response:
    ids = request.query["ids"].split(",")
    given = {"X-Request-Id": "x", "X-Upstream-Calls": str(len(ids) - len(missing)), **headers}
    if missing:
        given["X-Missing-Ids"] = ",".join(missing)
    body = {"tracks": [None if one in missing else {"id": one} for one in ids]}
    return web.json_response(body, headers=given)


def error(status: int, message: str, **headers: str) -> web.Response:
    return web.json_response(
        {"error": {"status": status, "message": message}}, status=status, headers={"X-Request-Id": "x", **headers}
    )


@asynccontextmanager
async def gateway(spotify: str, folder: Path, *, port: int, calls: int) -> AsyncIterator[str]:
    settings = Settings.from_env(
        {
            "PORT": str(port),
            "DATA_DIR": str(folder),
            "SPOTIFY_CLIENT_ID": "demo-client",
            "SPOTIFY_CLIENT_SECRET": "demo-secret",
            "SPOTIFY_API_URL": f"{spotify}/v1",
            "SPOTIFY_ACCOUNTS_URL": spotify,
            "SPOTIFY_PROFILE": "development",
            "RATE_LIMIT_CALLS": str(calls),
            "RATE_LIMIT_WINDOW": "600",
        }
    )
    async with listening(build_app(wire(settings)), "127.0.0.1", port=port) as base:
        yield base


@asynccontextmanager
async def command(data: Path, base: str, *items: Item) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "ops", "warm", "--gateway", base, "-"),
        env={**os.environ, "DATA_DIR": str(data)},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    process.stdin.write("".join(f"{item}\n" for item in items).encode())
    process.stdin.close()
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def waits(process: asyncio.subprocess.Process) -> None:
    """Return when the process says that it waits."""
    assert process.stderr is not None
    async with asyncio.timeout(20):
        while b"waiting" not in (line := await process.stderr.readline()):
            assert line, "it ended first"
