"""Twenty clients use the same ids at once, on every wire; each sees its own answers and no others."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

CLIENTS = range(20)
IDS = [1, 2, "1x", "three"]


async def on_the_stateless_wire(served: Any, who: str) -> None:
    async def ask(request_id: Any) -> tuple[Any, str]:
        message = served.tool("echo", id=request_id, text=request_id)
        async with served.modern(message, **{"X-Who": who}) as response:
            body = await response.json()
            return body["id"], body["result"]["content"][0]["text"]

    answers = await asyncio.gather(*(ask(request_id) for request_id in IDS))
    assert answers == [(request_id, f"{request_id} for {who}") for request_id in IDS]


async def on_sessions(served: Any, who: str) -> None:
    session = await served.session(who=who)

    async def ask(request_id: Any) -> tuple[Any, str]:
        body = await session.answer(served.tool("echo", id=request_id, text=f"{who} {request_id}"))
        return body["id"], body["result"]["content"][0]["text"]

    answers = await asyncio.gather(*(ask(request_id) for request_id in IDS))
    assert answers == [(request_id, f"{who} {request_id} for {who}") for request_id in IDS]


async def on_the_pair(served: Any, who: str) -> None:
    async with served.pair() as pair:
        for request_id in IDS:
            await pair.send(served.tool("echo", id=request_id, text=f"{who} {request_id}"))
        answers = [await pair.receive() for _ in IDS]
    texts = {answer["id"]: answer["result"]["content"][0]["text"] for answer in answers}
    assert texts == {request_id: f"{who} {request_id} for local" for request_id in IDS}


@pytest.mark.parametrize("wire", [on_the_stateless_wire, on_sessions, on_the_pair])
async def test_clients_with_the_same_ids_never_see_each_others_answers(
    served: Any, wire: Callable[[Any, str], Coroutine[Any, Any, None]]
) -> None:
    async with asyncio.timeout(15), asyncio.TaskGroup() as group:
        for number in CLIENTS:
            group.create_task(wire(served, f"client-{number}"))


async def test_questions_with_the_same_id_are_answered_by_the_session_that_was_asked(served: Any) -> None:
    async def converse(name: str) -> None:
        session = await served.session(who=name)
        async with session.post(served.tool("ask")) as response:
            question = (await served.next_event(response))[1]
            assert question["id"] == 1
            result = {"action": "accept", "content": {"name": name}}
            async with session.post({"jsonrpc": "2.0", "id": 1, "result": result}):
                pass
            assert (await served.next_event(response))[1]["result"]["content"][0]["text"] == f"hello {name}"

    async with asyncio.timeout(15), asyncio.TaskGroup() as group:
        for number in CLIENTS:
            group.create_task(converse(f"client-{number}"))
