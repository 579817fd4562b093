from typing import Any

import pytest
from mcp import Client
from mcp.shared.exceptions import MCPError
from pydantic import BaseModel, ConfigDict, Field

from bare_tools import OneView
from gateway.options import DEFAULT
from tools.observer import Outcome
from tools.runner import ToolRunner
from tools.search import search_tool
from tools.server import build_server
from tools.tool import Tool, ToolCall, ToolResult, checked


class Arguments(BaseModel):
    model_config = ConfigDict(extra="forbid")

    word: str = Field(max_length=5)


class Observer:
    def __init__(self) -> None:
        self.heard: list[tuple[str, Outcome]] = []

    def called(self, tool: str, outcome: Outcome, seconds: float) -> None:
        assert seconds >= 0
        self.heard.append((tool, outcome))

    def crashed(self, tool: str, error: Exception) -> None:
        assert (tool, str(error)) == ("echo", "private")


def echo() -> Tool:
    async def run(call: ToolCall) -> ToolResult:
        assert call.options == DEFAULT
        arguments: Arguments = checked(Arguments, call.arguments)
        if arguments.word == "crash":
            raise RuntimeError("private")
        said = f"{call.principal.id}: {arguments.word}"
        return ToolResult(said, {"_msg": said}, is_error=arguments.word == "fail")

    return Tool(
        name="echo",
        title="Echo",
        description="Says it again.",
        input_schema=Arguments.model_json_schema(),
        output_schema={"type": "object"},
        run=run,
        read_only=True,
        destructive=False,
        idempotent=True,
    )


def served(observer: Observer) -> Any:
    return build_server(OneView([echo()]), version="1", runner=ToolRunner(observer=observer, clock=lambda: 0.0))


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_a_call_is_answered_as_text_and_as_structure(mode: Any) -> None:
    observer = Observer()
    async with Client(served(observer), mode=mode) as client:
        result = await client.call_tool("echo", {"word": "hi"})
    assert result.structured_content == {"_msg": "local: hi"}
    assert [getattr(content, "text", None) for content in result.content] == ["local: hi"]
    assert not result.is_error
    assert observer.heard == [("echo", "ok")]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"word": "far too long"}, "word: String should have at most 5 characters"),
        ({}, "word: is missing"),
        ({"word": "hi", "colour": "red"}, "colour: there is no such argument"),
    ],
)
async def test_bad_arguments_are_a_result_that_an_agent_can_mend(arguments: dict[str, Any], said: str) -> None:
    observer = Observer()
    async with Client(served(observer)) as client:
        result = await client.call_tool("echo", arguments)
    assert result.is_error
    text = getattr(result.content[0], "text", "")
    assert said in text
    assert text.endswith("It takes: word.")
    assert observer.heard == [("echo", "invalid")]


async def test_an_unknown_tool_is_a_protocol_error_that_names_the_known_ones() -> None:
    async with Client(served(Observer())) as client:
        with pytest.raises(MCPError, match=r"Unknown tool: nope\. There are: echo"):
            await client.call_tool("nope", {})


async def test_a_failed_call_is_marked_as_one() -> None:
    observer = Observer()
    async with Client(served(observer)) as client:
        assert (await client.call_tool("echo", {"word": "fail"})).is_error
    assert observer.heard == [("echo", "error")]


async def test_a_fault_of_ours_is_told_without_its_details() -> None:
    observer = Observer()
    async with Client(served(observer)) as client:
        result = await client.call_tool("echo", {"word": "crash"})
    assert result.is_error
    assert "private" not in getattr(result.content[0], "text", "")
    assert observer.heard == [("echo", "crashed")]


def test_two_tools_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="echo"):
        OneView([echo(), echo()])


def test_the_search_tool_says_what_it_is_within_a_small_budget() -> None:
    definition = search_tool(None, clock=lambda: 0.0).describe()  # type: ignore[arg-type]
    assert definition.annotations is not None
    assert definition.annotations.read_only_hint is True
    assert definition.annotations.open_world_hint is True
    assert definition.input_schema["additionalProperties"] is False
    assert set(definition.input_schema["required"]) == {"queries", "types"}
    assert definition.output_schema is not None
    assert "_msg" in definition.output_schema["required"]
    assert len(definition.model_dump_json(by_alias=True, exclude_none=True)) <= 4000
