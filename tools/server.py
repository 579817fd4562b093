"""Builds the MCP server that every wire serves; bad arguments are answered, never raised."""

from collections.abc import Sequence
from typing import Any

import mcp_types as types
from mcp.server.caching import CacheHint
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError

from tools.prompt import Prompt, PromptServer
from tools.runner import ToolRunner
from tools.transport.caller import caller_of
from tools.transport.versions import advertise
from tools.view import Views

INSTRUCTIONS = (
    "Fermata gives many agents one shared Spotify quota. Ask in batches: one call with many queries costs no "
    "more than many calls with one. An error that time heals carries retry_after in seconds: wait that long, do "
    "not retry sooner. Answers name Spotify URIs; use those to act."
)

_LIST_TTL_MS = 300_000
"""The tools change only with a restart, so clients may keep the list for minutes."""


class ToolServer:
    """The tools behind the two requests that MCP has for them."""

    def __init__(self, views: Views, runner: ToolRunner) -> None:
        self._views = views
        self._runner = runner

    async def list_tools(
        self, context: ServerRequestContext[Any, Any], _: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        """Answer `tools/list`; the order is the registry's and all fit on one page."""
        return self._views.view(caller_of(context).selection).listed

    async def call_tool(
        self, context: ServerRequestContext[Any, Any], params: types.CallToolRequestParams
    ) -> types.CallToolResult:
        """Answer `tools/call`.

        Raises:
            MCPError: There is no such tool; the one mistake that the protocol wants as an error.
        """
        caller = caller_of(context)
        view = self._views.view(caller.selection)
        tool = view.find(params.name)
        if tool is None:
            known = ", ".join(tool.name for tool in view.tools)
            raise MCPError(
                code=types.INVALID_PARAMS, message=f"Unknown tool: {params.name[:64]}. There are: {known}"
            )

        async def progress(done: float, total: float) -> None:
            await context.session.report_progress(done, total)

        result = await self._runner.run(tool, params.arguments or {}, caller=caller, progress=progress)
        return result.describe()


def build_server(views: Views, *, version: str, runner: ToolRunner, prompts: Sequence[Prompt] = ()) -> Server:
    """Return an SDK server that offers the tools of `views`, run by `runner`, and `prompts` beside their tools."""
    handlers, asked = ToolServer(views, runner), PromptServer(prompts, views)
    hint = CacheHint(ttl_ms=_LIST_TTL_MS, scope="public")
    server: Server[Any] = Server(
        "fermata",
        version=version,
        title="Fermata",
        instructions=INSTRUCTIONS,
        cache_hints={"tools/list": hint, "prompts/list": hint, "server/discover": hint},
        on_list_tools=handlers.list_tools,
        on_call_tool=handlers.call_tool,
        on_list_prompts=asked.list_prompts,
        on_get_prompt=asked.get_prompt,
    )
    advertise(server)
    # The SDK opens a tracing span for every message, exporter or not; nobody here reads them.
    server.middleware.clear()
    return server
