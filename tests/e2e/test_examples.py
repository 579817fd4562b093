"""The examples of docs/agents.md work as printed, one after the other, and answer what is printed."""

import re
from pathlib import Path
from typing import Any

import orjson
from mcp import Client
from mcp_types import CallToolResult

from house import running
from ops.simulator import SimulatorConfig

PAGE = Path(__file__).parents[2] / "docs" / "agents.md"
BLOCKS = re.findall(
    r"^```(json|text)\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL
)


def holds(whole: Any, part: Any) -> bool:
    """Tell whether `part` is in `whole`: members of objects, and beginnings of lists."""
    match part:
        case dict():
            return all(name in whole and holds(whole[name], value) for name, value in part.items())
        case list():
            return len(part) <= len(whole) and all(map(holds, whole, part))
        case _:
            return bool(whole == part)


async def test_every_example_of_the_tools_is_answered_as_printed() -> None:
    answered: list[tuple[Any, CallToolResult]] = []
    async with running(SimulatorConfig(limit=30)) as house, Client(f"{house.base}/mcp") as client:
        listed = {tool.name for tool in (await client.list_tools()).tools}
        for kind, block in BLOCKS:
            printed = block.rstrip("\n") if kind == "text" else orjson.loads(block)
            if "arguments" in printed:
                answered.append((printed, await client.call_tool(printed["name"], printed["arguments"])))
            else:
                answered.append((printed, answered[-1][1]))
    for printed, answer in answered:
        match printed:
            case str():
                assert answer.content[0].model_dump()["text"] == printed
            case {"name": name, "arguments": _}:
                listed.discard(name)
            case _:
                assert holds(answer.structured_content, printed), answer.structured_content
    assert not listed
