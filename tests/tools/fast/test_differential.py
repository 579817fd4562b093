"""Whatever is sent, both lanes give the same status and JSON and report the same; plain calls are fast."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mcp_lanes import (
    ENVELOPE,
    LISTED,
    Server,
    both,
    call,
    changed,
    essence,
    found,
    listing,
    mcp_lanes,
    modern,
    post,
    with_meta,
)

SAVED = call("spotify_library", action="tracks_get")
PLAIN = {
    "a call": modern(call("echo", word="hi")),
    "an alias": modern(call("old_echo", word="hi")),
    "a text id": modern(call("echo", id="a\u00e9\n", word="hi")),
    "an answer with an error": modern(call("echo", word="fail")),
    "bad arguments": modern(call("echo", word=1, more=2)),
    "a crash": modern(call("echo", word="crash")),
    "what is no JSON": modern(call("echo", word="no JSON")),
    "a picture": modern(call("show")),
    "a list": modern(listing()),
    "no arguments": modern(changed(call("echo"), params={"name": "echo"})),
    "another Accept": modern(call("echo"), Accept="*/*;q=0.1"),
    "no Accept": modern(call("echo"), Accept=""),
    "an origin of this machine": modern(call("echo"), Origin="http://localhost:3000"),
    "a decent request id": modern(call("echo"), **{"X-Request-Id": "job-7"}),
    "a deadline": modern(call("echo"), **{"X-Deadline-Ms": "500"}),
    "a bad deadline": modern(call("echo"), **{"X-Deadline-Ms": "soon"}),
    "a token with no scopes, where none is needed": modern(call("echo"), **{"X-Scopes": " "}),
    "a token with the scope": modern(SAVED, **{"X-Scopes": "user-library-read"}),
    "a token with no scopes, and bad arguments": modern(
        call("spotify_library", action="tracks_contains"), **{"X-Scopes": " "}
    ),
    "capabilities": modern(
        with_meta(call("echo"), **{"io.modelcontextprotocol/clientCapabilities": {"sampling": {}}})
    ),
}

UNUSUAL = {
    "not JSON": post(b"{jsonrpc", **{"MCP-Protocol-Version": "2026-07-28"}),
    "an array": post([call("echo")], **{"MCP-Protocol-Version": "2026-07-28"}),
    "an unknown tool": modern(call("nothing")),
    "another version": modern(changed(call("echo"), jsonrpc="1.0")),
    "no id": modern({key: value for key, value in call("echo").items() if key != "id"}),
    "a bool as id": modern(changed(call("echo"), id=True)),
    "a fraction as id": modern(changed(call("echo"), id=1.5)),
    "a null id": modern(changed(call("echo"), id=None)),
    "a huge id": modern(changed(call("echo"), id=10**30)),
    "further members": modern(changed(call("echo"), extra=1)),
    "arguments that are none": modern(changed(call("echo"), params={"name": "echo", "arguments": [1]})),
    "null arguments": modern(changed(call("echo"), params={"name": "echo", "arguments": None})),
    "further params": modern(changed(call("echo"), params={"name": "echo", "arguments": {}, "task": {}})),
    "a progress token": modern(with_meta(call("echo"), progressToken=7)),
    "a log level": modern(with_meta(call("echo"), **{"io.modelcontextprotocol/logLevel": "debug"})),
    "a wrong log level": modern(with_meta(call("echo"), **{"io.modelcontextprotocol/logLevel": 7})),
    "broken client info": modern(with_meta(call("echo"), **{"io.modelcontextprotocol/clientInfo": {"name": 1}})),
    "broken capabilities": modern(with_meta(call("echo"), **{"io.modelcontextprotocol/clientCapabilities": [1]})),
    "another name in the header": modern(call("echo"), **{"Mcp-Name": "show"}),
    "an encoded name": modern(call("echo"), **{"Mcp-Name": "=?base64?ZWNobw==?="}),
    "no name in the header": modern(call("echo"), **{"Mcp-Name": ""}),
    "another method in the header": modern(call("echo"), **{"Mcp-Method": "tools/list"}),
    "no method in the header": modern(call("echo"), **{"Mcp-Method": ""}),
    "an unknown version": modern(call("echo"), **{"MCP-Protocol-Version": "2030-01-01"}),
    "another version in the body": modern(
        with_meta(call("echo"), **{"io.modelcontextprotocol/protocolVersion": "2025-11-25"})
    ),
    "a doubled header": modern(call("echo")).replace(b"Mcp-Method:", b"Mcp-Method: tools/call\r\nMcp-Method:"),
    "no envelope": post(call("echo"), **{"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call"}),
    "a cursor": modern(changed(listing(), params={"cursor": "2"})),
    "discovery": modern(changed(listing(), method="server/discover")),
    "an unknown method": modern(changed(listing(), method="tools/sing")),
    "another type": modern(call("echo"), **{"Content-Type": "text/plain"}),
    "a charset": modern(call("echo"), **{"Content-Type": "application/json; charset=utf-8"}),
    "events only": modern(call("echo"), Accept="text/event-stream"),
    "nothing acceptable": modern(call("echo"), Accept="text/html"),
    "a foreign host": modern(call("echo"), Host="evil.example"),
    "a foreign origin": modern(call("echo"), Origin="https://evil.example"),
    "a listed origin": modern(call("echo"), Origin=LISTED),
    "a stranger": modern(call("echo"), **{"X-Who": "stranger"}),
    "a token without the scope": modern(SAVED, **{"X-Scopes": "playlist-read-private"}),
    "a token without it at a narrower address": modern(SAVED, path="/mcp/core/readonly", **{"X-Scopes": " "}),
    "somebody who must be looked up": modern(call("echo"), **{"X-Who": "newcomer"}),
    "somebody who cannot be looked up": modern(call("echo"), **{"X-Who": "unlucky"}),
    "an address that there is none": modern(call("echo"), path="/mcp?x=1"),
    "a large body": modern(call("echo", word="x" * 300_000)),
    "an empty body": post(b"", **{"MCP-Protocol-Version": "2026-07-28"}),
    "a session that there is none": post(call("echo"), **{"Mcp-Session-Id": "none"}),
    "no session": post(call("echo"), **{"MCP-Protocol-Version": "2025-11-25"}),
    "messages of no session": post(call("echo"), path="/messages?session_id=none"),
}


@pytest.mark.parametrize("data", PLAIN.values(), ids=PLAIN)
async def test_plain_requests_take_the_fast_lane_and_answer_alike(data: bytes) -> None:
    async with mcp_lanes() as pair:
        assert (await both(pair, data))[1]


@pytest.mark.parametrize("data", UNUSUAL.values(), ids=UNUSUAL)
async def test_unusual_requests_go_past_it_and_answer_alike(data: bytes) -> None:
    async with mcp_lanes() as pair:
        assert not (await both(pair, data))[1]


@pytest.mark.parametrize("version", ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"])
async def test_sessions_of_every_revision_answer_alike(version: str) -> None:
    messages = [
        call("echo", word="hi"),
        call("echo", id="x", word="fail"),
        call("echo", word="no JSON"),
        call("show"),
        listing(),
        with_meta(call("echo"), toolUseId="abc"),
        {"jsonrpc": "2.0", "id": 9, "method": "tools/list"},
    ]
    unusual = [
        with_meta(call("echo"), progressToken=1),
        with_meta(call("echo"), **ENVELOPE),
        call("nothing"),
        changed(call("echo"), id=None),
        {"jsonrpc": "2.0", "id": 9, "method": "ping"},
        [call("echo", id=1), call("echo", id=2)],
    ]
    async with mcp_lanes() as pair:
        sessions = {server.port: await server.session(version) for server in (pair.fast, pair.ordinary)}

        async def told(server: Server, message: Any) -> tuple[Any, ...]:
            (answer,) = await server.ask(post(message, **sessions[server.port]))
            return essence(answer)

        for message in [*messages, *unusual]:
            passed = len(pair.fast.passed)
            assert await told(pair.fast, message) == await told(pair.ordinary, message)
            assert (len(pair.fast.passed) == passed) is (message in messages), message


async def test_repeated_searches_answer_alike_and_cost_nothing() -> None:
    data = modern(call("spotify_search", queries=["crush"], types=["track"]))
    async with mcp_lanes(lambda _, url: found(url)) as pair:
        await pair.ordinary.ask(data)
        seen = [await both(pair, data) for _ in range(4)]
        assert {essence(answer)[0] for answer, _ in seen} == {200}
        assert len(pair.transport.sent) == 1


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, width=32)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
METAS = (
    "progressToken",
    "io.modelcontextprotocol/logLevel",
    "io.modelcontextprotocol/clientInfo",
    "traceparent",
    "x",
)
messages = st.fixed_dictionaries(
    {
        "jsonrpc": st.just("2.0") | json_values,
        "method": st.sampled_from(["tools/call", "tools/list", "ping", "server/discover"]) | st.text(max_size=5),
    },
    optional={
        "id": st.integers(0, 9) | st.text(max_size=3) | json_values,
        "params": st.fixed_dictionaries(
            {},
            optional={
                "name": st.sampled_from(["echo", "show", "old_echo"]) | json_values,
                "arguments": st.fixed_dictionaries({}, optional={"word": st.text(max_size=5) | json_values})
                | json_values,
                "_meta": st.dictionaries(st.sampled_from([*ENVELOPE, *METAS]), json_values, max_size=2).map(
                    lambda some: {**ENVELOPE, **some}
                )
                | json_values,
                "cursor": json_values,
            },
        )
        | json_values,
        "extra": json_values,
    },
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(message=messages, routed=st.booleans())
def test_any_message_is_answered_alike(*, message: dict[str, Any], routed: bool, shared_pair: Any) -> None:
    params = message.get("params")
    name = params.get("name") if isinstance(params, dict) else None
    headers = {"MCP-Protocol-Version": "2026-07-28"}
    if routed:
        headers["Mcp-Method"] = message["method"] if message["method"].isascii() else "x"
        headers["Mcp-Name"] = name if isinstance(name, str) and name.isalnum() and name.isascii() else ""
    headers = {key: value for key, value in headers.items() if value.isprintable()}
    shared_pair.run(lambda pair: both(pair, post(message, **headers)))


@pytest.mark.parametrize(
    "template",
    [
        b'{"jsonrpc":"2.0","id":%s,"method":"tools/call","params":{"name":"echo","arguments":{"word":"a"}}}',
        b'{"method":"tools/call","params":{"name":"echo","arguments":{"word":"a"}},"jsonrpc":"2.0","id":%s}',
        b'{"jsonrpc":"2.0","id":%s,"method":"tools/call","params":{"name":"echo","arguments":{}},"id":5}',
        b'{"id":5,"method":"tools/call","params":{"name":"echo","arguments":{}},"jsonrpc":"2.0","id":%s}',
        b'{"method":"tools/list","params":{"_meta":{"x":"{\\"jsonrpc\\":\\"2.0\\",\\"id\\":%s}"}},"jsonrpc":"2.0","id":5}',
        b'{"jsonrpc":"2.0","id":%s,"method":"ping"}',
        b'{"id":5,"jsonrpc":"2.0","method":"tools/list","params":{"_meta":{"x":{"jsonrpc":"2.0","id":%s}}}}',
    ],
)
async def test_the_same_with_another_id_is_answered_alike_and_to_that_id(template: bytes) -> None:
    ids = ["5", "5", "6", "0", "123456789012345", "1234567890123456789", "007", "-1", "1.0", "true", '"5"', ""]
    async with mcp_lanes() as pair:
        sessions = {server.port: await server.session() for server in (pair.fast, pair.ordinary)}
        for one in ids:
            told = []
            for server in (pair.fast, pair.ordinary):
                (answer,) = await server.ask(post(template.replace(b"%s", one.encode()), **sessions[server.port]))
                told.append(essence(answer))
            assert told[0] == told[1], one
