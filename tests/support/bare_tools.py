"""Tools that do nothing, and views of them, for tests of what is told about tools."""

from collections.abc import Iterable
from typing import Any

from tools.tool import Tool, ToolCall, ToolResult
from tools.view import View


async def _run(_: ToolCall) -> ToolResult:
    return ToolResult("")


def bare_tool(name: str, *, read_only: bool = True, **fields: Any) -> Tool:
    """A tool of that name; `fields` are further ones of `Tool`."""
    return Tool(
        name=name,
        title=name,
        description=name,
        input_schema={"type": "object"},
        output_schema=None,
        run=_run,
        read_only=read_only,
        destructive=not read_only,
        idempotent=True,
        **fields,
    )


class OneView:
    """Offers the same tools at every address."""

    def __init__(self, tools: Iterable[Tool]) -> None:
        self._view = View(tools)

    def view(self, selection: str) -> View:
        """See `Views.view`."""
        del selection
        return self._view
