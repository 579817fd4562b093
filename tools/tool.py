"""One MCP tool as data: what clients are told of it and what runs when it is called."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import mcp_types as types
from pydantic import BaseModel, TypeAdapter

from gateway.principal import Principal


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a tool answers.

    Attributes:
        structured: JSON object that fits the tool's output schema; its `_msg` is what people and agents read.
        is_error: Whether nothing of the call worked.
    """

    structured: Mapping[str, Any]
    is_error: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """One tool.

    Attributes:
        name: Name that clients call.
        title: Name that people see.
        description: When to use it, for the agent that chooses.
        arguments: Checks the arguments; unknown ones are refused.
        result: Shape of `ToolResult.structured`, a TypedDict.
        run: Called with checked arguments and the caller.
        read_only: Whether it leaves everything as it is.
        destructive: Whether it may undo or overwrite what the user has.
        idempotent: Whether calling it twice does no more than calling it once.
    """

    name: str
    title: str
    description: str
    arguments: type[BaseModel]
    result: type[Any]
    run: Callable[[Any, Principal], Awaitable[ToolResult]]
    read_only: bool
    destructive: bool
    idempotent: bool

    def describe(self) -> types.Tool:
        """Return the definition that `tools/list` shows."""
        return types.Tool(
            name=self.name,
            title=self.title,
            description=self.description,
            input_schema=self.arguments.model_json_schema(),
            output_schema=TypeAdapter(self.result).json_schema(),
            annotations=types.ToolAnnotations(
                title=self.title,
                read_only_hint=self.read_only,
                destructive_hint=self.destructive,
                idempotent_hint=self.idempotent,
                # Every tool reaches a service outside.
                open_world_hint=True,
            ),
        )
