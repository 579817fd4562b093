"""One MCP tool as data: what clients are told of it and what runs when it is called."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, Self

import mcp_types as types
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from gateway.memo import Memo
from gateway.options import DEFAULT, CallOptions
from gateway.principal import LOCAL, Principal
from tools.inline import inline
from tools.outcome import Call


class Progress(Protocol):
    """Where a tool tells how far it is; told to nobody unless the client asked for it."""

    async def __call__(self, done: float, total: float) -> None:
        """Tell that `done` of `total` steps are over."""
        ...


async def untold(done: float, total: float) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One call of a tool.

    Attributes:
        arguments: What the caller gave, unchecked.
        principal: Who calls.
        options: How the caller wants it made.
        progress: Where to tell how far it is.
    """

    arguments: Mapping[str, Any]
    principal: Principal = LOCAL
    options: CallOptions = DEFAULT
    progress: Progress = untold


@dataclass(frozen=True, slots=True)
class Read:
    """A read that came from the cache, and the very bytes that it answered."""

    memo: Memo
    body: bytes


def not_again() -> Sequence[Read]:
    """Say that the same call must be made anew."""
    return ()


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a tool answers.

    Attributes:
        text: What people and agents read.
        structured: JSON object that fits the tool's output schema; empty if it has none.
        is_error: Whether nothing of the call worked.
        more: Further content blocks in the protocol's JSON, after the text.
        reads: Tells the reads that it was put together from, if they and the arguments are all that it depends
            on and all came from the cache: while they answer the same bytes, so does the tool. Otherwise none.
    """

    text: str
    structured: Mapping[str, Any] = field(default_factory=dict)
    is_error: bool = False
    more: tuple[Mapping[str, Any], ...] = ()
    reads: Callable[[], Sequence[Read]] = not_again

    def describe(self) -> types.CallToolResult:
        """Return it as `tools/call` answers it.

        Raises:
            ValidationError: `more` holds what is no content block.
        """
        fields = {"content": [{"type": "text", "text": self.text}, *self.more], "isError": self.is_error}
        if self.structured:
            fields["structuredContent"] = self.structured
        return types.CallToolResult.model_validate(fields)


class BadArguments(Exception):  # noqa: N818 - an answer to the agent, not a fault
    """The arguments do not fit; `problems` holds one sentence for each fault."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


Run = Callable[[ToolCall], Awaitable[ToolResult]]
"""Answers one call."""


def no_calls(_: Mapping[str, Any]) -> Sequence[Call]:
    """Ask nothing of Spotify that might need a scope."""
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """One tool.

    Attributes:
        name: Name that clients call.
        title: Name that people see.
        description: When to use it, for the agent that chooses.
        input_schema: What it takes.
        output_schema: Shape of `ToolResult.structured`; None if there is none.
        run: Answers a call; raises `BadArguments` before anything happened.
        read_only: Whether it leaves everything as it is.
        destructive: Whether it may undo or overwrite what the user has.
        idempotent: Whether calling it twice does no more than calling it once.
        calls: Tells what a call asks of Spotify in any case; raises `BadArguments` as `run` does.
        kinds: One call of each kind that it can make.
        aliases: Further names that clients may call it by; they are not listed.
        reader: The tool of the same name that only reads, for whoever may change nothing; None if there is none
            or if it reads only anyway.
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
    calls: Callable[[Mapping[str, Any]], Sequence[Call]] = no_calls
    kinds: Sequence[Call] = ()
    aliases: tuple[str, ...] = ()
    reader: Self | None = None

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


_WORDS: Mapping[str, str] = {"extra_forbidden": "there is no such argument", "missing": "is missing"}
"""What pydantic says in the words of its own trade."""


def checked(model: type[BaseModel], arguments: Mapping[str, Any]) -> Any:
    """Return `arguments` as a `model`.

    Raises:
        BadArguments: They do not fit. The values stay out of the message, since they may be long or private.
    """
    try:
        return model.model_validate(arguments)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_context=False, include_input=False)
        raise BadArguments([_sentence(problem) for problem in problems]) from error


def _sentence(problem: ErrorDetails) -> str:
    where = inline(".".join(map(str, problem["loc"]))) or "arguments"
    return f"{where}: {_WORDS.get(problem['type'], problem['msg'])}"


def schema_of_result(shape: type[Any]) -> Mapping[str, Any]:
    """Return the schema of a result that is described by a TypedDict."""
    return TypeAdapter(shape).json_schema()
