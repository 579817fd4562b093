"""Several users of one gateway at once, each with a credential of its own, and everything that they can ask it."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, Literal

import aiohttp
import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from yarl import URL

from arrivals import PROGRAM, PROGRAM_REDIRECT, Visitor, entries_of, keys_for
from examples import example
from gateway.catalogue import CATALOGUE
from gateway.endpoint import Endpoint
from gateway.params import bind, render
from house import House, free_port, running
from jobs import JOBS
from marking import marked
from ops.simulator import SimulatorConfig
from ops.simulator.config import Profile
from tools.generated.names import NAMES

Way = Literal["key", "token", "bearer", "local"]
"""By a gateway key, a token of the gateway's own, a token of Spotify's, or none at all."""

META: Final = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
}


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer: what was asked, its status, all its text, and by which way of the cache it came."""

    asked: str
    status: int
    text: str
    cache: str = ""


@dataclass(frozen=True, slots=True)
class Guest:
    """A user of the gateway at `base`, who is `user` at Spotify and nobody else."""

    user: str
    way: Way
    base: str
    http: aiohttp.ClientSession
    headers: Mapping[str, str]

    @property
    def speaks_mcp(self) -> bool:
        """Whether its credential is one for MCP."""
        return self.way != "bearer"

    async def get(self, path: str) -> Heard:
        """Read a path of the mirror."""
        return await self._send("GET", path)

    async def ask(self, entry: Endpoint, *, market: bool = True) -> Heard:
        """Ask the mirror for an operation; without a market, it is read for this user even if it is public."""
        given = {name: value for name, value in example(entry).items() if market or name != "market"}
        request = render(entry, bind(entry, given.items()))
        query = URL.build(query=request.query).raw_query_string
        path = f"{request.path}?{query}" if query else request.path
        sent = {"Content-Type": request.body_type} if request.body else {}
        return await self._send(request.method, path, data=request.body or None, headers=sent)

    async def call(self, tool: str, arguments: Mapping[str, Any]) -> Heard:
        """Call a tool, on the stateless wire."""
        return await self.say("tools/call", tool, name=tool, arguments=dict(arguments))

    async def read(self, uri: str) -> Heard:
        """Read a resource."""
        return await self.say("resources/read", uri, uri=uri)

    async def say(self, method: str, about: str, **params: Any) -> Heard:
        """Send one message of the stateless wire."""
        message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {**params, "_meta": META}}
        headers = {
            "Accept": "application/json, text/event-stream",
            "MCP-Protocol-Version": "2026-07-28",
            "Mcp-Method": method,
            "Mcp-Name": about,
            **self.headers,
        }
        async with self.http.post(f"{self.base}/mcp", json=message, headers=headers) as response:
            return Heard(f"{method} {about}", response.status, await response.text())

    @asynccontextmanager
    async def client(self) -> AsyncIterator[Client]:
        """Connect the official client."""
        async with (
            httpx2.AsyncClient(headers=dict(self.headers), timeout=10) as http,
            Client(streamable_http_client(f"{self.base}/mcp", http_client=http)) as client,
        ):
            yield client

    async def _send(self, method: str, path: str, headers: Mapping[str, str] | None = None, **body: Any) -> Heard:
        url = URL(f"{self.base}/v1{path}", encoded=True)
        sent = {**self.headers, **(headers or {})}
        async with self.http.request(method, url, headers=sent, **body) as response:
            text, cache = await response.text(), response.headers.get("X-Cache", "")
            return Heard(f"{method} {path}", response.status, f"{text} {dict(response.headers)}", cache)

    async def everything(self, entries: Iterable[Endpoint]) -> Sequence[Heard]:
        """Ask for these operations by route and by tool, all at once."""
        asked = []
        for entry in entries:
            asked.append(self.ask(entry))
            if "market" in example(entry):
                asked.append(self.ask(entry, market=False))
            if self.speaks_mcp:
                asked.append(self.call(NAMES[entry.id], example(entry)))
        return await asyncio.gather(*asked)

    async def jobs(self) -> Sequence[Heard]:
        """Use each of the curated tools."""
        if not self.speaks_mcp:
            return ()
        return await asyncio.gather(*(self.call(job.tool, job.arguments) for job in JOBS.values()))


READS: Final = [entry for entry in CATALOGUE.values() if entry.method == "GET"]
WRITES: Final = [entry for entry in CATALOGUE.values() if entry.method != "GET"]


@asynccontextmanager
async def hosting(
    guests: Mapping[str, Way], profile: Profile = "extended_legacy", **environ: str
) -> AsyncIterator[tuple[House, Sequence[Guest]]]:
    """Start a gateway whose Spotify marks what it tells, and let `guests` come, by their users' names."""
    port, keys = free_port(), keys_for(*(user for user, way in guests.items() if way == "key"))
    base, ways = f"http://127.0.0.1:{port}", set(guests.values())
    spotify = SimulatorConfig(profile=profile, limit=100_000, users=3, redirect_uris=(f"{base}/oauth/callback",))
    mode: dict[str, str] = {}
    if "key" in ways:
        mode = {"AUTH_MODE": "keys", "FERMATA_KEYS": entries_of(keys), "FERMATA_PUBLIC_URL": base}
    if "token" in ways:
        clients = f"{PROGRAM}={PROGRAM_REDIRECT}"
        mode = {"AUTH_MODE": "oauth", "FERMATA_CLIENTS": clients, "FERMATA_PUBLIC_URL": base}
    passing = "on" if "bearer" in ways else "off"
    settings = {"PORT": str(port), "TOOLSETS": "full", "FERMATA_PASS_THROUGH": passing, **mode, **environ}
    # Of those that come without a credential, there is one: whose sign-in the settings name.
    async with running(spotify, frozenset(), marked, **settings) as house, aiohttp.ClientSession() as http:

        async def arrive(user: str, way: Way) -> Guest:
            credential = await _credential(house, user, way, keys)
            headers = {"Authorization": f"Bearer {credential}"} if credential else {}
            return Guest(user, way, house.base, http, headers)

        yield house, [await arrive(user, way) for user, way in guests.items()]


async def _credential(house: House, user: str, way: Way, keys: Mapping[str, str]) -> str:
    visitor = Visitor(house.base, user)
    match way:
        case "key":
            page = await visitor.sign_in_with(keys[user])
            assert "You are signed in" in page.text, page.text
            return keys[user]
        case "token":
            return str((await visitor.tokens())["access_token"])
        case "bearer":
            return house.sign_in(user)
        case "local":
            return ""
