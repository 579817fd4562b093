"""A set of tools as one client sees it; it never changes, so what is told of it is put together once."""

from collections.abc import Iterable, Sequence
from typing import Protocol

import mcp_types as types

from tools.tool import Tool


class View:
    """Tools in the order in which they are listed; `unlisted` ones answer those who know them.

    Raises:
        ValueError: Two tools share a name or an alias.
    """

    def __init__(self, tools: Iterable[Tool], *, unlisted: Iterable[Tool] = ()) -> None:
        self.tools: Sequence[Tool] = tuple(tools)
        self._by_name: dict[str, Tool] = {}
        for tool in (*self.tools, *unlisted):
            for name in (tool.name, *tool.aliases):
                if name in self._by_name:
                    raise ValueError(f"two tools are named {name}")
                self._by_name[name] = tool
        self.listed = types.ListToolsResult(tools=[tool.describe() for tool in self.tools])

    def find(self, name: str) -> Tool | None:
        """Return the tool of that name or alias, listed or not."""
        return self._by_name.get(name)


class UnknownSelectionError(Exception):
    """There is no such set of tools; the text names those that there are."""


class Views(Protocol):
    """The sets of tools that a server offers, by the selection that an address names."""

    def view(self, selection: str) -> View:
        """Return the tools of `selection`, which is empty where an address names none.

        Raises:
            UnknownSelectionError: There is none of that name.
        """
        ...
