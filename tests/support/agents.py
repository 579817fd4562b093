"""Real MCP clients behind one face: whichever the wire, a call has an answer that a test can read."""

import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, Protocol, cast

import httpx2
from mcp import Client, ClientSession, StdioServerParameters
from mcp.client.sse import sse_client
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client

from house import House

ROOT: Final = Path(__file__).parents[2]
HTTP: Final = ("auto", "legacy", "2026-07-28", "sse")
"""Wires of the official client over HTTP."""
STDIO: Final = ("stdio auto", "stdio legacy", "stdio 2026-07-28")
"""Wires of the official client to a process of its own."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a tool answered: whether nothing of it worked, what an agent reads, and what a program reads."""

    is_error: bool
    text: str
    told: Mapping[str, Any]

    @property
    def failure(self) -> Mapping[str, Any]:
        """The first failure, wherever the tool tells it; empty if there is none."""
        told = self.told
        parts = [*told.get("batches", ()), *told.get("results", ()), *told.get("failed", {}).values(), told]
        return next((part for part in parts if part.get("code")), {})


class Agent(Protocol):
    """A connected client."""

    async def tools(self) -> list[str]:
        """Return the names of the tools that are listed."""
        ...

    async def call(self, name: str, arguments: Mapping[str, Any]) -> Answer:
        """Return what the tool `name` answers.

        Raises:
            MCPError: The server refused the request itself.
        """
        ...


def answer_of(result: Any) -> Answer:
    """Return what a result of the SDK's shape says; its one text must be the message for agents."""
    (content,) = result.content
    told = result.structured_content or {}
    assert content.text == told.get("_msg", content.text)
    return Answer(bool(result.is_error), str(content.text), told)


@dataclass(frozen=True, slots=True)
class OfficialAgent:
    """The client of the official SDK, or its session where there is no more than that."""

    client: Client | ClientSession

    async def tools(self) -> list[str]:
        """See `Agent`."""
        return [tool.name for tool in (await self.client.list_tools()).tools]

    async def call(self, name: str, arguments: Mapping[str, Any]) -> Answer:
        """See `Agent`."""
        return answer_of(await self.client.call_tool(name, dict(arguments)))


def connected(
    house: House, wire: str, selection: str = "", *, auth: httpx2.Auth | None = None
) -> AbstractAsyncContextManager[Agent]:
    """Connect by `wire`, to the tools of the address that ends in `selection`; over HTTP with `auth`."""
    if wire.startswith("stdio "):
        return _process(house, wire.removeprefix("stdio "))
    return _pair(house, selection, auth) if wire == "sse" else _streamable(house, wire, selection, auth=auth)


@asynccontextmanager
async def _streamable(
    house: House, mode: str, selection: str, *, auth: httpx2.Auth | None
) -> AsyncIterator[Agent]:
    async with create_mcp_http_client(auth=auth) as http:
        transport = streamable_http_client(f"{house.base}/mcp{selection}", http_client=http)
        async with Client(transport, mode=cast(Any, mode)) as client:
            yield OfficialAgent(client)


@asynccontextmanager
async def _pair(house: House, selection: str, auth: httpx2.Auth | None) -> AsyncIterator[Agent]:
    async with (
        sse_client(f"{house.base}/sse{selection}", auth=auth) as (read, write),
        ClientSession(read, write) as session,
    ):
        await session.initialize()
        yield OfficialAgent(session)


@asynccontextmanager
async def _process(house: House, mode: str) -> AsyncIterator[Agent]:
    """Start a gateway of its own in front of the simulator of `house`."""
    async with AsyncExitStack() as stack:
        # Two gateways must not share what is remembered across restarts.
        folder = stack.enter_context(TemporaryDirectory())
        server = StdioServerParameters(
            command=sys.executable,
            args=["-m", "ops", "stdio"],
            env={**house.environ, "DATA_DIR": folder},
            cwd=ROOT,
        )
        transport = stdio_client(server)
        yield OfficialAgent(await stack.enter_async_context(Client(transport, mode=cast(Any, mode))))
