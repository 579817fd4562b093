"""Keeps the views of a server by selection; a selection is put together once while others ask for it too."""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final

from tools.generated.tool import Generated
from tools.generated.toolsets import TOOLSETS
from tools.selection import CORE, FULL, Selection
from tools.tool import Tool
from tools.view import UnknownSelectionError, View

_KEPT: Final = 64
"""Views in memory; a view of everything takes about a quarter of a megabyte."""


_ADDRESSES: Final = (
    "Addresses are /mcp, /mcp/core, /mcp/full and /mcp/x/NAME,NAME with the names of sets, each with /readonly at "
    "its end or without"
)


class ToolViews:
    """The curated tools and those of the catalogue, as `Views`.

    Args:
        curated: The tools of the set `core`, in the order in which they are listed.
        generated: The tools of the other sets, in their order.
        default: What an address means that names no set.

    Raises:
        ValueError: Two tools share a name or an alias.
    """

    def __init__(self, curated: Sequence[Tool], generated: Sequence[Generated], *, default: Selection) -> None:
        self._curated = tuple(curated)
        self._generated = tuple(generated)
        self._default = default
        # Two steps, for many spellings name one set. What is refused is not kept.
        self._view = lru_cache(_KEPT)(self._build)
        self._selection = lru_cache(_KEPT)(self._read)
        self._view(Selection(frozenset({FULL})))
        self._named = lru_cache(_KEPT)(self._of)

    def view(self, selection: str) -> View:
        """See `Views.view`."""
        return self._named(selection)

    def _of(self, text: str) -> View:
        return self._view(self._selection(text))

    def objection(self, selection: str) -> str:
        """Return why there is no such selection, in words that name those that there are; empty if there is."""
        try:
            self._selection(selection)
        except UnknownSelectionError as error:
            return f"There is nothing at this address: {error}. {_ADDRESSES}"
        return ""

    def _read(self, text: str) -> Selection:
        return Selection.of_address(text, TOOLSETS, default=self._default)

    def _build(self, selection: Selection) -> View:
        chosen = [*self._chosen(selection)]
        tools = [*(self._curated if selection.has(CORE) else ()), *(one.tool for one in chosen)]
        unlisted = [variant for one in chosen for variant in one.variants]
        if selection.read_only:
            return View(_readers(tools), unlisted=_readers(unlisted))
        return View(tools, unlisted=unlisted)

    def _chosen(self, selection: Selection) -> Iterator[Generated]:
        operations = {name for toolset, of in TOOLSETS.items() if selection.has(toolset) for name in of.operations}
        return (one for one in self._generated if one.operation in operations)


def _readers(tools: Iterable[Tool]) -> Iterator[Tool]:
    """Yield what of each tool changes nothing."""
    for tool in tools:
        if tool.read_only:
            yield tool
        elif tool.reader is not None:
            yield tool.reader
