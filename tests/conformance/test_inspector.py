"""The Inspector, an independent client, against the gateway on every wire that it speaks."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

import node
from house import House, running
from jobs import JOBS

INSPECTOR = "@modelcontextprotocol/inspector/clients/cli/build/index.js"
CALL = {"queries": ["Paper Lanterns", "тихий семафор"], "types": ["track", "artist"], "limit": 2}
WIRES = [
    ("http", "/mcp", "legacy"),
    ("http", "/mcp", "auto"),
    ("http", "/mcp", "modern"),
    ("sse", "/sse", "legacy"),
]
TOOL_FAILED = 5
"""How it ends when a tool answered that nothing worked."""


async def inspect(house: House, home: Path, *arguments: str, wire: tuple[str, str, str], ends: int = 0) -> Any:
    transport, path, era = wire
    options = {"--server-url": house.base + path, "--transport": transport, "--protocol-era": era}
    words = [word for option in options.items() for word in option]
    finished = await node.run(INSPECTOR, *words, *arguments, "--format", "json", "-q", home=home, within_s=30)
    assert finished.code == ends, finished.output
    # A failure has a line of its own after the result.
    return json.loads(finished.output.splitlines()[0])["result"]


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


async def call(
    house: House, tool: str, arguments: Mapping[str, Any], *, wire: tuple[str, str, str], ends: int = 0
) -> str:
    """Return what an agent reads of the answer of `tool`."""
    named = ("--tool-name", tool, "--tool-args-json", json.dumps(arguments))
    # Programs that run side by side write into their homes.
    with TemporaryDirectory() as home:
        result = await inspect(house, Path(home), "--method", "tools/call", *named, wire=wire, ends=ends)
    assert bool(result.get("isError")) is (ends == TOOL_FAILED)
    return str(result["content"][0]["text"])


@pytest.mark.parametrize("wire", WIRES)
async def test_the_inspector_calls_every_tool_on_every_wire(wire: tuple[str, str, str]) -> None:
    node.required()
    async with running() as house:

        async def does(name: str) -> None:
            job = JOBS[name]
            assert job.says in await call(house, job.tool, job.arguments, wire=wire)

        async def refuses(name: str) -> None:
            job = JOBS[name]
            assert job.complaint in await call(house, job.tool, job.wrong, wire=wire, ends=TOOL_FAILED)

        await asyncio.gather(*map(does, ("search", "status", "playlists", "library")))
        # What pauses would show in the status.
        await asyncio.gather(does("control"), refuses("control"), refuses("library"))


@pytest.mark.parametrize("wire", WIRES)
async def test_the_schemas_of_every_tool_are_portable(wire: tuple[str, str, str], tmp_path: Path) -> None:
    node.required()
    async with running(TOOLSETS="full") as house:
        listed = await inspect(house, tmp_path, "--method", "tools/list", "--strict", wire=wire)
    assert "spotify_search" in {tool["name"] for tool in listed["tools"]}
