"""Heads and bodies that no usual client sends are answered alike too, the first time and when they are known."""

import json

import pytest

from mcp_lanes import ENVELOPE, both, call, essence, listing, mcp_lanes, modern, post

META = json.dumps(ENVELOPE).encode()
HEAD = {"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call", "Mcp-Name": "echo"}
NOTHING = b""


def deep(levels: int) -> bytes:
    """Arrays within arrays."""
    return b"[" * levels + b"]" * levels


def body(
    arguments: bytes = b"{}",
    *,
    meta: bytes = NOTHING,
    number: bytes = b"%d",
    method: bytes = b'"tools/call"',
) -> bytes:
    """A call of echo, written by hand."""
    more = b',"_meta":' + meta if meta else b""
    parts = (number, method, arguments, more)
    return b'{"jsonrpc":"2.0","id":%b,"method":%b,"params":{"name":"echo","arguments":%b%b}}' % parts


def swapped(old: str, new: str) -> bytes:
    """A plain call with something else in its head."""
    data = modern(call("echo", word="hi"))
    assert old.encode() in data
    return data.replace(old.encode(), new.encode(), 1)


HEADS = {
    "names in other cases": swapped("Mcp-Method", "mCP-mETHOD").replace(b"Content-Type", b"content-type"),
    "space around values": swapped("Mcp-Name: echo", "Mcp-Name: \t echo \t "),
    "an empty name": swapped("Mcp-Name: echo", "Mcp-Name:"),
    "an empty Accept": swapped("Accept:", "Accept:\r\nX-Accept:"),
    "the same type twice": swapped("Content-Type:", "Content-Type: application/json\r\nContent-Type:"),
    "two types, the other first": swapped("Content-Type:", "Content-Type: text/plain\r\nContent-Type:"),
    "two types, JSON first": swapped("Accept:", "Content-Type: text/plain\r\nAccept:"),
    "two Accepts": swapped("Accept:", "Accept: text/html\r\nAccept:"),
    "two versions": swapped("MCP-Protocol-Version:", "MCP-Protocol-Version: 2025-11-25\r\nMCP-Protocol-Version:"),
    "two hosts": swapped("Host: localhost", "Host: localhost\r\nHost: evil.example"),
    "two hosts, the foreign one first": swapped("Host: localhost", "Host: evil.example\r\nHost: localhost"),
    "two origins": swapped("Accept:", "Origin: http://localhost\r\nOrigin: https://evil.example\r\nAccept:"),
    "two lengths": swapped("Content-Length:", "Content-Length: 3\r\nContent-Length:"),
    "a signed length": swapped("Content-Length: ", "Content-Length: +"),
    "a folded line": swapped("Mcp-Method: ", "Mcp-Method:\r\n "),
    "chunks and a length": swapped("Accept:", "Transfer-Encoding: chunked\r\nAccept:"),
    "an identity encoding": swapped("Accept:", "Transfer-Encoding: identity\r\nAccept:"),
    "content that is not encoded": swapped("Accept:", "Content-Encoding: identity\r\nAccept:"),
    "content that is not what it says": swapped("Accept:", "Content-Encoding: gzip\r\nAccept:"),
    "HTTP/1.0": swapped("HTTP/1.1", "HTTP/1.0"),
    "HTTP/1.0 that stays": swapped("1.1\r\n", "1.0\r\nConnection: keep-alive\r\n"),
    "a connection that closes": swapped("Accept:", "Connection: close\r\nAccept:"),
    "an upgrade": swapped("Accept:", "Connection: Upgrade\r\nUpgrade: h2c\r\nAccept:"),
    "an expectation": swapped("Accept:", "Expect: 100-continue\r\nAccept:"),
    "an expectation that nobody knows": swapped("Accept:", "Expect: tea\r\nAccept:"),
    "an id that would break the head": swapped("Accept:", "X-Request-Id: a\x01b\r\nAccept:"),
    "an id with spaces": swapped("Accept:", "X-Request-Id: a b\r\nAccept:"),
    "an id that is too long": swapped("Accept:", f"X-Request-Id: {'a' * 65}\r\nAccept:"),
    "a head that is not remembered": swapped("Accept:", f"X-Big: {'a' * 5000}\r\nAccept:"),
    "another method": swapped("POST", "GET"),
    "a method in small letters": swapped("POST", "post"),
    "a list with a name": modern(listing(), **{"Mcp-Name": "x"}),
}  # fmt: skip

ADDRESSES = [
    "/mcp/",
    "/mcp//",
    "/mcp?",
    "/mcp?x",
    "/mcp#x",
    "/mcp/?x",
    "/mcp/full",
    "/mcp/full/",
    "/mcp//full",
    "/mcp/FULL",
    "/mcp/full?x",
    "/mcp/full#x",
    "/mcp/%66ull",
    "/%6dcp",
    "/mcp/core",
    "/mcp/readonly",
    "/mcp/full/readonly/",
    "/mcp/x/core",
    "/mcp/x/CORE,Albums",
    "/mcp/x/core,,albums,",
    "/mcp/x/core%2Calbums",
    "/mcp/x/albums",
    "/mcp/x/nothing",
    "/mcp/x/",
    "/mcp/.",
    "/mcp/./core",
    "/mcp/../mcp",
    "/mcp/core/..",
    "/mcp/x/core/../readonly",
    "/mcp/../v1/markets",
    "/mcpx",
    "//mcp",
    "http://localhost/mcp",
    "/mcp/" + "x" * 400,
]

BODIES = {
    "a method that is a list": body(meta=META, method=b"[]"),
    "a method that is an object": body(meta=META, method=b'{"a":1}'),
    "deep arguments": body(b'{"word":%b}' % deep(300), meta=META),
    "very deep arguments": body(b'{"word":%b}' % deep(1000), meta=META),
    "too deep arguments": body(b'{"word":%b}' % deep(1100), meta=META),
    "deep capabilities": body(meta=META.replace(b"ies\x22: {}", b'ies":{"experimental":{"x":%b}}' % deep(300))),
    "keys that come twice": body(b'{"word":"a","word":"b"}', meta=META),
    "a name that comes twice": body(b'{},"name":"show"', meta=META),
    "a fraction for a text": body(b'{"word":1e5}', meta=META),
    "an infinite number": body(b'{"word":1e999}', meta=META),
    "no number": body(b'{"word":NaN}', meta=META),
    "large numbers": body(b'{"word":18446744073709551615,"more":18446744073709551616}', meta=META),
    "the largest id": body(meta=META, number=b"18446744073709551615"),
    "the smallest id": body(meta=META, number=b"-9223372036854775808"),
    "nothing less than none as id": body(meta=META, number=b"-0"),
    "an id with an exponent": body(meta=META, number=b"1e3"),
    "space around": b" \n" + body(meta=META) + b"\r\n ",
    "a byte order mark": b"\xef\xbb\xbf" + body(meta=META),
    "another encoding": body(b'{"word":"\xff"}', meta=META),
    "half a pair": body(b'{"word":"\\ud800"}', meta=META),
    "a null character": body(b'{"word":"\\u0000"}', meta=META),
    "a null character in a key": body(b'{"wor\\u0000d":"x"}', meta=META),
    "an empty key": body(b'{"":1}', meta=META),
    "null for the envelope": body(meta=b"null"),
    "a list for the envelope": body(meta=b"[]"),
}  # fmt: skip

OF_SESSIONS = {
    "deep extras": body(meta=b'{"x":%b}' % deep(1000)),
    "deep arguments": body(b'{"word":%b}' % deep(300)),
    "null for extras": body(meta=b"null"),
    "a list for extras": body(meta=b"[]"),
    "odd extras": body(meta=b'{"":1,"traceparent":5,"a/b":[],"modelcontextprotocol.io/x":1,"mcp/x":2}'),
    "a progress token of no type": body(meta=b'{"progressToken":[1]}'),
}

TWISTS = {
    "the last byte": (b'{"method":"tools/list","params":{},"jsonrpc":"2.0","id":%d}', b"}", b"]"),
    "a digit for the last byte": (b'{"method":"tools/list","params":{},"jsonrpc":"2.0","id":%d}', b"}", b"5"),
    "a byte more": (b'{"method":"tools/list","params":{},"jsonrpc":"2.0","id":%d}', b"}", b"}}"),
    "the first byte": (b'{"method":"tools/list","params":{},"jsonrpc":"2.0","id":%d}', b"{", b"["),
    "a comma": (b'{"jsonrpc":"2.0","id":%d,"method":"tools/list"}', b'"id":%d', b'"id":%d '),
    "a sign": (b'{"jsonrpc":"2.0","id":%d,"method":"tools/list"}', b"%d", b"-%d"),
    "a zero in front": (b'{"jsonrpc":"2.0","id":%d,"method":"tools/list"}', b"%d", b"0%d"),
    "a fraction": (b'{"jsonrpc":"2.0","id":%d,"method":"tools/list"}', b"%d", b"%d.5"),
    "twice the id": (b'{"jsonrpc":"2.0","id":%d,"method":"tools/list"}', b"%d", b'%d,"id":7'),
    "nothing but an id": (b'{"jsonrpc":"2.0","id":%d}', b"2.0", b"2.1"),
}


@pytest.mark.parametrize("data", HEADS.values(), ids=HEADS)
async def test_odd_heads(data: bytes) -> None:
    async with mcp_lanes() as pair:
        await both(pair, data)
        await both(pair, data)


async def test_odd_addresses() -> None:
    async with mcp_lanes() as pair:
        for address in ADDRESSES * 2:
            await both(pair, modern(call("echo", word="hi"), path=address))
            await both(pair, modern(listing(), path=address))


@pytest.mark.parametrize("text", BODIES.values(), ids=BODIES)
async def test_odd_bodies(text: bytes) -> None:
    async with mcp_lanes() as pair:
        for number in (b"1", b"2", b"2"):
            await both(pair, post(text.replace(b"%d", number), **HEAD))


@pytest.mark.parametrize("text", OF_SESSIONS.values(), ids=OF_SESSIONS)
async def test_odd_bodies_of_sessions(text: bytes) -> None:
    async with mcp_lanes() as pair:
        sessions = {server.port: await server.session() for server in (pair.fast, pair.ordinary)}
        for number in (b"1", b"2", b"2"):
            data = text.replace(b"%d", number)
            told = [await server.ask(post(data, **sessions[server.port])) for server in (pair.fast, pair.ordinary)]
            assert essence(told[0][0]) == essence(told[1][0])


@pytest.mark.parametrize(("text", "old", "new"), TWISTS.values(), ids=TWISTS)
async def test_what_only_looks_like_a_known_body(text: bytes, old: bytes, new: bytes) -> None:
    twisted = new.join(text.rsplit(old, 1))
    async with mcp_lanes() as pair:
        sessions = {server.port: await server.session() for server in (pair.fast, pair.ordinary)}
        for data in (text % 1, text % 2, twisted % 3, twisted % 4, text % 5):
            told = [await server.ask(post(data, **sessions[server.port])) for server in (pair.fast, pair.ordinary)]
            assert essence(told[0][0]) == essence(told[1][0]), data


async def test_odd_names_of_sessions() -> None:
    async with mcp_lanes() as pair:
        asked: list[bytes] = []
        told = []
        for server in (pair.fast, pair.ordinary):
            session = await server.session()
            named = session["Mcp-Session-Id"]
            right, field = post(call("echo"), **session), f"Mcp-Session-Id: {named}".encode()
            fields = [
                b"",
                b"none",
                b" , ",
                b"%b, %b" % ((named.encode(),) * 2),
                b"none\r\nMcp-Session-Id: %b" % named.encode(),
            ]
            asked = [right.replace(field, b"Mcp-Session-Id: " + value) for value in fields]
            asked += [
                right.replace(field, field + b"\r\nMcp-Session-Id: none"),
                post(call("echo"), **{"Mcp-Session-Id": named}),
            ]
            asked += [
                post(call("echo"), path=path, **session)
                for path in ("/mcp/", "/mcp/core", "/mcp?x", "/mcp/readonly")
            ]
            queries = [
                "",
                f"?session_id={named}",
                "?session_id=",
                "?session_id=%20",
                "?session_id=&session_id=a",
                "?Session_id=a",
            ]
            asked += [post(call("echo"), path=f"/messages{query}") for query in queries]
            asked += [
                post(call("echo"), path=f"/messages/core?session_id={named}"),
                post(listing(), path="/messages?session_id="),
            ]
            answers = [(await server.ask(data))[0] for data in asked]
            told.append([essence(answer) for answer in answers])
        for place, (here, there) in enumerate(zip(*told, strict=True)):
            assert here == there, place
