"""Requests that are damaged at random are answered alike, also between whole ones that the fast lane remembers."""

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mcp_lanes import ENVELOPE, McpLanes, both, call, essence, modern, post

ROUTED = {"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call", "Mcp-Name": "echo"}
META = json.dumps(ENVELOPE).encode()

WHOLE = [
    b'{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"echo","arguments":{"word":"a"}}}',
    b'{"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": {"name": "echo", "arguments": {"word": "a"}}}',
    b'{"method":"tools/call","params":{"name":"echo","arguments":{"word":"7"}},"jsonrpc":"2.0","id":7}',
    b'{"method":"tools/call","params":{"name":"echo","arguments":{"word":"a"},"_meta":%b},"jsonrpc":"2.0","id":7}'
    % META,
    b'{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"_meta":%b,"name":"echo","arguments":{}}}' % META,
    b'{"jsonrpc":"2.0","id":7,"method":"tools/list","params":{"_meta":%b}}' % META,
    b'{"method":"tools/list","jsonrpc":"2.0","id":7}',
]
PIECES = [
    *(b'{ } [ ] , : " \\ 0 1 7 - . e null true false [] {} "" \\u0000 \\ud800 \xc3 \xef\xbb\xbf'.split()),
    b" ",
    b"\n",
    b'"id":7',
    b',"id":8',
    b'"jsonrpc":"2.0","id":7',
    b'"name":"show"',
    b'"word":1',
    b'"arguments":{}',
    b'"_meta":{}',
    b'"progressToken":1,',
    b',"method":[]',
    b',"deep":' + b"[" * 300 + b"]" * 300,
]  # fmt: skip

# Most that reads a message without understanding it looks at its ends.
places = st.integers(0, 400) | st.integers(-4, -1)
damages = st.tuples(places, st.integers(0, 3), st.sampled_from(PIECES) | st.binary(max_size=2))


def damaged(body: bytes, damage: list[tuple[int, int, bytes]]) -> bytes:
    """The body with parts of it cut out and others put in their place."""
    for place, length, piece in damage:
        at = place % (len(body) + 1)
        body = body[:at] + piece + body[at + length :]
    return body or b" "


def numbered(body: bytes, number: int) -> bytes:
    return body.replace(b'"id":7', b'"id":%d' % number).replace(b'"id": 7', b'"id": %d' % number)


class Sessions:
    """Opens one on each side, once."""

    def __init__(self) -> None:
        self._headers: dict[int, dict[str, str]] = {}

    async def headers(self, server: Any) -> dict[str, str]:
        """Return the head fields of its requests."""
        if server.port not in self._headers:
            self._headers[server.port] = await server.session()
        return self._headers[server.port]


SESSIONS = Sessions()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.sampled_from(WHOLE), damage=st.lists(damages, min_size=1, max_size=3), stateless=st.booleans())
def test_damaged_bodies(body: bytes, damage: Any, *, stateless: bool, shared_pair: Any) -> None:
    broken = damaged(body, damage)
    bodies = [
        *(numbered(body, one) for one in (1, 2)),
        *(numbered(broken, one) for one in (3, 4, 4)),
        numbered(body, 5),
    ]

    async def compare(pair: McpLanes) -> None:
        told = []
        for server in (pair.fast, pair.ordinary):
            head = ROUTED if stateless else await SESSIONS.headers(server)
            # Who reads JSON only is never sent a stream, which this client could not read.
            asked = [post(one, **{**head, "Accept": "application/json"}) for one in bodies]
            told.append([essence(answer) for answer in await server.ask(*asked)])
        assert told[0] == told[1]

    shared_pair.run(compare)


FIELDS = [
    "MCP-Protocol-Version: 2026-07-28",
    "mcp-protocol-version: 2025-11-25",
    "MCP-Protocol-Version: 2024-11-05",
    "Mcp-Method: tools/list",
    "Mcp-Method: tools/call",
    "Mcp-Name: echo",
    "mcp-name:show",
    "Mcp-Name: =?base64?ZWNobw==?=",
    "Mcp-Session-Id:",
    "Mcp-Session-Id: x",
    "Content-Type: application/json",
    "content-type:  application/json ; charset=utf-8",
    "Content-Type: text/plain",
    "Accept: application/json",
    "accept:text/html,\tAPPLICATION/JSON;q=0",
    "Accept: text/event-stream;q=0, application/*",
    "Host: localhost:1",
    "Host: evil.example",
    "Origin: null",
    "Origin: http://127.0.0.1:3000",
    "X-Request-Id: a.b",
    "X-Request-Id: a,b",
    "X-Priority: high",
    "x-dry-run: 1",
    "X-Deadline-Ms: 0",
    "X-Partial:",
    "X-Who: ann",
    "X-Who: stranger",
    "Connection: close",
    "Connection: keep-alive, x",
    "Expect: 100-continue",
    "Upgrade: websocket",
    "Content-Encoding:",
    "Transfer-Encoding: gzip",
    "Mcp-Param-X: 1",
    "Last-Event-ID: 3",
]
PATHS = [
    "/mcp",
    "/mcp",
    "/mcp/",
    "/mcp/core",
    "/mcp/full",
    "/mcp?a",
    "/messages",
    "/messages?session_id=",
    "/sse",
    "/v1/markets",
]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    path=st.sampled_from(PATHS),
    without=st.sets(
        st.sampled_from(["Host", "Content-Type", "Accept", "Mcp-Name", "Mcp-Method", "MCP-Protocol-Version"])
    ),
    fields=st.lists(st.tuples(st.integers(0, 9), st.sampled_from(FIELDS)), max_size=3),
)
def test_heads_with_other_fields(path: str, without: set[str], fields: Any, *, shared_pair: Any) -> None:
    head, body = modern(call("echo", word="hi"), path=path).split(b"\r\n\r\n", 1)
    first, *lines = head.decode().split("\r\n")
    lines = [one for one in lines if one.partition(":")[0] not in without]
    for place, field in fields:
        lines.insert(place, field)
    data = "\r\n".join([first, *lines, "", ""]).encode() + body

    async def compare(pair: McpLanes) -> None:
        await both(pair, data)
        await both(pair, data)

    shared_pair.run(compare)
