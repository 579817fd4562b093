"""Builds the MCP server that every wire serves; bad arguments are answered, never raised."""

from collections.abc import Callable, Iterable
from typing import Any

import mcp_types as types
from mcp.server.caching import CacheHint
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel.server import Server
from mcp.shared.exceptions import MCPError

from gateway.errors import InvalidArgumentsError
from gateway.options import CallOptions, options_of
from tools.observer import Outcome, ToolObserver
from tools.tool import BadArguments, Tool
from tools.transport.caller import Caller, caller_of

INSTRUCTIONS = (
    "Fermata gives many agents one shared Spotify quota. Ask in batches: one call with many queries costs no "
    "more than many calls with one. An error that time heals carries retry_after in seconds: wait that long, do "
    "not retry sooner. Answers name Spotify URIs; use those to act."
)

_CRASHED = "{} failed inside the gateway, whose log has the cause; try again"
_LIST_TTL_MS = 300_000
"""The tools change only with a restart, so clients may keep the list for minutes."""


class ToolServer:
    """The tools behind the two requests that MCP has for them.

    Raises:
        ValueError: Two tools share a name.
    """

    def __init__(self, tools: Iterable[Tool], *, observer: ToolObserver, clock: Callable[[], float]) -> None:
        self._tools: dict[str, Tool] = {}
        for tool in tools:
            if tool.name in self._tools:
                raise ValueError(f"two tools are named {tool.name}")
            self._tools[tool.name] = tool
        self._listed = types.ListToolsResult(tools=[tool.describe() for tool in self._tools.values()])
        self._observer = observer
        self._clock = clock

    async def list_tools(
        self, _: ServerRequestContext[Any, Any], __: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        """Answer `tools/list`; the order is the registry's and all fit on one page."""
        return self._listed

    async def call_tool(
        self, context: ServerRequestContext[Any, Any], params: types.CallToolRequestParams
    ) -> types.CallToolResult:
        """Answer `tools/call`.

        Raises:
            MCPError: There is no such tool; the one mistake that the protocol wants as an error.
        """
        tool = self._tools.get(params.name)
        if tool is None:
            known = ", ".join(self._tools)
            raise MCPError(
                code=types.INVALID_PARAMS, message=f"Unknown tool: {params.name[:64]}. There are: {known}"
            )
        started = self._clock()
        outcome: Outcome = "cancelled"
        try:
            outcome, result = await _run(tool, params.arguments or {}, caller_of(context))
        except Exception as error:  # noqa: BLE001 - the top handler
            outcome, result = "crashed", _text(_CRASHED.format(tool.name), is_error=True)
            self._observer.crashed(tool.name, error)
        finally:
            self._observer.called(tool.name, outcome, self._clock() - started)
        return result


def build_server(
    tools: Iterable[Tool], *, version: str, observer: ToolObserver, clock: Callable[[], float]
) -> Server:
    """Return an SDK server that offers `tools`."""
    handlers = ToolServer(tools, observer=observer, clock=clock)
    hint = CacheHint(ttl_ms=_LIST_TTL_MS, scope="public")
    server: Server[Any] = Server(
        "fermata",
        version=version,
        title="Fermata",
        instructions=INSTRUCTIONS,
        cache_hints={"tools/list": hint, "server/discover": hint},
        on_list_tools=handlers.list_tools,
        on_call_tool=handlers.call_tool,
    )
    # The SDK opens a tracing span for every message, exporter or not; nobody here reads them.
    server.middleware.clear()
    return server


async def _run(tool: Tool, arguments: dict[str, Any], caller: Caller) -> tuple[Outcome, types.CallToolResult]:
    try:
        result = await tool.run(arguments, caller.principal, _options(caller))
    except BadArguments as error:
        # Revision 2025-11-25 (SEP-1303): an agent can mend its arguments if it is told as a result.
        return "invalid", _text(_complaint(tool, error), is_error=True)
    answer = _text(result.text, is_error=result.is_error)
    if result.structured:
        answer.structured_content = dict(result.structured)
    return ("error" if result.is_error else "ok"), answer


def _options(caller: Caller) -> CallOptions:
    try:
        return options_of(caller.headers)
    except InvalidArgumentsError as error:
        raise BadArguments(list(error.problems)) from error


def _text(text: str, *, is_error: bool) -> types.CallToolResult:
    return types.CallToolResult(content=[types.TextContent(type="text", text=text)], is_error=is_error)


def _complaint(tool: Tool, error: BadArguments) -> str:
    known = ", ".join(tool.input_schema.get("properties", {})) or "no arguments"
    lines = [f"- {problem}" for problem in error.problems]
    return "\n".join(
        [f"{tool.name} was not called; mend its arguments and call again:", *lines, f"It takes: {known}."]
    )
