"""One prompt as data, and the two requests that MCP has for prompts; each is offered where its tools are.

So it never sends an agent to a tool that the address does not show.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.shared.exceptions import MCPError

from tools.transport.caller import caller_of
from tools.view import View, Views

_LONGEST: Final = 500


@dataclass(frozen=True, slots=True)
class Argument:
    """What the user fills in.

    Attributes:
        name: Its name.
        about: What it is, in one sentence.
        required: Whether the prompt makes no sense without it.
        choices: What it may be; empty means any text.
    """

    name: str
    about: str
    required: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """One prompt.

    Attributes:
        name: Name that clients ask for.
        title: Name that people see.
        about: What it does, in one sentence.
        arguments: What the user fills in.
        ways: Sets of tools that it can send the agent to; one of them must be there.
        changes: Tools among them that it needs for more than reading.
        write: Returns its text for arguments that are checked and stripped.
    """

    name: str
    title: str
    about: str
    arguments: tuple[Argument, ...]
    ways: tuple[frozenset[str], ...]
    changes: frozenset[str] = frozenset()
    write: Callable[[Mapping[str, str], View], str]

    def offered(self, view: View) -> bool:
        """Tell whether `view` has what it takes."""
        return any(all(self._usable(name, view) for name in way) for way in self.ways)

    def describe(self) -> types.Prompt:
        """Return the definition that `prompts/list` shows."""
        arguments = [
            types.PromptArgument(name=one.name, description=one.about, required=one.required)
            for one in self.arguments
        ]
        return types.Prompt(name=self.name, title=self.title, description=self.about, arguments=arguments)

    def _usable(self, name: str, view: View) -> bool:
        tool = view.find(name)
        return tool is not None and not (name in self.changes and tool.read_only)


class PromptServer:
    """The prompts behind the two requests that MCP has for them."""

    def __init__(self, prompts: Sequence[Prompt], views: Views) -> None:
        self._prompts = {prompt.name: prompt for prompt in prompts}
        self._views = views

    async def list_prompts(
        self, context: ServerRequestContext[Any, Any], _: types.PaginatedRequestParams | None
    ) -> types.ListPromptsResult:
        """Answer `prompts/list` with those whose tools the caller sees."""
        return types.ListPromptsResult(prompts=[prompt.describe() for prompt in self._offered(context).values()])

    async def get_prompt(
        self, context: ServerRequestContext[Any, Any], params: types.GetPromptRequestParams
    ) -> types.GetPromptResult:
        """Answer `prompts/get`.

        Raises:
            MCPError: There is no such prompt, or its arguments do not fit.
        """
        offered = self._offered(context)
        prompt = offered.get(params.name)
        if prompt is None:
            raise _wrong(f"Unknown prompt: {params.name[:64]}. There are: {', '.join(offered) or 'none here'}")
        text = prompt.write(_checked(prompt, params.arguments or {}), self._view(context))
        message = types.PromptMessage(role="user", content=types.TextContent(text=text))
        return types.GetPromptResult(description=prompt.about, messages=[message])

    def _view(self, context: ServerRequestContext[Any, Any]) -> View:
        return self._views.view(caller_of(context).selection)

    def _offered(self, context: ServerRequestContext[Any, Any]) -> Mapping[str, Prompt]:
        view = self._view(context)
        return {name: prompt for name, prompt in self._prompts.items() if prompt.offered(view)}


def _checked(prompt: Prompt, given: Mapping[str, str]) -> Mapping[str, str]:
    """Return the arguments without those that are empty, as clients send what was left blank."""
    arguments = {name: value.strip() for name, value in given.items() if value.strip()}
    known = {argument.name for argument in prompt.arguments}
    if unknown := sorted(arguments.keys() - known):
        raise _wrong(f"{prompt.name} takes no {unknown[0][:40]!r}; it takes {', '.join(sorted(known))}")
    for argument in prompt.arguments:
        value = arguments.get(argument.name, "")
        if argument.required and not value:
            raise _wrong(f"{prompt.name} needs {argument.name}: {argument.about}")
        if value and argument.choices and value not in argument.choices:
            raise _wrong(f"{argument.name} must be one of {', '.join(argument.choices)}")
        if len(value) > _LONGEST:
            raise _wrong(f"{argument.name} must not be longer than {_LONGEST} characters")
    return arguments


def _wrong(message: str) -> MCPError:
    return MCPError(code=types.INVALID_PARAMS, message=message)
