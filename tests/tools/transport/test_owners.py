"""A session belongs to a person and a program; how much their credential allows may change in between."""

from typing import Any

import pytest

MINE = {"X-Who": "ann", "X-Client": "editor", "X-Scopes": "a b"}
FOREIGN = [
    {"X-Client": "player"},
    {"X-Client": ""},
    {"X-Who": "bob"},
    # Put together without a border between them, both parts would read alike.
    {"X-Who": "anned", "X-Client": "itor"},
]


@pytest.mark.parametrize("other", FOREIGN)
async def test_another_program_of_the_same_person_finds_nothing(served: Any, other: dict[str, str]) -> None:
    session = await served.session(badge=MINE)
    unknown = {"Mcp-Session-Id": "no-such-session"}
    for send in (session.get, session.delete):
        async with send(**other) as one, send(**unknown) as none:
            assert one.status == none.status == 404
            assert await one.read() == await none.read()
    async with session.post(served.tool("echo"), **other) as response:
        assert response.status == 404
    assert "result" in await session.answer(served.tool("echo"))


@pytest.mark.parametrize("other", FOREIGN)
async def test_neither_does_it_find_the_stream_of_a_pair(served: Any, other: dict[str, str]) -> None:
    async with served.pair(badge=MINE) as pair:
        unknown = served.client.post("/messages?session_id=none", json=served.tool("echo"), headers=MINE)
        async with pair.post(served.tool("echo"), **other) as one, unknown as none:
            assert one.status == none.status == 404
            assert await one.read() == await none.read()
        await pair.send(served.tool("echo"))
        assert "result" in await pair.receive()


async def test_each_request_is_made_with_its_own_scopes_and_none_ends_the_session(served: Any) -> None:
    session = await served.session(badge=MINE)
    for scopes in ("a", "a b c", "c"):
        async with session.post(served.tool("may"), **{"X-Scopes": scopes}) as response:
            assert (await response.json())["result"]["content"][0]["text"] == scopes
    async with served.pair(badge=MINE) as pair:
        for scopes in ("a", "a b c", "c"):
            async with pair.post(served.tool("may"), **{"X-Scopes": scopes}) as response:
                assert response.status == 202
            assert (await pair.receive())["result"]["content"][0]["text"] == scopes
    async with session.get(**{"X-Scopes": "c"}) as response:
        assert response.status == 200
    async with session.delete(**{"X-Scopes": "c"}) as response:
        assert response.status == 204
