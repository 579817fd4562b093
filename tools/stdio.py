"""Serves MCP over stdin and stdout, both eras; nothing but protocol messages reaches stdout."""

import sys
from contextlib import redirect_stdout
from typing import Any

from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server


async def serve_stdio(server: Server[Any]) -> None:
    """Serve `server` to the parent process until it closes stdin.

    While serving, stdout leads to stderr, for this process and its children, so that a stray print cannot
    break the protocol. There is one caller, the user who started the process, and no MCP authorization
    (2025-11-25, basic/authorization).
    """
    async with stdio_server() as (incoming, outgoing):
        # The SDK diverts file descriptor 1 only while it serves: what a print leaves in Python's own buffer
        # would be flushed at exit, when the descriptor is the protocol's again.
        with redirect_stdout(sys.stderr):
            await server.run(incoming, outgoing, server.create_initialization_options())
