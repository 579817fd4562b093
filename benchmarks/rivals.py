"""The servers that ours is held against on the wires of MCP: `python rivals.py NAME FILE`, run as a process each.

Each prints its address and serves until killed. Its tool answers with the result in FILE, from memory: whatever a
tool has to do comes on top, so this is the most favourable case for each of them.
"""

import asyncio
import logging
import socket
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import mcp_types as types
import orjson
import uvicorn
import uvloop
from aiohttp import web
from mcp.server.lowlevel import Server
from mcp.server.sse import SseServerTransport
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

TOOL = "spotify_search"


def announce(port: int) -> None:
    """Tell the benchmark where to ask."""
    sys.stdout.write(f"http://127.0.0.1:{port}/\n")
    sys.stdout.flush()


async def bare(told: dict[str, Any]) -> None:
    """The floor: an aiohttp application that decodes what is asked and answers prepared bytes with the right id.

    It also opens event streams and leaves them alone.
    """
    head, tail = b'{"jsonrpc":"2.0","id":', b',"result":' + orjson.dumps(told) + b"}"

    async def answer(request: web.Request) -> web.Response:
        message = orjson.loads(await request.read())
        body = b"%b%b%b" % (head, orjson.dumps(message["id"]), tail)
        return web.Response(body=body, content_type="application/json")

    async def stream(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(b"event: endpoint\ndata: /mcp\n\n")
        await asyncio.Event().wait()
        return response

    app = web.Application()
    app.router.add_post("/mcp", answer)
    app.router.add_get("/sse", stream)
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    announce(runner.addresses[0][1])
    await asyncio.Event().wait()


def sdk(told: dict[str, Any]) -> Starlette:
    """The SDK's lowlevel server, as it comes, on all its wires; JSON answers, which cost it less than streams."""
    result = types.CallToolResult.model_validate(told)

    async def call(_context: Any, _params: types.CallToolRequestParams) -> types.CallToolResult:
        return result

    async def tools(_context: Any, _params: Any) -> types.ListToolsResult:
        return types.ListToolsResult(tools=[types.Tool(name=TOOL, input_schema={"type": "object"})])

    server: Server[Any] = Server("sdk", on_call_tool=call, on_list_tools=tools)
    events = SseServerTransport("/messages/")

    async def stream(request: Request) -> Response:
        send = request._send  # noqa: SLF001 - the SDK's own example does it
        async with events.connect_sse(request.scope, request.receive, send) as (incoming, outgoing):
            await server.run(incoming, outgoing, server.create_initialization_options())
        return Response()

    app = server.streamable_http_app(json_response=True)
    app.router.routes += [Route("/sse", stream), Mount("/messages/", app=events.handle_post_message)]
    return app


def fastmcp(told: dict[str, Any], **options: Any) -> Any:
    """FastMCP, as it comes, on one of its transports."""
    server = import_module("fastmcp").FastMCP("fastmcp")
    result = import_module("fastmcp.tools.base").ToolResult(
        content=types.CallToolResult.model_validate(told).content, structured_content=told["structuredContent"]
    )

    def spotify_search(queries: list[str], types: list[str], limit: int = 20) -> Any:
        del queries, types, limit
        return result

    server.tool(spotify_search, name=TOOL, output_schema=None)
    return server.http_app(**options)


def on_uvicorn(app: Any) -> None:
    """Serve with the fastest parts that uvicorn has, and without a log of requests."""
    logging.disable(logging.WARNING)
    config = uvicorn.Config(app, loop="uvloop", http="httptools", access_log=False, log_level="error")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        announce(listener.getsockname()[1])
        uvicorn.Server(config).run(sockets=[listener])


def main(name: str, file: str) -> None:
    """Run one."""
    told = orjson.loads(Path(file).read_bytes())
    if name == "bare":
        uvloop.run(bare(told))
    elif name == "sdk":
        on_uvicorn(sdk(told))
    elif name == "fastmcp":
        on_uvicorn(fastmcp(told, json_response=True, stateless_http=True))
    elif name == "fastmcp-sessions":
        on_uvicorn(fastmcp(told, json_response=True))
    else:
        on_uvicorn(fastmcp(told, transport="sse"))


if __name__ == "__main__":
    main(*sys.argv[1:])
