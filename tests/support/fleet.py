"""Gateways of separate processes on one Redis in front of one simulated Spotify, with callers and a judge."""

import asyncio
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

import redis_server
from ports import free_port

GATEWAYS = 4
CRAWLERS = 12
"""Concurrent crawlers at each gateway."""
APP = {"SPOTIFY_CLIENT_ID": "demo-client", "SPOTIFY_CLIENT_SECRET": "demo-secret"}


@dataclass(frozen=True, slots=True)
class Terms:
    """What is rehearsed.

    Attributes:
        limit: calls per window of the simulated Spotify, and of the gateways.
        window_s: length of the window.
        latency_s: seconds that the simulated Spotify takes for an answer.
    """

    limit: int
    window_s: float
    latency_s: float = 0.05


@dataclass(slots=True)
class Tally:
    """What callers saw."""

    answered: int = 0
    refused: int = 0
    failed: int = 0
    waits_s: list[float] = field(default_factory=list)


class Program:
    """A child process that can be killed and started again with the same command."""

    def __init__(self, command: Sequence[str], environ: dict[str, str], *, log: Path) -> None:
        self.environ = environ
        self._command = command
        self._log = log
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Run it."""
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(self._command, env=self.environ, stdout=log, stderr=log)

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        if self.process is not None:
            self.process.send_signal(number)

    def kill(self) -> None:
        """End it at once, as by `kill -9`."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            self.process.wait()


class Fleet:
    """Simulator, Redis and gateways; `settings` are for all gateways, which cache nothing unless they say so."""

    def __init__(self, folder: Path, terms: Terms, *, gateways: int = GATEWAYS, **settings: str) -> None:
        self.terms = terms
        self._settings = settings
        self.spotify = f"http://127.0.0.1:{free_port()}"
        self.redis_port = free_port()
        self.bases = [f"http://127.0.0.1:{free_port()}" for _ in range(gateways)]
        self._folder = folder
        self._simulator = self._fermata("simulator", self._simulator_options(), log="simulator")
        self.redis = redis_program(folder, self.redis_port)
        self.gateways = [self._gateway(number, base) for number, base in enumerate(self.bases)]

    def _simulator_options(self) -> list[str]:
        terms = self.terms
        return [
            *("--port", self.spotify.rsplit(":", 1)[1], "--profile", "extended"),
            *("--limit", str(terms.limit), "--window", str(terms.window_s)),
            *("--faults", f"delay:delay_s={terms.latency_s}"),
        ]

    def _gateway(self, number: int, base: str) -> Program:
        settings = {
            **APP,
            "PORT": base.rsplit(":", 1)[1],
            "SPOTIFY_API_URL": f"{self.spotify}/v1",
            "SPOTIFY_ACCOUNTS_URL": self.spotify,
            "SPOTIFY_PROFILE": "extended",
            "RATE_LIMIT_CALLS": str(self.terms.limit),
            "RATE_LIMIT_WINDOW": str(self.terms.window_s),
            "REDIS_URL": f"redis://127.0.0.1:{self.redis_port}/0",
            "DATA_DIR": str(self._folder / f"gateway-{number}"),
            "LOG_LEVEL": "WARNING",
            "FERMATA_CACHE_MIB": "0",
            "FERMATA_INBOUND_PER_S": "0",
            **self._settings,
        }
        return self._fermata("serve", [], log=f"gateway-{number}", **settings)

    def _fermata(self, command: str, options: list[str], *, log: str, **settings: str) -> Program:
        environ = {
            name: value for name, value in os.environ.items() if not name.startswith(("SPOTIFY", "FERMATA"))
        }
        return Program(
            [sys.executable, "-m", "ops", command, *options], environ | settings, log=self._folder / f"{log}.log"
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Fleet"]:
        """Start everything; everything is dead afterwards."""
        programs = [self._simulator, self.redis, *self.gateways]
        try:
            self._simulator.start()
            self.redis.start()
            await answering(self.spotify)
            token = await self._refresh_token()
            for gateway in self.gateways:
                gateway.environ["FERMATA_REFRESH_TOKEN"] = token
                gateway.start()
            await self.ready()
            yield self
        finally:
            for program in programs:
                program.kill()

    async def _refresh_token(self) -> str:
        user = {"user": "demo"}
        async with (
            aiohttp.ClientSession() as http,
            http.post(f"{self.spotify}/_simulator/login", json=user) as response,
        ):
            return str((await response.json())["refresh_token"])

    async def ready(self) -> None:
        """Wait until every gateway answers."""
        for base in self.bases:
            await answering(base)

    def redis_cli(self, *words: str) -> None:
        """Send Redis one command."""
        redis_cli(self.redis_port, *words)


def redis_program(folder: Path, port: int) -> Program:
    """A Redis without persistence, not yet started."""
    server, origin = redis_server.find()
    if server is None:
        raise SystemExit(f"this part needs Redis: {origin}")
    command = [str(server), "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    return Program(command, dict(os.environ), log=folder / f"redis-{port}.log")


def redis_cli(port: int, *words: str) -> None:
    """Send the Redis at `port` one command, in its own protocol."""
    with closing(socket.create_connection(("127.0.0.1", port), timeout=5)) as connection:
        parts = [f"*{len(words)}", *(part for word in words for part in (f"${len(word)}", word)), ""]
        connection.sendall("\r\n".join(parts).encode())
        connection.recv(1024)


async def answering(base: str) -> None:
    """Wait until something answers there.

    Raises:
        TimeoutError: nothing did for 30 seconds.
    """
    async with asyncio.timeout(30), aiohttp.ClientSession() as http:
        while True:
            with suppress(aiohttp.ClientError):
                async with http.get(f"{base}/health/live"):
                    return
            await asyncio.sleep(0.05)


class Load:
    """Callers at every gateway; each call asks for something new, so no cache helps."""

    def __init__(self, fleet: Fleet, http: aiohttp.ClientSession, *, people_per_s: float) -> None:
        self._fleet = fleet
        self._http = http
        self._people_per_s = people_per_s
        self._asked = 0
        self.crawl = Tally()
        self.people = Tally()

    async def run(self) -> None:
        """Go on until cancelled."""
        async with asyncio.TaskGroup() as group:
            for base in self._fleet.bases:
                for _ in range(CRAWLERS):
                    group.create_task(self._crawl(base))
            group.create_task(self._visit(group))

    async def _crawl(self, base: str) -> None:
        while True:
            if not await self._ask(base, "crawl", self.crawl, patience_s=600.0):
                await asyncio.sleep(0.5)

    async def _visit(self, group: asyncio.TaskGroup) -> None:
        while True:
            await asyncio.sleep(random.expovariate(self._people_per_s))
            base = random.choice(self._fleet.bases)
            group.create_task(self._ask(base, "interactive", self.people, patience_s=30.0))

    async def _ask(self, base: str, priority: str, tally: Tally, *, patience_s: float) -> bool:
        self._asked += 1
        url = f"{base}/v1/search?type=track&q={priority}+{os.getpid()}+{self._asked}"
        headers = {"X-Priority": priority, "X-Deadline-Ms": str(int(patience_s * 1000))}
        started = time.monotonic()
        try:
            async with self._http.get(url, headers=headers) as response:
                await response.read()
        except aiohttp.ClientError:
            tally.failed += 1
            return False
        if response.status == HTTP_OK:
            tally.answered += 1
            tally.waits_s.append(time.monotonic() - started)
            return True
        tally.refused += 1
        return False


HTTP_OK = 200


class Judge:
    """Reads the simulator's log."""

    def __init__(self, fleet: Fleet, http: aiohttp.ClientSession) -> None:
        self._fleet = fleet
        self._http = http

    async def calls(self) -> list[dict[str, object]]:
        """All calls that counted."""
        async with self._http.get(f"{self._fleet.spotify}/_simulator/calls") as response:
            return [call for call in (await response.json())["calls"] if call["path"].startswith("/v1")]

    async def plain_latencies_s(self, count: int) -> list[float]:
        """What calls take that go past the gateways. They count like any other."""
        credentials = aiohttp.BasicAuth(*APP.values())
        form = {"grant_type": "client_credentials"}
        async with self._http.post(f"{self._fleet.spotify}/api/token", data=form, auth=credentials) as response:
            token = (await response.json())["access_token"]
        taken = []
        for number in range(count):
            started = time.monotonic()
            url = f"{self._fleet.spotify}/v1/search?type=track&q=plain+{number}"
            async with self._http.get(url, headers={"Authorization": f"Bearer {token}"}) as response:
                await response.read()
            taken.append(time.monotonic() - started)
        return sorted(taken)

    def worst_window(self, arrivals: Iterable[float]) -> int:
        """Most arrivals in any window."""
        ordered, worst, first = sorted(arrivals), 0, 0
        for last, at in enumerate(ordered):
            while ordered[first] <= at - self._fleet.terms.window_s:
                first += 1
            worst = max(worst, last - first + 1)
        return worst
