"""A call that lacks a scope is refused on every wire before it begins, and works with a token that has it."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from mcp_types import JSONRPCRequest

from badges import Badges
from gateway.callers import Door
from gateway.principal import Principal

HANDSHAKE = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"]
FEW, MANY = {"X-Scopes": "a"}, {"X-Scopes": "a b c"}


class Demanding:
    """Wants of each call what its argument `needs` says, and remembers whom it was asked about."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, frozenset[str] | None]] = []

    def lacking(self, message: JSONRPCRequest, selection: str, *, principal: Principal) -> Sequence[str]:
        self.asked.append((message.method, selection, principal.scopes))
        needs = ((message.params or {}).get("arguments") or {}).get("needs", [])
        return needs if set(needs) - (principal.scopes or frozenset()) else []


async def refused(response: Any, *scopes: str, door: str = "/mcp", id: Any = 1) -> None:  # noqa: A002
    assert response.status == 403
    words = f'error="insufficient_scope", scope="{" ".join(scopes)}"'
    assert (
        response.headers["WWW-Authenticate"] == f'Bearer {words}, resource_metadata="https://gateway.test{door}"'
    )
    document = await response.json()
    assert (document["id"], document["error"]["code"]) == (id, -32600)
    assert document["error"]["data"] == {"reason": "INSUFFICIENT_SCOPE", "scopes": list(scopes)}
    assert " ".join(scopes) in document["error"]["message"]


async def test_the_stateless_wire_refuses_and_then_serves(serve: Any) -> None:
    served = await serve(parts={"entitlements": Demanding()})
    message = served.tool("slow", id="x", needs=["a", "b"])
    async with asyncio.timeout(5), served.modern(message, **FEW) as response:
        await refused(response, "a", "b", id="x")
    assert not served.toolbox.started.is_set()
    served.toolbox.release.set()
    async with served.modern(message, **MANY) as response:
        assert response.status == 200
    assert served.recorder.requests[-2:] == [("modern", "tools/call", 403), ("modern", "tools/call", 200)]


@pytest.mark.parametrize("version", HANDSHAKE)
async def test_a_session_refuses_and_goes_on_with_a_better_token(serve: Any, version: str) -> None:
    served = await serve(parts={"entitlements": Demanding()})
    session = await served.session(version, badge=FEW)
    message = served.tool("may", needs=["a", "b"])
    async with session.post(message) as response:
        await refused(response, "a", "b")
    # The same id again: the refused call has left nothing behind.
    async with session.post(message, **MANY) as response:
        assert response.status == 200
        assert (await response.json())["result"]["content"][0]["text"] == "a b c"
    async with session.post(message) as response:
        assert response.status == 403
    assert served.recorder.session_count == 1


async def test_the_pair_refuses_on_the_post(serve: Any) -> None:
    served = await serve(parts={"entitlements": Demanding()})
    async with served.pair(badge=FEW) as pair:
        message = served.tool("may", needs=["a", "b"])
        async with pair.post(message) as response:
            await refused(response, "a", "b", door="/sse")
        async with pair.post(message, **MANY) as response:
            assert response.status == 202
        assert (await pair.receive())["result"]["content"][0]["text"] == "a b c"


async def test_a_batch_of_which_one_lacks_a_scope_does_nothing(serve: Any) -> None:
    served = await serve(parts={"entitlements": Demanding()})
    batch = [served.tool("slow", id=1), served.tool("echo", id=2, needs=["c"]), served.tool("echo", id=3)]
    session = await served.session("2025-03-26", badge=FEW)
    async with asyncio.timeout(5), session.post(batch) as response:
        await refused(response, "c", id=2)
    async with served.pair("2025-03-26", badge=FEW) as pair, pair.post(batch) as response:
        await refused(response, "c", door="/sse", id=2)
    assert not served.toolbox.started.is_set()
    served.toolbox.release.set()
    async with session.post(batch, **MANY) as response:
        assert {one["id"] for one in await response.json()} == {1, 2, 3}


async def test_where_a_client_cannot_ask_for_more_the_tool_answers(serve: Any) -> None:
    served = await serve(parts={"entitlements": Demanding(), "callers": Badges(steps_up=False)})
    async with served.modern(served.tool("may", needs=["b"]), **FEW) as response:
        assert response.status == 200
        assert (await response.json())["result"]["content"][0]["text"] == "a"


async def test_a_credential_without_limits_lacks_nothing(serve: Any) -> None:
    demanding = Demanding()
    served = await serve(parts={"entitlements": demanding})
    session = await served.session()
    for message in (served.tool("echo", needs=["b"]), served.request("tools/list")):
        assert "result" in await session.answer(message)
    assert demanding.asked == []


async def test_only_requests_are_judged_with_the_scopes_of_each(serve: Any) -> None:
    demanding = Demanding()
    served = await serve(parts={"entitlements": demanding})
    session = await served.session(badge=FEW)
    for message in ({"method": "notifications/cancelled", "params": {}}, {"id": 9, "result": {}}):
        async with session.post({"jsonrpc": "2.0", **message}) as response:
            assert response.status == 202
    async with session.post(served.request("tools/list"), **MANY) as response:
        assert response.status == 200
    assert demanding.asked == [("tools/list", "", frozenset("abc"))]


async def test_what_is_no_request_at_all_is_refused_as_that(serve: Any) -> None:
    served = await serve(parts={"entitlements": Demanding()})
    async with served.modern(served.tool("echo", needs=["b"]), **{**FEW, "Mcp-Name": "other"}) as response:
        assert response.status == 400
        assert (await response.json())["error"]["code"] == -32020
    session = await served.session(badge=FEW)
    async with session.post(served.tool("echo", needs=["b"]), **{"X-Who": "bob"}) as response:
        assert response.status == 404


async def test_each_door_is_asked_for_by_its_name(serve: Any) -> None:
    badges = Badges()
    served = await serve(parts={"callers": badges})
    async with served.pair() as pair:
        await pair.send(served.tool("echo"))
        await pair.receive()
    assert set(badges.doors) == {Door.SSE}
    badges.doors.clear()
    async with served.modern(served.tool("echo")) as response:
        assert response.status == 200
    await served.session()
    assert set(badges.doors) == {Door.MCP}


@pytest.mark.parametrize("path", ["/mcp", "/sse", "/messages"])
async def test_a_caller_who_cannot_be_looked_up_is_told_to_come_back(served: Any, path: str) -> None:
    headers = {"X-Who": "unlucky", "Content-Type": "application/json"}
    async with served.client.post(path, data=b"{", headers=headers) as response:
        assert response.status == 502
        assert response.headers["Retry-After"] == "3"
        assert "WWW-Authenticate" not in response.headers
        assert "try again" in (await response.json())["error"]["message"]


async def test_a_client_that_leaves_while_it_is_looked_up_is_observed_as_gone(serve: Any) -> None:
    looking = asyncio.Event()

    class Slow(Badges):
        async def __call__(self, *_: Any, **__: Any) -> Principal:
            looking.set()
            await asyncio.Event().wait()
            raise AssertionError

    served = await serve(parts={"callers": Slow()})
    # The request is cut off where the client leaves, not at the end of the look-up.
    call = asyncio.create_task(_status(served.modern(served.tool("echo"))))
    async with asyncio.timeout(5):
        await looking.wait()
    call.cancel()
    await served.eventually(lambda: bool(served.recorder.requests))
    assert served.recorder.requests == [("modern", "none", 499)]


async def _status(request: Any) -> int:
    async with request as response:
        return int(response.status)
