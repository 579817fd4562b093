"""A small server registry behind a real aiohttp server, and the three wires to talk to it."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import mcp_types as types
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from mcp.server.lowlevel import Server
from mcp.server.subscriptions import InMemorySubscriptionBus, ListenHandler, ToolsListChanged

from badges import Badges
from gateway.guards import Guard
from tools.transport import (
    McpTransport,
    NoStore,
    SessionStore,
    TransportConfig,
    advertise,
    caller_of,
    principal_of,
)
from transport_record import Clock, Recorder

JSON = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
MODERN = "2026-07-28"
ENVELOPE = {
    "io.modelcontextprotocol/protocolVersion": MODERN,
    "io.modelcontextprotocol/clientCapabilities": {},
    "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
}
TOOLS = ("echo", "where", "slow", "deaf", "progress", "fails", "ask", "ask_alone", "flood", "shout", "may")


@dataclass
class Toolbox:
    """What the tools did, and the event that slow ones wait for."""

    started: asyncio.Event = field(default_factory=asyncio.Event)
    release: asyncio.Event = field(default_factory=asyncio.Event)
    cancelled: asyncio.Event = field(default_factory=asyncio.Event)
    lost: asyncio.Event = field(default_factory=asyncio.Event)
    closed: list[str] = field(default_factory=list)
    bus: InMemorySubscriptionBus = field(default_factory=InMemorySubscriptionBus)

    async def call(self, ctx: Any, params: types.CallToolRequestParams) -> types.CallToolResult:
        text = await getattr(self, params.name)(ctx, params.arguments or {})
        return types.CallToolResult(content=[types.TextContent(type="text", text=text)])

    async def list(self, _ctx: Any, _params: Any) -> types.ListToolsResult:
        schema = {"type": "object"}
        return types.ListToolsResult(tools=[types.Tool(name=name, input_schema=schema) for name in TOOLS])

    async def echo(self, ctx: Any, arguments: dict[str, Any]) -> str:
        await asyncio.sleep(0)
        return f"{arguments.get('text')} for {principal_of(ctx).id}"

    async def may(self, ctx: Any, _arguments: dict[str, Any]) -> str:
        return " ".join(sorted(principal_of(ctx).scopes or ("anything",)))

    async def where(self, ctx: Any, _arguments: dict[str, Any]) -> str:
        return caller_of(ctx).selection or "nowhere in particular"

    async def slow(self, _ctx: Any, _arguments: dict[str, Any]) -> str:
        self.started.set()
        try:
            await self.release.wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise
        return "done"

    async def deaf(self, ctx: Any, arguments: dict[str, Any]) -> str:
        try:
            return await self.slow(ctx, arguments)
        except asyncio.CancelledError:
            return "cancelled, and I do not care"

    async def progress(self, ctx: Any, arguments: dict[str, Any]) -> str:
        for step in range(arguments.get("steps", 3)):
            await ctx.session.report_progress(step, 3, "working")
        return "done"

    async def fails(self, _ctx: Any, arguments: dict[str, Any]) -> str:
        raise RuntimeError(f"secret {arguments}")

    async def ask(self, ctx: Any, _arguments: dict[str, Any]) -> str:
        return await self._asked(ctx, ctx.request_id)

    async def ask_alone(self, ctx: Any, _arguments: dict[str, Any]) -> str:
        return await self._asked(ctx, None)

    async def _asked(self, ctx: Any, related: Any) -> str:
        self.started.set()
        schema = {"type": "object", "properties": {"name": {"type": "string"}}}
        try:
            answer = await ctx.session.elicit_form("Who?", schema, related_request_id=related)
        except Exception:
            self.lost.set()
            raise
        return f"hello {answer.content['name']}"

    async def flood(self, ctx: Any, arguments: dict[str, Any]) -> str:
        text = "x" * arguments["size"]
        for _ in range(arguments["count"]):
            await ctx.session.send_resource_updated(f"spotify://{text}")
        return "done"

    async def shout(self, ctx: Any, arguments: dict[str, Any]) -> str:
        try:
            for step in range(arguments["count"]):
                await ctx.session.report_progress(step, None, "x" * arguments["size"])
        except asyncio.CancelledError:
            self.cancelled.set()
            raise
        self.started.set()
        return "done"

    async def change(self) -> None:
        await self.bus.publish(ToolsListChanged())

    def server(self, **options: Any) -> Server[Any]:
        @asynccontextmanager
        async def lifespan(_: Server[Any]) -> AsyncIterator[dict[str, Any]]:
            yield {}
            self.closed.append("lifespan")

        server = Server(
            "fixture",
            lifespan=lifespan,
            on_call_tool=self.call,
            on_list_tools=self.list,
            on_subscriptions_listen=ListenHandler(self.bus),
            **options,
        )
        server.middleware.clear()
        advertise(server)
        return server


async def next_event(response: aiohttp.ClientResponse, *, comments: bool = False) -> tuple[str, Any]:
    """The next event; ("end", None) at the end of the stream."""
    event, data = "message", ""
    async with asyncio.timeout(5):
        async for raw in response.content:
            line = raw.decode().rstrip("\r\n")
            if line.startswith(":") and comments:
                return "comment", line
            if line.startswith("event: "):
                event = line.removeprefix("event: ")
            elif line.startswith("data: "):
                data = line.removeprefix("data: ")
            elif not line and data:
                return event, json.loads(data) if event == "message" else data
    return "end", None


def request(method: str, params: Any = None, *, id: Any = 1) -> dict[str, Any]:  # noqa: A002
    return {"jsonrpc": "2.0", "id": id, "method": method, "params": params or {}}


def tool(name: str, *, id: Any = 1, token: Any = None, **arguments: Any) -> dict[str, Any]:  # noqa: A002
    meta = {} if token is None else {"_meta": {"progressToken": token}}
    return request("tools/call", {"name": name, "arguments": arguments, **meta}, id=id)


def hello(version: str, *, capabilities: Any = None) -> dict[str, Any]:
    info = {"name": "test", "version": "1"}
    params = {"protocolVersion": version, "capabilities": capabilities or {}, "clientInfo": info}
    return request("initialize", params, id="hello")


class Session:
    """A client session on /mcp."""

    def __init__(
        self, client: TestClient[Any, Any], session_id: str, headers: dict[str, str], *, path: str = "/mcp"
    ) -> None:
        self.client = client
        self.path = path
        self.id = session_id
        self.headers = {**JSON, "Mcp-Session-Id": session_id, **headers}

    def post(self, message: Any, **headers: str) -> Any:
        return self.client.post(self.path, json=message, headers={**self.headers, **headers})

    def get(self, **headers: str) -> Any:
        return self.client.get(self.path, headers={**self.headers, "Accept": "text/event-stream", **headers})

    def delete(self, **headers: str) -> Any:
        return self.client.delete(self.path, headers={**self.headers, **headers})

    async def answer(self, message: Any) -> Any:
        async with asyncio.timeout(5), self.post(message) as response:
            return await response.json()


class Pair:
    """A client of /sse and /messages."""

    def __init__(
        self,
        client: TestClient[Any, Any],
        stream: aiohttp.ClientResponse,
        endpoint: str,
        headers: dict[str, str],
    ) -> None:
        self.client = client
        self.stream = stream
        self.headers = headers
        self.endpoint = endpoint

    def post(self, message: Any, **headers: str) -> Any:
        return self.client.post(self.endpoint, json=message, headers={**self.headers, **headers})

    async def send(self, message: Any) -> None:
        async with self.post(message) as response:
            assert response.status == 202

    async def receive(self) -> Any:
        return (await next_event(self.stream))[1]


@dataclass
class Served:
    """A running transport and what is needed to look at it from outside."""

    client: TestClient[Any, Any]
    transport: McpTransport
    toolbox: Toolbox
    recorder: Recorder
    clock: Clock
    next_event = staticmethod(next_event)
    request = staticmethod(request)
    tool = staticmethod(tool)
    hello = staticmethod(hello)

    async def eventually(self, condition: Callable[[], bool]) -> None:
        """Wait until what the observer saw makes `condition` true."""
        async with asyncio.timeout(5):
            while not condition():
                self.recorder.changed.clear()
                await self.recorder.changed.wait()

    def url(self, path: str) -> str:
        return str(self.client.make_url(path))

    def modern_headers(self, message: dict[str, Any], **headers: str) -> dict[str, str]:
        name = message["params"].get("name")
        named = {} if name is None else {"Mcp-Name": name}
        return {**JSON, "MCP-Protocol-Version": MODERN, "Mcp-Method": message["method"], **named, **headers}

    def modern(self, message: dict[str, Any], *, version: str = MODERN, path: str = "/mcp", **headers: str) -> Any:
        """POST `message` with its envelope on the stateless wire."""
        params = message["params"]
        envelope = {**ENVELOPE, "io.modelcontextprotocol/protocolVersion": version}
        params = {**params, "_meta": {**envelope, **params.get("_meta", {})}}
        headers = self.modern_headers(message, **{"MCP-Protocol-Version": version, **headers})
        return self.client.post(path, json={**message, "params": params}, headers=headers)

    async def session(
        self,
        version: str = "2025-11-25",
        *,
        who: str = "local",
        path: str = "/mcp",
        badge: dict[str, str] | None = None,
        **options: Any,
    ) -> Session:
        headers = {"X-Who": who, **(badge or {})}
        message = hello(version, **options)
        async with self.client.post(path, json=message, headers={**JSON, **headers}) as response:
            assert response.status == 200
            result = (await response.json())["result"]
            session = Session(self.client, response.headers["Mcp-Session-Id"], headers, path=path)
        session.headers["MCP-Protocol-Version"] = result["protocolVersion"]
        async with session.post({"jsonrpc": "2.0", "method": "notifications/initialized"}) as response:
            assert response.status == 202
        return session

    @asynccontextmanager
    async def pair(
        self,
        version: str = "2024-11-05",
        *,
        path: str = "/sse",
        badge: dict[str, str] | None = None,
        **options: Any,
    ) -> AsyncIterator[Pair]:
        async with self.client.get(path, headers={"Accept": "text/event-stream", **(badge or {})}) as stream:
            assert stream.status == 200
            event, endpoint = await next_event(stream)
            assert event == "endpoint"
            pair = Pair(self.client, stream, endpoint, badge or {})
            await pair.send(hello(version, **options))
            assert (await pair.receive())["result"]["protocolVersion"] == version
            await pair.send({"jsonrpc": "2.0", "method": "notifications/initialized"})
            yield pair


OWN_CODE = ("/tools/transport/", "/tools/shared_sessions/", "/cache/shared/")


def tasks_of_the_transport() -> list[str]:
    coroutines = [task.get_coro() for task in asyncio.all_tasks()]
    return [
        str(coro)
        for coro in coroutines
        if any(part in str(getattr(coro, "cr_code", "")) for part in OWN_CODE)
        and "/tests/" not in str(getattr(coro, "cr_code", ""))
    ]


@pytest.fixture
def serve(aiohttp_client: Any) -> Any:
    """Start a transport with changed configuration; at the end nothing of it may be left."""
    running: list[McpTransport] = []

    async def start(
        *,
        server: dict[str, Any] | None = None,
        middleware: Any = (),
        store: SessionStore | None = None,
        parts: dict[str, Any] | None = None,
        **changes: Any,
    ) -> Served:
        toolbox, recorder, clock = Toolbox(), Recorder(), Clock()
        registry = toolbox.server(**(server or {}))
        registry.middleware.extend(middleware)
        config = TransportConfig(**{"guard": Guard(hosts=frozenset({"127.0.0.1", "::1"})), **changes})
        transport = McpTransport(
            registry,
            config,
            clock=clock,
            observer=recorder,
            store=store or NoStore(),
            **{"callers": Badges(), **(parts or {})},
        )
        app = web.Application()

        async def lifecycle(_: web.Application) -> AsyncIterator[None]:
            running.append(transport)
            async with transport:
                yield
            running.remove(transport)
            assert recorder.session_count == 0
            assert not +recorder.streams
            assert running or not tasks_of_the_transport()

        app.cleanup_ctx.append(lifecycle)
        transport.mount(app)
        client = await aiohttp_client(app)
        return Served(client, transport, toolbox, recorder, clock)

    return start


@pytest.fixture
async def served(serve: Any) -> Served:
    started: Served = await serve()
    return started
