"""Addresses below the usual ones: a handler learns what they say, and a session stays at its own."""

from typing import Any

import pytest
from mcp import Client, ClientSession
from mcp.client.sse import sse_client

JSON = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
FOREIGN = {"Host": "evil.example"}


class Two:
    """Knows two sets of tools."""

    def objection(self, selection: str) -> str:
        return "" if selection in {"", "full", "x/a,b"} else "There are full and x/a,b"


@pytest.fixture
async def chosen(serve: Any) -> Any:
    return await serve(parts={"selections": Two()})


def said(answer: Any) -> str:
    return str(answer["result"]["content"][0]["text"])


@pytest.mark.parametrize(
    ("below", "meant"),
    [
        ("", "nowhere in particular"),
        ("/", "nowhere in particular"),
        ("/full", "full"),
        ("/full/", "full"),
        ("/x/a,b", "x/a,b"),
        ("/x/a%2Cb", "x/a,b"),
    ],
)
async def test_a_handler_learns_what_the_address_says_on_every_wire(chosen: Any, below: str, meant: str) -> None:
    where = chosen.tool("where")
    async with chosen.modern(where, path=f"/mcp{below}") as response:
        assert said(await response.json()) == meant
    session = await chosen.session(path=f"/mcp{below}")
    assert said(await session.answer(where)) == meant
    async with chosen.pair(path=f"/sse{below}") as pair:
        await pair.send(where)
        assert said(await pair.receive()) == meant


async def test_official_clients_reach_an_address_that_selects(chosen: Any) -> None:
    async with Client(chosen.url("/mcp/x/a,b")) as client:
        result = await client.call_tool("where", {})
        assert getattr(result.content[0], "text", "") == "x/a,b"
    async with sse_client(chosen.url("/sse/x/a,b")) as (read, write), ClientSession(read, write) as session:
        await session.initialize()
        result = await session.call_tool("where", {})
        assert getattr(result.content[0], "text", "") == "x/a,b"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/mcp/x/c"),
        ("GET", "/mcp/x/c"),
        ("DELETE", "/mcp/x/c"),
        ("GET", "/sse/c"),
        ("POST", "/messages/c"),
    ],
)
async def test_an_unknown_address_is_answered_by_naming_those_there_are(
    chosen: Any, method: str, path: str
) -> None:
    async with chosen.client.request(method, path, headers=JSON, data=b"not even json") as response:
        assert response.status == 404
        refusal = await response.json()
    assert refusal["jsonrpc"] == "2.0"
    assert refusal["id"] is None
    assert refusal["error"]["message"] == "There are full and x/a,b"
    assert chosen.recorder.requests[-1][1:] == ("none", 404)


async def test_a_server_without_selections_has_its_usual_addresses_only(served: Any) -> None:
    async with served.client.post("/mcp/full", headers=JSON) as response:
        assert response.status == 404
        assert "leave out" in (await response.json())["error"]["message"]


@pytest.mark.parametrize("path", ["/mcp/full", "/mcp/x/c", "/sse/full", "/messages/full"])
async def test_host_and_caller_are_looked_at_before_the_address(chosen: Any, path: str) -> None:
    async with chosen.client.get(path, headers=FOREIGN) as response:
        assert response.status == 421
    async with chosen.client.get(path, headers={"X-Who": "stranger"}) as response:
        assert response.status == 401


async def test_a_session_cannot_be_used_at_another_address(chosen: Any) -> None:
    session = await chosen.session(path="/mcp/full")
    for path in ("/mcp", "/mcp/x/a,b"):
        for method, body in (("POST", chosen.tool("where")), ("GET", None), ("DELETE", None)):
            async with chosen.client.request(method, path, json=body, headers=session.headers) as response:
                assert response.status == 404
                assert "There is no such session" in (await response.json())["error"]["message"]
    assert said(await session.answer(chosen.tool("where"))) == "full"


async def test_messages_of_a_stream_go_to_the_address_that_it_named(chosen: Any) -> None:
    async with chosen.pair(path="/sse/x/a,b") as pair:
        assert pair.endpoint.startswith("/messages/x/a,b?session_id=")
        elsewhere = pair.endpoint.replace("/x/a,b", "")
        async with chosen.client.post(elsewhere, json=chosen.tool("where"), headers=JSON) as response:
            assert response.status == 404
