"""A server of what the conformance suite asks for, on the product's transport: only the content is made up.

By hand: `python tests/conformance/fixture.py --port 3001`, with the repository on the path.
"""

import argparse
import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

import mcp_types as types
from aiohttp import web
from mcp.server.caching import CacheHint
from mcp.server.lowlevel import Server
from mcp.server.request_state import RequestStateBoundary, RequestStateSecurity
from mcp.server.subscriptions import InMemorySubscriptionBus, ListenHandler

import fixture_documents as documents
from fixture_dialogues import Answer, Context, KernelTool, dialogues
from fixture_rounds import rounds
from fixture_tools import PLAIN_TOOLS
from gateway.guards import Guard
from ops.serve import listening, until_stopped
from tools.observer import Outcome
from tools.runner import ToolRunner
from tools.server import ToolServer
from tools.transport import McpTransport, TransportConfig, advertise
from tools.view import OneView

FAST_LANE_IS_IN: Final = False
"""Whether `application` has a fast lane to put in front; see there."""
_NAME = "conformance-fixture"


class Unwatched:
    """An observer of tool calls that looks away."""

    def called(self, tool: str, outcome: Outcome, seconds: float) -> None:
        """Ignore it."""

    def crashed(self, tool: str, error: Exception) -> None:
        """Ignore it; the suite sees the answer."""


class Fixture:
    """The tools of both kinds behind one `tools/list` and one `tools/call`.

    `slow_calls` counts by tool what came through the kernel, so that a test knows which lane it went through.
    """

    def __init__(self) -> None:
        self.bus = InMemorySubscriptionBus()
        self.views = OneView(PLAIN_TOOLS)
        self.runner = ToolRunner(observer=Unwatched(), clock=time.monotonic)
        self.slow_calls: Counter[str] = Counter()
        self._product = ToolServer(self.views, self.runner)
        self._kernel_tools = {tool.name: tool for tool in (*dialogues(self.bus), *rounds())}

    async def list_tools(
        self, context: Context, page: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        """Answer `tools/list`."""
        plain = await self._product.list_tools(context, page)
        return types.ListToolsResult(
            tools=[*plain.tools, *(tool.describe() for tool in self._kernel_tools.values())]
        )

    async def call_tool(self, context: Context, params: types.CallToolRequestParams) -> Answer:
        """Answer `tools/call`."""
        self.slow_calls[params.name] += 1
        tool = self._kernel_tools.get(params.name)
        if tool is None:
            return await self._product.call_tool(context, params)
        return await tool.call(context, params)

    def schema_of(self, name: str) -> Mapping[str, Any] | None:
        """Return what a tool takes, for the headers that mirror arguments."""
        tool: KernelTool | None = self._kernel_tools.get(name)
        return None if tool is None else tool.input_schema

    def server(self) -> Server[Any]:
        """Return the registry of everything."""
        hint = CacheHint(ttl_ms=60_000, scope="public")
        server: Server[Any] = Server(
            _NAME,
            version="1",
            cache_hints={"tools/list": hint, "resources/read": hint},
            get_tool_input_schema=self.schema_of,
            on_list_tools=self.list_tools,
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
    transport = McpTransport(fixture.server(), TransportConfig(guard=Guard()), clock=time.monotonic)
    app = web.Application()

    async def lifecycle(_: web.Application) -> AsyncIterator[None]:
        async with transport:
            yield

    app.cleanup_ctx.append(lifecycle)
    transport.mount(app)
    if fast:
        # THE FAST LANE GOES HERE: build it over `fixture.views`, `fixture.runner` and `transport`, and put it
        # where `ops.serve.listening` finds it; then set FAST_LANE_IS_IN. Until then both legs take the slow lane.
        pass
    return app


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
