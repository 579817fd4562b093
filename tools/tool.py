"""One MCP tool as data: what clients are told of it and what runs when it is called."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import mcp_types as types
from pydantic import BaseModel, TypeAdapter, ValidationError

from gateway.options import CallOptions
from gateway.principal import Principal


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a tool answers.

    Attributes:
        text: What people and agents read.
        structured: JSON object that fits the tool's output schema; empty if it has none.
        is_error: Whether nothing of the call worked.
    """

    text: str
    structured: Mapping[str, Any] = field(default_factory=dict)
    is_error: bool = False


class BadArguments(Exception):  # noqa: N818 - an answer to the agent, not a fault
    """The arguments do not fit; `problems` holds one sentence for each fault."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


Run = Callable[[Mapping[str, Any], Principal, CallOptions], Awaitable[ToolResult]]
"""Given the arguments, the caller, and how the caller wants the call to be made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """One tool.

    Attributes:
        name: Name that clients call.
        title: Name that people see.
        description: When to use it, for the agent that chooses.
        input_schema: What it takes.
        output_schema: Shape of `ToolResult.structured`; None if there is none.
        run: Called with the arguments, the caller and the options; raises `BadArguments` before anything happened.
        read_only: Whether it leaves everything as it is.
        destructive: Whether it may undo or overwrite what the user has.
        idempotent: Whether calling it twice does no more than calling it once.
    """

    name: str
    title: str
    description: str
    input_schema: Mapping[str, Any]
    output_schema: Mapping[str, Any] | None
    run: Run
    read_only: bool
    destructive: bool
    idempotent: bool

    def describe(self) -> types.Tool:
        """Return the definition that `tools/list` shows."""
        return types.Tool(
            name=self.name,
            title=self.title,
            description=self.description,
            input_schema=dict(self.input_schema),
            output_schema=None if self.output_schema is None else dict(self.output_schema),
            annotations=types.ToolAnnotations(
                title=self.title,
                read_only_hint=self.read_only,
                destructive_hint=self.destructive,
                idempotent_hint=self.idempotent,
                # Every tool reaches a service outside.
                open_world_hint=True,
            ),
        )


def checked(model: type[BaseModel], arguments: Mapping[str, Any]) -> Any:
    """Return `arguments` as a `model`.

    Raises:
        BadArguments: They do not fit. The values stay out of the message, since they may be long or private.
    """
    try:
        return model.model_validate(arguments)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_context=False, include_input=False)
        raise BadArguments(
            [f"{'.'.join(map(str, problem['loc'])) or 'arguments'}: {problem['msg']}" for problem in problems]
        ) from error


def schema_of_result(shape: type[Any]) -> Mapping[str, Any]:
    """Return the schema of a result that is described by a TypedDict."""
    return TypeAdapter(shape).json_schema()
