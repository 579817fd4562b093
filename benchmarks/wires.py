"""Calls tools as MCP clients do, on the three wires; an answer that is not the one expected is an error."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Protocol, TypeAlias, TypeVar
from urllib.parse import urlsplit

import orjson

from benchmarks.connection import Answer, Connection, EventStream, last_event
from gateway.auth.bearer import KEY_PREFIX

MODERN: Final = "2026-07-28"
SESSION: Final = "2025-11-25"
PAIR: Final = "2024-11-05"
TOOL: Final = "spotify_search"
OK: Final = 200
ACCEPTED: Final = 202
INFO: Final = {"name": "benchmark", "version": "1"}
ENVELOPE: Final = {
    "io.modelcontextprotocol/protocolVersion": MODERN,
    "io.modelcontextprotocol/clientCapabilities": {},
    "io.modelcontextprotocol/clientInfo": INFO,
}
WAIT_S: Final = 30.0
"""How long any answer may take."""


class WrongAnswerError(Exception):
    """A server answered something else; nothing that it does is worth measuring."""


Line = TypeVar("Line", bound=asyncio.Protocol)


async def connect(line: Line, base: str) -> Line:
    """Connect to the server at an address."""
    address = urlsplit(base)
    loop = asyncio.get_running_loop()
    await loop.create_connection(lambda: line, address.hostname or "", address.port or 0)
    return line


@dataclass(frozen=True, slots=True)
class Question:
    """Arguments of the tool as JSON, and the result that they must have; None while nobody knows."""

    arguments: bytes
    told: Mapping[str, Any] | None = None


def substance(result: Mapping[str, Any]) -> Mapping[str, Any]:
    """What every server must answer alike: the content, not how it signs it or orders its keys."""
    return {"content": result.get("content"), "structuredContent": result.get("structuredContent")}


def check(message: bytes, number: int, question: Question) -> Mapping[str, Any]:
    """The result in an answer.

    Raises:
        WrongAnswerError: Another id, an error, or another content.
    """
    found = orjson.loads(message)
    result: Mapping[str, Any] = found.get("result") or {}
    if found.get("id") != number or not result or result.get("isError"):
        raise WrongAnswerError(message[:500].decode())
    if question.told is not None and substance(result) != question.told:
        raise WrongAnswerError(f"not the content expected: {message[:500].decode()}")
    return result


class Caller(Protocol):
    """A client of a server."""

    async def call(self, number: int, question: Question) -> Mapping[str, Any]:
        """Return the result of one call; `number` is its id."""
        ...

    async def close(self) -> None:
        """Leave as a client should."""
        ...


Opens: TypeAlias = Callable[[str], Awaitable[Caller]]
"""Becomes a client of the server at an address."""


KEY: Final = KEY_PREFIX + "b" * 43
"""The gateway key of whoever calls. It goes to every server, for all to read the same head."""


def head(base: str, path: str, *fields: str, method: str = "POST") -> bytes:
    """A request up to its length."""
    host, known = f"Host: {urlsplit(base).netloc}", f"Authorization: Bearer {KEY}"
    lines = [f"{method} {path} HTTP/1.1", host, "User-Agent: benchmark", known, *fields]
    return "\r\n".join(lines).encode()


def request(head: bytes, body: bytes) -> bytes:
    """A whole request."""
    return b"%b\r\nContent-Length: %d\r\n\r\n%b" % (head, len(body), body)


def listening(base: str) -> bytes:
    """A request for the stream of 2024-11-05."""
    return head(base, "/sse", "Accept: text/event-stream", method="GET") + b"\r\n\r\n"


JSON: Final = ("Content-Type: application/json", "Accept: application/json, text/event-stream")


class ModernCaller:
    """Speaks 2026-07-28: every request stands for itself."""

    def __init__(self, connection: Connection, base: str, *, token: str = "") -> None:
        named = (f"MCP-Protocol-Version: {MODERN}", "Mcp-Method: tools/call", f"Mcp-Name: {TOOL}")
        self._connection = connection
        self._head = head(base, "/mcp", *JSON, *named)
        self._meta = orjson.dumps(ENVELOPE | ({"progressToken": token} if token else {}))

    async def call(self, number: int, question: Question) -> Mapping[str, Any]:
        """See `Caller.call`."""
        body = b'{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"%b","arguments":%b,"_meta":%b}}'
        whole = body % (number, TOOL.encode(), question.arguments, self._meta)
        return check(_message(await self._connection.ask(request(self._head, whole))), number, question)

    async def close(self) -> None:
        """See `Caller.close`."""
        self._connection.close()


class SessionCaller:
    """Speaks 2025-11-25, in a session if the server opens one."""

    def __init__(self, connection: Connection, base: str) -> None:
        self._base = base
        self._connection = connection
        self._fields: tuple[str, ...] = (*JSON, f"MCP-Protocol-Version: {SESSION}")
        self._head = head(base, "/mcp", *self._fields)
        self.id = ""

    async def open(self) -> None:
        """Shake hands."""
        answer = await self._connection.ask(request(head(self._base, "/mcp", *JSON), _initialize(SESSION)))
        _message(answer)
        self.id = answer.field(b"mcp-session-id").decode()
        if self.id:
            self._fields = (*self._fields, f"Mcp-Session-Id: {self.id}")
            self._head = head(self._base, "/mcp", *self._fields)
        _accepted(await self._connection.ask(request(self._head, _INITIALIZED)))

    async def call(self, number: int, question: Question) -> Mapping[str, Any]:
        """See `Caller.call`."""
        answer = await self._connection.ask(request(self._head, _call(number, question)))
        return check(_message(answer), number, question)

    async def close(self) -> None:
        """See `Caller.close`."""
        if self.id:
            await self._connection.ask(request(head(self._base, "/mcp", *self._fields, method="DELETE"), b""))
        self.vanish()

    def vanish(self) -> None:
        """Hang up and leave the session to the server."""
        self._connection.close()


class PairCaller:
    """Speaks 2024-11-05: it posts on one connection and hears the answers on another.

    A call is over once its message has come by the stream.
    """

    def __init__(self, connection: Connection, base: str) -> None:
        loop = asyncio.get_running_loop()
        self._base = base
        self._connection = connection
        self._endpoint: asyncio.Future[bytes] = loop.create_future()
        self._message: asyncio.Future[bytes] = loop.create_future()
        self._head = b""
        self.stream = EventStream(listening(base), self._heard)

    async def open(self) -> None:
        """Open the stream and shake hands.

        Raises:
            WrongAnswerError: The server refused the stream.
        """
        await connect(self.stream, self._base)
        await asyncio.wait((self._endpoint, self.stream.ended), return_when=asyncio.FIRST_COMPLETED)
        if not self._endpoint.done():
            raise WrongAnswerError(f"the stream was refused with {self.stream.refused}")
        self._head = head(self._base, self._endpoint.result().decode(), *JSON)
        await self._say(_initialize(PAIR))
        await self._post(_INITIALIZED)

    async def call(self, number: int, question: Question) -> Mapping[str, Any]:
        """See `Caller.call`."""
        return check(await self._say(_call(number, question)), number, question)

    async def close(self) -> None:
        """See `Caller.close`; in this revision a session has no other end."""
        self.stream.close()
        self._connection.close()

    def fall_silent(self) -> None:
        """Keep the stream only, until the next call."""
        self._connection.close()

    async def _say(self, body: bytes) -> bytes:
        self._message = asyncio.get_running_loop().create_future()
        await self._post(body)
        return await self._message

    async def _post(self, body: bytes) -> None:
        if not self._connection.open:
            self._connection = await connect(Connection(), self._base)
        _accepted(await self._connection.ask(request(self._head, body)))

    def _heard(self, name: bytes, data: bytes) -> None:
        waiting = self._endpoint if name == b"endpoint" else self._message
        if not waiting.done():
            waiting.set_result(data)


async def modern(base: str, *, token: str = "") -> Caller:
    """A client of 2026-07-28; with a token it asks for progress."""
    return ModernCaller(await connect(Connection(), base), base, token=token)


async def session(base: str) -> SessionCaller:
    """A client of 2025-11-25."""
    caller = SessionCaller(await connect(Connection(), base), base)
    async with asyncio.timeout(WAIT_S):
        await caller.open()
    return caller


async def pair(base: str) -> PairCaller:
    """A client of 2024-11-05."""
    caller = PairCaller(await connect(Connection(), base), base)
    try:
        async with asyncio.timeout(WAIT_S):
            await caller.open()
    except WrongAnswerError:
        await caller.close()
        raise
    return caller


WIRES: Final[Mapping[str, Opens]] = {MODERN: modern, f"{SESSION} session": session, f"{PAIR} SSE pair": pair}
"""The wires that goals are set for."""
ASKING_FOR_PROGRESS: Final[Opens] = partial(modern, token="here")  # noqa: S106 - no secret


def _initialize(version: str) -> bytes:
    params = {"protocolVersion": version, "capabilities": {}, "clientInfo": INFO}
    return orjson.dumps({"jsonrpc": "2.0", "id": "hello", "method": "initialize", "params": params})


_INITIALIZED: Final = b'{"jsonrpc":"2.0","method":"notifications/initialized"}'


def _call(number: int, question: Question) -> bytes:
    body = b'{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"%b","arguments":%b}}'
    return body % (number, TOOL.encode(), question.arguments)


def _message(answer: Answer) -> bytes:
    if answer.status != OK:
        raise WrongAnswerError(f"{answer.status}: {answer.body[:500].decode()}")
    return last_event(answer.body) if b"event-stream" in answer.field(b"content-type") else answer.body


def _accepted(answer: Answer) -> None:
    if answer.status != ACCEPTED:
        raise WrongAnswerError(f"{answer.status}: {answer.body[:500].decode()}")
