"""The Inspector, an independent client, against the gateway on every wire that it speaks."""

import json
from pathlib import Path
from typing import Any

import pytest

import node
from house import House, running

INSPECTOR = "@modelcontextprotocol/inspector/clients/cli/build/index.js"
CALL = {"queries": ["Paper Lanterns", "тихий семафор"], "types": ["track", "artist"], "limit": 2}
WIRES = [
    ("http", "/mcp", "legacy"),
    ("http", "/mcp", "auto"),
    ("http", "/mcp", "modern"),
    ("sse", "/sse", "legacy"),
]


async def inspect(house: House, home: Path, *arguments: str, wire: tuple[str, str, str]) -> Any:
    transport, path, era = wire
    options = {"--server-url": house.base + path, "--transport": transport, "--protocol-era": era}
    words = [word for option in options.items() for word in option]
    finished = await node.run(INSPECTOR, *words, *arguments, "--format", "json", "-q", home=home, within_s=30)
    assert finished.code == 0, finished.output
    return json.loads(finished.output)["result"]


@pytest.mark.parametrize("wire", WIRES)
async def test_the_inspector_searches_on_every_wire(wire: tuple[str, str, str], tmp_path: Path) -> None:
    node.required()
    async with running() as house:
        call = ("--method", "tools/call", "--tool-name", "spotify_search", "--tool-args-json", json.dumps(CALL))
        result = await inspect(house, tmp_path, *call, wire=wire)
    assert not result.get("isError")
    # Only 2026-07-28 signs its answers: this tells that the era was the one asked for.
    assert ("_meta" in result) == (wire[2] != "legacy")
    first, second = result["structuredContent"]["batches"]
    assert first["items"][0]["name"] == "Paper Lanterns"
    assert [item["name"] for item in second["items"] if item["type"] == "artist"] == ["Тихий Семафор"]


@pytest.mark.parametrize("wire", WIRES)
async def test_the_schemas_of_every_tool_are_portable(wire: tuple[str, str, str], tmp_path: Path) -> None:
    node.required()
    async with running(TOOLSETS="full") as house:
        listed = await inspect(house, tmp_path, "--method", "tools/list", "--strict", wire=wire)
    assert "spotify_search" in {tool["name"] for tool in listed["tools"]}
