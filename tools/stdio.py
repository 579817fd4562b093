"""Serves MCP over stdin and stdout, both eras; nothing but protocol messages reaches stdout."""

from typing import Any

from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server


async def serve_stdio(server: Server[Any]) -> None:
    """Serve `server` to the parent process until it closes stdin.

    While serving, file descriptor 1 leads to stderr, so that a stray print cannot break the protocol. There is
    one caller, the user who started the process, and no MCP authorization (2025-11-25, basic/authorization).
    """
    async with stdio_server() as (incoming, outgoing):
        await server.run(incoming, outgoing, server.create_initialization_options())
