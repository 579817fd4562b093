"""Remembers which plain calls may work with which scopes; the ordinary lanes refuse those that may not."""

from collections.abc import Mapping
from typing import Any, Final, Protocol

from tools.fast.memory import Memory
from tools.fast.question import Question
from tools.tool import Tool

_KEPT: Final = 1024
_LONGEST: Final = 4096
"""Bytes of arguments that an entry may hold; with the scopes of each all take 8 MiB at the most."""


class Permitting(Protocol):
    """Judges a call; `tools.entitlements.ToolEntitlements` does."""

    def permits(self, tool: Tool, arguments: Mapping[str, Any], granted: frozenset[str]) -> bool:
        """Tell whether `tool` may work with no more than the scopes `granted`."""
        ...


class Permits:
    """Judges plain calls, each once."""

    def __init__(self, judge: Permitting) -> None:
        self._judge = judge
        # To judge one takes its arguments apart, which costs more than a whole answer that is repeated.
        self._known: Memory[tuple[object, bytes, frozenset[str]], bool] = Memory(_KEPT)

    def allow(self, tool: Tool, question: Question, granted: frozenset[str]) -> bool:
        """Tell whether a call may go on in this lane."""
        key = tool.run, question.wording, granted
        known = self._known.get(key)
        if known is not None:
            return known
        allowed = self._judge.permits(tool, question.arguments, granted)
        if len(question.wording) <= _LONGEST:
            self._known.learn((tool.run, question.kept().wording, granted), allowed)
        return allowed
