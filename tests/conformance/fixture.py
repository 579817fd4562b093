"""A server of what the conformance suite asks for, on the product's transport: only the content is made up.

By hand: `python tests/conformance/fixture.py --port 3001`, with the repository on the path.
"""

import argparse
import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Any, Self

import mcp_types as types
from aiohttp import web
from mcp.server.caching import CacheHint
from mcp.server.lowlevel import Server
from mcp.server.request_state import RequestStateBoundary, RequestStateSecurity
from mcp.server.subscriptions import InMemorySubscriptionBus, ListenHandler

import fixture_documents as documents
import gateway.observer as http
from fixture_dialogues import Answer, Context, KernelTool, dialogues
from fixture_rounds import rounds
from fixture_tools import PLAIN_TOOLS
from gateway.admission import AtAnyRate
from gateway.callers import LocalCallers
from gateway.catalogue import CATALOGUE
from gateway.guards import Guard
from gateway.lanes import LANES, Lane
from gateway.memo import Memo
from ops.serve import listening, until_stopped
from tools.entitlements import ToolEntitlements
from tools.fast import Answers, Encoder, FastLane, Repeats
from tools.observer import Outcome
from tools.runner import ToolRunner
from tools.server import ToolServer
from tools.tool import Tool
from tools.transport import McpTransport, NullObserver, TransportConfig, advertise
from tools.view import View

_NAME = "conformance-fixture"


class Unwatched:
    """An observer of tool calls that looks away."""

    def called(self, tool: str, outcome: Outcome, seconds: float) -> None:
        """Ignore it."""

    def crashed(self, tool: str, error: Exception) -> None:
        """Ignore it; the suite sees the answer."""


class NoCache:
    """A cache in which nothing is; the fixture's tools read nothing."""

    def still(self, memo: Memo, body: bytes) -> bool:  # noqa: ARG002 - the Protocol's names
        """Find nothing."""
        return False


class WholeView(View):
    """Lists the tools of both kinds, and finds those that a lane may run by itself."""

    def __init__(self, plain: Sequence[Tool], kernel: Iterable[KernelTool]) -> None:
        super().__init__(plain)
        described = [*self.listed.tools, *(tool.describe() for tool in kernel)]
        self.listed = types.ListToolsResult(tools=described)

    def view(self, selection: str) -> Self:  # noqa: ARG002 - the Views signature
        """Return itself: the fixture shows the same at every address."""
        return self


class Fixture:
    """The tools of both kinds behind one `tools/list` and one `tools/call`.

    `slow_calls` counts by tool what came through the kernel, so that a test knows which lane it went through.
    """

    def __init__(self) -> None:
        self.bus = InMemorySubscriptionBus()
        self.slow_calls: Counter[str] = Counter()
        self._kernel_tools = {tool.name: tool for tool in (*dialogues(self.bus), *rounds())}
        self.views = WholeView(PLAIN_TOOLS, self._kernel_tools.values())
        self.runner = ToolRunner(observer=Unwatched(), clock=time.monotonic)
        self._product = ToolServer(self.views, self.runner)
        self.server = self._server()

    async def call_tool(self, context: Context, params: types.CallToolRequestParams) -> Answer:
        """Answer `tools/call`."""
        self.slow_calls[params.name] += 1
        tool = self._kernel_tools.get(params.name)
        if tool is None:
            return await self._product.call_tool(context, params)
        return await tool.call(context, params)

    def schema_of(self, name: str) -> Mapping[str, Any] | None:
        """Return what a tool takes, for the headers that mirror arguments."""
        tool = self._kernel_tools.get(name)
        return None if tool is None else tool.input_schema

    def _server(self) -> Server[Any]:
        hint = CacheHint(ttl_ms=60_000, scope="public")
        server: Server[Any] = Server(
            _NAME,
            version="1",
            cache_hints={"tools/list": hint, "resources/read": hint},
            get_tool_input_schema=self.schema_of,
            on_list_tools=self._product.list_tools,
            on_call_tool=self.call_tool,
            on_list_resources=documents.list_resources,
            on_list_resource_templates=documents.list_templates,
            on_read_resource=documents.read_resource,
            on_subscribe_resource=documents.subscribe,
            on_unsubscribe_resource=documents.unsubscribe,
            on_subscriptions_listen=ListenHandler(self.bus),
            on_list_prompts=documents.list_prompts,
            on_get_prompt=documents.get_prompt,
            on_completion=documents.complete,
        )
        server.add_request_handler("logging/setLevel", types.SetLevelRequestParams, documents.set_level)
        advertise(server)
        server.middleware[:] = [RequestStateBoundary(RequestStateSecurity.ephemeral(), default_audience=_NAME)]
        return server


def application(fixture: Fixture, *, fast: bool) -> web.Application:
    """Return `fixture` behind the product's transport, with the fast lane in front if `fast`."""
    guard = Guard()
    transport = McpTransport(fixture.server, TransportConfig(guard=guard), clock=time.monotonic)
    app = web.Application()

    async def lifecycle(_: web.Application) -> AsyncIterator[None]:
        async with transport:
            yield

    app.cleanup_ctx.append(lifecycle)
    transport.mount(app)
    lanes: list[Lane] = [_fast_lane(fixture, transport, guard=guard)] if fast else []
    app[LANES] = lanes
    return app


def _fast_lane(fixture: Fixture, transport: McpTransport, *, guard: Guard) -> FastLane:
    encoder, repeats = Encoder(fixture.server), Repeats(NoCache())
    return FastLane(
        transport,
        fixture.views,
        answers=Answers(fixture.runner, encoder, repeats=repeats, clock=time.monotonic),
        guard=guard,
        callers=LocalCallers(),
        admit=AtAnyRate(),
        judge=ToolEntitlements(fixture.views, CATALOGUE),
        observer=NullObserver(),
        http_observer=http.NullObserver(),
        clock=time.monotonic,
    )


async def _serve(port: int, *, fast: bool) -> None:
    async with listening(application(Fixture(), fast=fast), "127.0.0.1", port=port) as base:
        print(f"{base}/mcp", flush=True)  # noqa: T201 - the program's answer
        await until_stopped()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--slow-lane", action="store_true", help="leave the fast lane out")
    arguments = parser.parse_args()
    asyncio.run(_serve(arguments.port, fast=not arguments.slow_lane))
