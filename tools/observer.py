"""What the tools tell about themselves; an observer returns at once and never raises."""

from typing import Literal, Protocol

Outcome = Literal["ok", "error", "invalid", "cancelled", "crashed"]
"""Anything worked; nothing worked; the arguments were refused; the caller went away; a fault of ours."""


class ToolObserver(Protocol):
    """Receives one event per tool call."""

    def called(self, tool: str, outcome: Outcome, seconds: float) -> None:
        """Report how a call of `tool` ended; `tool` is from the registry, so the set is closed."""

    def crashed(self, tool: str, error: Exception) -> None:
        """Report an error that nobody expected; the caller was told that there was one."""
