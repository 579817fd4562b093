"""An MCP server with resources over a scripted Spotify, on real sockets, and clients of several principals."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from operator import attrgetter
from typing import Any

import httpx2
from aiohttp import web
from mcp import Client
from mcp.client.sse import sse_client
from mcp.client.streamable_http import streamable_http_client
from mcp.server.lowlevel import Server

from badges import Badges
from bare_tools import OneView
from gateway.catalogue import CATALOGUE
from gateway.changes import Changes
from gateway.client import SpotifyClient
from gateway.endpoint import Endpoint, Profile
from gateway.guards import Guard
from gateway.learned import is_served
from gateway.principal import LOCAL, Principal
from gateway.transport import Response
from ops.serve import listening
from pipeline import OWNERS, CountingTokens, Notes, Script, ScriptedTransport, answer, new_client
from tools.generated.tool import endpoint_tool
from tools.observer import Outcome
from tools.resources import ResourceServer
from tools.runner import ToolRunner
from tools.server import build_server
from tools.transport import McpTransport, NullObserver, TransportConfig, Wire

ADA, BOB = Principal("ada"), Principal("bob")
USERS = (LOCAL, ADA, BOB)


class Deaf:
    """An observer of tools that does not listen."""

    def called(self, tool: str, outcome: Outcome, seconds: float) -> None:
        """Do nothing."""

    def crashed(self, tool: str, error: Exception) -> None:
        """Do nothing."""


def served_by(profile: Profile) -> Callable[[Endpoint], bool]:
    """Tell of what an app of `profile` can have, of which nothing else is known."""
    return partial(is_served, profile=profile, notebook=Notes())


def echo(method: str, url: str) -> Response:
    """A Spotify that answers a read with its address, and a write with nothing."""
    return answer({"url": url.removeprefix("https://api.test/v1")}) if method == "GET" else Response(204, {}, b"")


@dataclass(frozen=True, slots=True)
class Desk:
    """The parts behind the wires."""

    transport: ScriptedTransport
    client: SpotifyClient
    changes: Changes
    server: Server[Any]

    async def write(self, endpoint: str, *, who: Principal = LOCAL, **arguments: object) -> None:
        """Call a write in the name of `who`, as the REST mirror does."""
        await self.client.call(endpoint, arguments.items(), principal=who)

    @property
    def sent(self) -> list[str]:
        """The addresses that Spotify was asked for."""
        return [url.removeprefix("https://api.test/v1") for _, url in self.transport.sent]


def new_desk(script: Script = echo, *, profile: Profile = Profile.EXTENDED, **options: Any) -> Desk:
    """Build them on the running loop."""
    transport = ScriptedTransport(script, delay_s=0)
    changes = Changes(OWNERS, attrgetter("id"))
    users = {user: CountingTokens() for user in USERS}
    client = new_client(transport, profile=profile, users=users, changes=changes, **options)
    tools = [endpoint_tool(CATALOGUE[name], client) for name in ("save-tracks-user", "pause-a-users-playback")]
    runner = ToolRunner(observer=Deaf(), clock=asyncio.get_running_loop().time)
    server = build_server(OneView(tools), version="1", runner=runner)
    ResourceServer(client, CATALOGUE, served=served_by(profile), changes=changes).attach(server)
    return Desk(transport, client, changes, server)


class Streams(NullObserver):
    """Counts the open streams."""

    def __init__(self) -> None:
        self.open = 0

    def stream_opened(self, wire: Wire) -> None:
        """See `TransportObserver`."""
        del wire
        self.open += 1

    def stream_closed(self, wire: Wire) -> None:
        """See `TransportObserver`."""
        del wire
        self.open -= 1


@dataclass(frozen=True, slots=True)
class Place:
    """A running server."""

    desk: Desk
    base: str
    streams: Streams
    mcp: McpTransport

    @asynccontextmanager
    async def client(self, kind: str, *, who: Principal = LOCAL, **options: Any) -> AsyncIterator[Client]:
        """Connect as `who` over `kind`: modern, session or sse."""
        headers = {"X-Who": who.id}
        async with httpx2.AsyncClient(headers=headers, timeout=10) as http:
            target = (
                sse_client(f"{self.base}/sse", headers=headers)
                if kind == "sse"
                else streamable_http_client(f"{self.base}/mcp", http_client=http)
            )
            mode: Any = "2026-07-28" if kind == "modern" else "legacy"
            async with Client(target, mode=mode, **options) as client:
                yield client


@asynccontextmanager
async def open_place(desk: Desk, **config: Any) -> AsyncIterator[Place]:
    """Serve `desk`; nothing of it may be left afterwards."""
    guard = Guard(hosts=frozenset({"127.0.0.1"}))
    clock = asyncio.get_running_loop().time
    streams = Streams()
    mcp = McpTransport(
        desk.server, TransportConfig(guard=guard, **config), clock=clock, callers=Badges(), observer=streams
    )
    app = web.Application()

    async def lifespan(_: web.Application) -> AsyncIterator[None]:
        async with mcp:
            yield

    app.cleanup_ctx.append(lifespan)
    mcp.mount(app)
    async with listening(app, "127.0.0.1", port=0) as base:
        yield Place(desk, base, streams, mcp)
    assert desk.changes.listeners == 0
    assert not [task for task in asyncio.all_tasks() if task.get_name() == "resources.tell"]


def text_of(result: Any) -> str:
    """The one text that a read resource consists of."""
    (contents,) = result.contents
    assert contents.mime_type == "application/json"
    return str(contents.text)


def data_of(error: Any) -> Mapping[str, Any]:
    """What a protocol error carries."""
    data: Mapping[str, Any] = error.error.data
    return data
