"""MCP clients that choose their own ids and tokens, one for each wire, to see whose answer comes to whom."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import aiohttp

MODERN: Final = "2026-07-28"
LEGACY: Final = "2025-11-25"
HEADERS: Final[Mapping[str, str]] = {"Accept": "application/json, text/event-stream"}
TOKEN: Final = "the same for all"
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Heard:
    """What came back: the answer, how many notes of progress came before it, and whether it came as a stream."""

    answer: Json
    progress: int
    streamed: bool


class Talker(Protocol):
    """A connected client."""

    async def ask(self, request_id: int | str, query: str, *, slowly: bool) -> Heard:
        """Search for `query`; `slowly` asks for progress, which takes the call off the fast lane."""
        ...

    async def leave(self) -> None:
        """Go without a word, whatever is under way."""
        ...


def question(request_id: int | str, query: str, *, slowly: bool, meta: Json) -> Json:
    """Return a call of the search tool."""
    params: Json = {
        "name": "spotify_search",
        "arguments": {"queries": [query], "types": ["track"], "limit": 1},
        "_meta": {**meta, **({"progressToken": TOKEN} if slowly else {})},
    }
    return {"jsonrpc": "2.0", "id": request_id, "method": "tools/call", "params": params}


@dataclass(frozen=True, slots=True)
class PostTalker:
    """A client whose every question is a request of its own: on the stateless wire, or in a session."""

    http: aiohttp.ClientSession
    address: str
    headers: Mapping[str, str]
    meta: Json

    async def ask(self, request_id: int | str, query: str, *, slowly: bool) -> Heard:
        """See `Talker`."""
        message = question(request_id, query, slowly=slowly, meta=self.meta)
        async with self.http.post(self.address, json=message, headers=self.headers) as response:
            if response.content_type == "application/json":
                return Heard(await response.json(), 0, streamed=False)
            *progress, answer = [data async for event, data in events(response) if event == "message"]
            assert all(note["params"]["progressToken"] == TOKEN for note in progress)
            return Heard(answer, len(progress), streamed=True)

    async def leave(self) -> None:
        """See `Talker`."""
        if "Mcp-Session-Id" in self.headers:
            async with self.http.delete(self.address, headers=self.headers):
                pass
        await self.http.close()


@dataclass(slots=True)
class PairTalker:
    """A client of the SSE pair, whose answers all come by one stream."""

    http: aiohttp.ClientSession
    address: str
    stream: aiohttp.ClientResponse
    waiting: dict[int | str, asyncio.Future[Json]] = field(default_factory=dict)
    progress: int = 0
    strays: list[Json] = field(default_factory=list)

    async def listen(self) -> None:
        """Hand out what the stream brings, and keep what nobody here waits for."""
        async for event, data in events(self.stream):
            if event == "message" and "method" in data:
                self.progress += data["params"]["progressToken"] == TOKEN
            elif event == "message" and data["id"] in self.waiting:
                self.waiting.pop(data["id"]).set_result(data)
            else:
                self.strays.append(data)

    async def ask(self, request_id: int | str, query: str, *, slowly: bool) -> Heard:
        """See `Talker`; the progress is that of all questions so far."""
        answer = self.waiting[request_id] = asyncio.get_running_loop().create_future()
        await self.send(question(request_id, query, slowly=slowly, meta={}))
        return Heard(await answer, self.progress, streamed=True)

    async def send(self, message: Json) -> None:
        """Post a message whose answer, if there is one, comes by the stream."""
        async with self.http.post(self.address, json=message) as response:
            assert response.status == 202

    async def leave(self) -> None:
        """See `Talker`."""
        self.stream.close()
        await self.http.close()


async def events(response: aiohttp.ClientResponse) -> AsyncIterator[tuple[str, Any]]:
    """Yield the events of a stream with their data, JSON where the event is a message."""
    event = "message"
    async for raw in response.content:
        line = raw.decode().rstrip("\r\n")
        if line.startswith("event: "):
            event = line.removeprefix("event: ")
        elif line.startswith("data: "):
            data = line.removeprefix("data: ")
            yield event, json.loads(data) if event == "message" else data
            event = "message"


def hello(version: str) -> Json:
    """Return what opens a session."""
    info = {"name": "talker", "version": "1"}
    params = {"protocolVersion": version, "capabilities": {}, "clientInfo": info}
    return {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}


READY: Final[Json] = {"jsonrpc": "2.0", "method": "notifications/initialized"}


@asynccontextmanager
async def on_the_stateless_wire(base: str) -> AsyncIterator[Talker]:
    """Connect without a session."""
    meta = {
        "io.modelcontextprotocol/protocolVersion": MODERN,
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    routing = {"MCP-Protocol-Version": MODERN, "Mcp-Method": "tools/call", "Mcp-Name": "spotify_search"}
    async with aiohttp.ClientSession() as http:
        yield PostTalker(http, f"{base}/mcp", {**HEADERS, **routing}, meta)


@asynccontextmanager
async def in_a_session(base: str) -> AsyncIterator[Talker]:
    """Open a session."""
    address = f"{base}/mcp"
    async with aiohttp.ClientSession() as http:
        async with http.post(address, json=hello(LEGACY), headers=HEADERS) as response:
            headers = {
                **HEADERS,
                "MCP-Protocol-Version": LEGACY,
                "Mcp-Session-Id": response.headers["Mcp-Session-Id"],
            }
        async with http.post(address, json=READY, headers=headers) as response:
            assert response.status == 202
        yield PostTalker(http, address, headers, {})


@asynccontextmanager
async def on_the_pair(base: str) -> AsyncIterator[Talker]:
    """Open a stream."""
    async with aiohttp.ClientSession() as http, http.get(f"{base}/sse") as stream:
        _, endpoint = await anext(events(stream))
        talker = PairTalker(http, base + endpoint, stream)
        listening = asyncio.create_task(talker.listen())
        greeted = talker.waiting[1] = asyncio.get_running_loop().create_future()
        await talker.send(hello("2024-11-05"))
        await greeted
        await talker.send(READY)
        try:
            yield talker
        finally:
            listening.cancel()
            await asyncio.wait({listening})


Connect = Callable[[str], AbstractAsyncContextManager[Talker]]
WIRES: Final[tuple[Connect, ...]] = (on_the_stateless_wire, in_a_session, on_the_pair)
