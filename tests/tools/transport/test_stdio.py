"""Over stdin and stdout both eras are served, and a stray print does not break the protocol."""

import asyncio
import sys
from pathlib import Path

import mcp_types as types
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client

PROGRAM = """
import asyncio
import mcp_types as types
from mcp.server.lowlevel import Server
from tools.stdio import serve_stdio
from tools.transport import principal_of

async def call(ctx, params):
    print("a stray line on stdout")
    text = f"{params.arguments['text']} for {principal_of(ctx).id}"
    return types.CallToolResult(content=[types.TextContent(type="text", text=text)])

async def tools(ctx, params):
    return types.ListToolsResult(tools=[types.Tool(name="echo", input_schema={"type": "object"})])

asyncio.run(serve_stdio(Server("fixture", on_call_tool=call, on_list_tools=tools)))
"""


@pytest.mark.parametrize(
    ("mode", "version"), [("auto", "2026-07-28"), ("2026-07-28", "2026-07-28"), ("legacy", "2025-11-25")]
)
async def test_a_subprocess_serves_the_official_client(tmp_path: Path, mode: str, version: str) -> None:
    program = tmp_path / "server.py"
    program.write_text(PROGRAM)
    root = str(Path(__file__).parents[3])
    parameters = StdioServerParameters(command=sys.executable, args=[str(program)], env={"PYTHONPATH": root})
    with (tmp_path / "stderr").open("w+") as errors:
        async with asyncio.timeout(30), Client(stdio_client(parameters, errlog=errors), mode=mode) as client:
            assert client.protocol_version == version
            result = await client.call_tool("echo", {"text": "hi"})
        assert result.content == [types.TextContent(type="text", text="hi for local")]
        errors.seek(0)
        assert "a stray line on stdout" in errors.read()
