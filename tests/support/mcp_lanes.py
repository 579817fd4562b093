"""One set of tools behind two servers: one with the fast lane in front, one without."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import BaseModel, ConfigDict, Field

from badges import Badges
from gateway.admission import Admission
from gateway.app import create_app
from gateway.auth.tokens import TokenProvider
from gateway.catalogue import CATALOGUE
from gateway.client import SpotifyClient
from gateway.guards import Guard
from gateway.lanes import LANES
from gateway.observer import NullObserver
from gateway.principal import LOCAL, Principal
from gateway.transport import Response
from limiter.inbound import Inbound, InboundConfig
from ops.serve import listening
from pipeline import CountingTokens, Script, ScriptedTransport, answer, new_client
from raw_http import RawAnswer, line
from tools.entitlements import ToolEntitlements
from tools.fast import Answers, Encoder, FastLane, Repeats
from tools.generated.tool import generate
from tools.library import library_tool
from tools.observer import Outcome
from tools.runner import ToolRunner
from tools.search import search_tool
from tools.selection import CORE, Selection
from tools.server import build_server
from tools.tool import Tool, ToolCall, ToolResult, checked
from tools.transport import McpTransport, TransportConfig, Wire
from tools.views import ToolViews

LISTED = "https://app.example"
MODERN = "2026-07-28"
MOVING = ("Date", "X-Request-Id", "Mcp-Session-Id")
JSON = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
ENVELOPE: Mapping[str, Any] = {
    "io.modelcontextprotocol/protocolVersion": MODERN,
    "io.modelcontextprotocol/clientCapabilities": {},
    "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
}
PICTURE = {"type": "image", "data": "aGVsbG8=", "mimeType": "image/png", "unknown": 1}


class Word(BaseModel):
    """What the tools take."""

    model_config = ConfigDict(extra="forbid")

    word: str = Field("", max_length=200)


@dataclass
class Toolbox:
    """Tools that do as they are told; slow ones wait for `release`."""

    started: asyncio.Event = field(default_factory=asyncio.Event)
    release: asyncio.Event = field(default_factory=asyncio.Event)
    cancelled: asyncio.Event = field(default_factory=asyncio.Event)

    async def echo(self, call: ToolCall) -> ToolResult:
        """Say it again, and who said it."""
        word: str = checked(Word, call.arguments).word
        if word == "crash":
            raise RuntimeError("private")
        if word == "no JSON":
            return ToolResult("private", {"it": 2**64})
        said = f"{call.principal.id} says {word}"
        odd = {"n": [1, 2.5, None, {"none": None}], "none": None}
        return ToolResult(said, {"_msg": said, "word": word, **odd}, is_error=word == "fail")

    async def show(self, call: ToolCall) -> ToolResult:
        """Answer with a picture."""
        checked(Word, call.arguments)
        return ToolResult("look", more=(PICTURE,))

    async def slow(self, call: ToolCall) -> ToolResult:
        """Take as long as the test wants."""
        self.started.set()
        try:
            await self.release.wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise
        await call.progress(1, 1)
        return ToolResult("done")

    def tools(self) -> list[Tool]:
        """All of them."""
        return [self._tool(name) for name in ("echo", "show", "slow")]

    def _tool(self, name: str) -> Tool:
        return Tool(
            name=name,
            title=name.title(),
            description="A tool of the tests.",
            input_schema=Word.model_json_schema(),
            output_schema=None,
            run=getattr(self, name),
            read_only=True,
            destructive=False,
            idempotent=True,
            aliases=(f"old_{name}",),
        )


class Heard(NullObserver):
    """Remembers what is told of HTTP requests, messages and tools; `changed` is set at each."""

    def __init__(self) -> None:
        self.changed = asyncio.Event()
        self.events: list[tuple[object, ...]] = []
        self.sessions_open = 0

    def _note(self, *event: object) -> None:
        self.events.append(event)
        self.changed.set()

    def served(self, request_id: str, route: str, method: str, status: int, seconds: float) -> None:
        assert request_id
        assert seconds >= 0
        self._note("http", route, method, status)

    def request(self, wire: Wire, method: str, status: int, seconds: float) -> None:
        assert seconds >= 0
        self._note("mcp", wire, method, status)

    def called(self, tool: str, outcome: Outcome, seconds: float) -> None:
        assert seconds >= 0
        self._note("tool", tool, outcome)

    def crashed(self, request_id: str, error: Exception) -> None:
        self._note("crash", request_id, str(error))

    def sessions(self, count: int) -> None:
        self.sessions_open = count
        self.changed.set()

    def session_revived(self) -> None:
        self._note("revived")

    def sharing(self, *, on: bool) -> None:
        self._note("sharing", on)

    def stream_opened(self, wire: Wire) -> None:
        """Nothing to remember."""

    def stream_closed(self, wire: Wire) -> None:
        """Nothing to remember."""

    async def until_alone(self) -> None:
        """Wait until no session is open."""
        async with asyncio.timeout(5):
            while self.sessions_open:
                self.changed.clear()
                await self.changed.wait()

    async def until(self, *event: object) -> None:
        """Wait until `event` was told."""
        async with asyncio.timeout(5):
            while event not in self.events:
                self.changed.clear()
                await self.changed.wait()


@dataclass
class Server:
    """One of the two; `passed` counts the requests that came to the application."""

    port: int
    heard: Heard
    toolbox: Toolbox
    passed: list[str]
    begin_shutdown: Callable[[], None] = lambda: None

    async def ask(self, *requests: bytes) -> list[RawAnswer]:
        """Send requests over one connection, each after the answer to the one before."""

        def talk() -> list[RawAnswer]:
            with line(self.port) as one:
                return [one.ask(data) for data in requests]

        return await asyncio.to_thread(talk)

    async def session(self, version: str = "2025-11-25", **headers: str) -> dict[str, str]:
        """Open a session and return the headers of its requests."""
        params = {"protocolVersion": version, "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
        hello = {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params}
        (welcome,) = await self.ask(post(hello, **headers))
        named = {"Mcp-Session-Id": welcome["Mcp-Session-Id"], **headers}
        ready = {"jsonrpc": "2.0", "method": "notifications/initialized"}
        (accepted,) = await self.ask(post(ready, **named))
        assert accepted.status == 202
        return {**named, "MCP-Protocol-Version": json.loads(welcome.body)["result"]["protocolVersion"]}


@dataclass
class McpLanes:
    """The running pair."""

    fast: Server
    ordinary: Server
    client: SpotifyClient
    transport: ScriptedTransport
    inbound: Inbound


@asynccontextmanager
async def mcp_lanes(
    script: Script = lambda *_: answer({}),
    *,
    inbound: InboundConfig | None = None,
    steps_up: bool = True,
    users: Mapping[Principal, TokenProvider] | None = None,
    **config: Any,
) -> AsyncIterator[McpLanes]:
    """Start both; `config` is for their transports."""
    network = ScriptedTransport(script, delay_s=0)
    client = new_client(network, users={LOCAL: CountingTokens()} if users is None else users)
    bucket = Inbound(inbound or InboundConfig(per_s=0))
    async with AsyncExitStack() as stack:

        async def start(*, fast: bool) -> Server:
            server = Server(0, Heard(), Toolbox(), [])
            callers = Badges(steps_up=steps_up)
            app = _app(server, client, callers=callers, admit=Admission(bucket), **config)
            if not fast:
                del app[LANES]
            base = await stack.enter_async_context(listening(app, "127.0.0.1", port=0))
            server.port = urlsplit(base).port or 0
            return server

        yield McpLanes(await start(fast=True), await start(fast=False), client, network, bucket)


def _app(
    server: Server, client: SpotifyClient, *, callers: Badges, admit: Admission, **config: Any
) -> web.Application:
    clock, heard = asyncio.get_running_loop().time, server.heard
    guard = Guard(origins=frozenset({LISTED}))
    curated = [*server.toolbox.tools(), search_tool(client, clock=clock), library_tool(client, clock=clock)]
    generated = generate([CATALOGUE["get-available-markets"]], client, served=lambda _: True)
    views = ToolViews(curated, [*generated], default=Selection(frozenset({CORE})))
    runner = ToolRunner(observer=heard, clock=clock)
    entitlements = ToolEntitlements(views, CATALOGUE)
    registry = build_server(views, version="1", runner=runner)
    transport = McpTransport(
        registry,
        TransportConfig(guard=guard, **config),
        clock=clock,
        callers=callers,
        admit=admit,
        selections=views,
        entitlements=entitlements,
        observer=heard,
    )
    server.begin_shutdown = transport.begin_shutdown
    answers = Answers(runner, Encoder(registry), repeats=Repeats(client), clock=clock)
    lane = FastLane(
        transport,
        views,
        answers=answers,
        guard=guard,
        callers=callers,
        admit=admit,
        judge=entitlements,
        observer=heard,
        http_observer=heard,
        clock=clock,
    )

    @web.middleware
    async def noting(request: web.Request, handler: Handler) -> web.StreamResponse:
        server.passed.append(request.raw_path)
        return await handler(request)

    async def lifespan(_: web.Application) -> AsyncIterator[None]:
        async with transport:
            yield
        assert heard.sessions_open == 0

    app = create_app(
        client,
        CATALOGUE,
        guard=guard,
        observer=heard,
        clock=clock,
        # The outermost would not see what the next ones refuse.
        mounts=[transport.mount, lambda app: app.middlewares.insert(0, noting)],
        self_guarded={"/mcp", "/sse", "/messages"},
    )
    app[LANES].append(lane)
    app.cleanup_ctx.append(lifespan)
    return app


async def next_data(stream: aiohttp.ClientResponse) -> str:
    """The data of the next event of a stream."""
    async with asyncio.timeout(5):
        while not (raw := await stream.content.readline()).startswith(b"data: "):
            assert raw
    return raw.decode().removeprefix("data: ").strip()


def call(name: str, *, id: Any = 1, **arguments: Any) -> dict[str, Any]:  # noqa: A002 - the protocol's word
    """A `tools/call`."""
    return {"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": {"name": name, "arguments": arguments}}


def listing(*, id: Any = 1) -> dict[str, Any]:  # noqa: A002 - the protocol's word
    """A `tools/list`."""
    return {"jsonrpc": "2.0", "id": id, "method": "tools/list", "params": {}}


def modern(message: dict[str, Any], *, path: str = "/mcp", **headers: str) -> bytes:
    """The request of `message` on the stateless wire."""
    params = message["params"]
    named = {"Mcp-Name": params["name"]} if "name" in params else {}
    routing = {"MCP-Protocol-Version": MODERN, "Mcp-Method": message["method"], **named}
    whole = {**message, "params": {**params, "_meta": {**ENVELOPE, **params.get("_meta", {})}}}
    return post(whole, path=path, **{**routing, **headers})


def post(body: Any, *, path: str = "/mcp", **headers: str) -> bytes:
    """A POST of JSON, or of raw bytes."""
    data = body if isinstance(body, bytes) else json.dumps(body, separators=(",", ":")).encode()
    fields = {"Host": "localhost", **JSON, "Content-Length": str(len(data)), **headers}
    lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items() if value)]
    return "\r\n".join([*lines, "", ""]).encode() + data


def found(url: str, *, name: str = "Instant Crush") -> Response:
    """An answer to a search."""
    track = {"id": "t1", "uri": "spotify:track:t1", "name": name, "artists": [], "duration_ms": 1}
    return answer({"tracks": {"href": url, "items": [track], "total": 1}})


def essence(answer: RawAnswer) -> tuple[Any, ...]:
    """What a client can tell: status, JSON, and which header fields there are, with those that mean something."""
    fields = sorted(answer.without(*MOVING, "Content-Length").fields)
    is_json = dict(answer.fields).get("Content-Type", "").startswith("application/json")
    document = json.loads(answer.body) if is_json else answer.body
    return answer.status, document, fields


async def both(pair: McpLanes, data: bytes) -> tuple[RawAnswer, bool]:
    """Send `data` to both; return the common answer and whether it took the fast lane."""
    before = len(pair.fast.passed), len(pair.fast.heard.events), len(pair.ordinary.heard.events)
    (here,), (there,) = await pair.fast.ask(data), await pair.ordinary.ask(data)
    assert essence(here) == essence(there)
    assert sorted(pair.fast.heard.events[before[1] :]) == sorted(pair.ordinary.heard.events[before[2] :])
    return here, len(pair.fast.passed) == before[0]


def changed(message: dict[str, Any], **members: Any) -> dict[str, Any]:
    """The message with other members."""
    return {**message, **members}


def with_meta(message: dict[str, Any], **meta: Any) -> dict[str, Any]:
    """The message with this in its `_meta`."""
    return changed(message, params={**message["params"], "_meta": meta})
