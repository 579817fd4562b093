"""The session wire on /mcp (2024-11-05 to 2025-11-25): a session serves its opener and ends completely."""

import asyncio
from typing import Any

import pytest

HANDSHAKE = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"]


async def error_of(response: Any) -> Any:
    return (await response.json())["error"]


@pytest.mark.parametrize("version", HANDSHAKE)
async def test_a_known_version_is_echoed_and_served(served: Any, version: str) -> None:
    session = await served.session(version)
    assert session.headers["MCP-Protocol-Version"] == version
    assert (await session.answer(served.tool("echo", text="hi")))["result"]["content"][0]["text"] == "hi for local"
    assert ("session", "initialize", 200) in served.recorder.requests


@pytest.mark.parametrize("version", ["2026-07-28", "1.0", "2099-01-01"])
async def test_any_other_version_is_answered_with_the_latest_of_its_kind(served: Any, version: str) -> None:
    session = await served.session(version)
    assert session.headers["MCP-Protocol-Version"] == "2025-11-25"


async def test_a_version_header_other_than_the_negotiated_one_is_tolerated(served: Any) -> None:
    session = await served.session("2025-06-18")
    for headers in ({"MCP-Protocol-Version": "2025-11-25"}, {"MCP-Protocol-Version": "2024-11-05"}):
        async with session.post(served.tool("echo"), **headers) as response:
            assert response.status == 200


async def test_a_message_without_session_id_is_told_to_initialize(served: Any) -> None:
    for method in ("POST", "GET", "DELETE"):
        async with served.client.request(method, "/mcp", json=served.tool("echo")) as response:
            assert response.status == 400
            assert "initialize" in (await error_of(response))["message"]


async def test_an_unknown_session_is_not_found(served: Any) -> None:
    headers = {"Mcp-Session-Id": "no-such-session"}
    for method in ("POST", "GET", "DELETE"):
        async with served.client.request(method, "/mcp", json=served.tool("echo"), headers=headers) as response:
            assert response.status == 404


async def test_the_session_of_somebody_else_looks_like_one_that_does_not_exist(served: Any) -> None:
    session = await served.session(who="ann")
    stranger, unknown = {"X-Who": "bob"}, {"X-Who": "ann", "Mcp-Session-Id": "no-such-session"}
    for send in (session.get, session.delete):
        async with send(**stranger) as one, send(**unknown) as other:
            assert one.status == other.status == 404
            assert await one.read() == await other.read()
    async with session.post(served.tool("echo"), **stranger) as response:
        assert response.status == 404
    assert (await session.answer(served.tool("echo", text="hi")))["result"]["content"][0]["text"] == "hi for ann"


async def test_a_session_cannot_be_initialized_again(served: Any) -> None:
    session = await served.session()
    async with session.post(served.hello("2025-11-25")) as response:
        assert response.status == 400
    async with session.post(served.hello("2025-11-25"), **{"Mcp-Session-Id": "gone"}) as response:
        assert response.status == 404
    assert served.recorder.session_count == 1


async def test_a_failed_initialize_leaves_no_session(served: Any) -> None:
    async with served.client.post("/mcp", json=served.request("initialize", {})) as response:
        assert (await error_of(response))["code"] == -32602
        assert "Mcp-Session-Id" not in response.headers
    assert served.recorder.session_count == 0


async def test_errors_of_the_kernel_are_answers_with_status_200(served: Any) -> None:
    session = await served.session()
    for message, code in [
        (served.request("no/such/method"), -32601),
        (served.request("tools/call", {"name": 5}), -32602),
        (served.tool("fails"), -32603),
    ]:
        async with session.post(message) as response:
            assert response.status == 200
            error = await error_of(response)
            assert error["code"] == code
            assert "secret" not in error["message"]


async def test_progress_turns_the_answer_into_a_stream(served: Any) -> None:
    session = await served.session()
    async with session.post(served.tool("progress", token=7)) as response:
        assert response.content_type == "text/event-stream"
        assert response.headers["Mcp-Session-Id"] == session.id
        for step in range(3):
            assert (await served.next_event(response))[1]["params"]["progress"] == step
        assert (await served.next_event(response))[1]["id"] == 1


async def test_a_question_to_the_user_travels_on_the_stream_of_its_call(served: Any) -> None:
    session = await served.session(capabilities={"elicitation": {"form": {}}})
    async with session.post(served.tool("ask")) as response:
        question = (await served.next_event(response))[1]
        assert question["method"] == "elicitation/create"
        answer = {
            "jsonrpc": "2.0",
            "id": question["id"],
            "result": {"action": "accept", "content": {"name": "Ann"}},
        }
        async with session.post(answer) as accepted:
            assert accepted.status == 202
        assert (await served.next_event(response))[1]["result"]["content"][0]["text"] == "hello Ann"


async def test_a_refused_question_fails_its_call(served: Any) -> None:
    session = await served.session()
    async with session.post(served.tool("ask")) as response:
        question = (await served.next_event(response))[1]
        async with session.post({"jsonrpc": "2.0", "id": question["id"], "error": {"code": -1, "message": "no"}}):
            pass
        assert (await served.next_event(response))[1]["error"] == {"code": -1, "message": "no"}


async def test_an_answer_to_nothing_is_accepted_and_dropped(served: Any) -> None:
    session = await served.session()
    for message in ({"result": {}, "id": 99}, {"error": {"code": 1, "message": ""}, "id": None}):
        async with session.post({"jsonrpc": "2.0", **message}) as response:
            assert response.status == 202


async def test_a_question_fails_when_the_stream_it_went_out_on_is_gone(served: Any) -> None:
    session = await served.session()
    async with session.post(served.tool("ask")) as response:
        await served.next_event(response)
        response.close()
    async with asyncio.timeout(5):
        await served.toolbox.lost.wait()


async def test_nobody_is_asked_where_no_answer_can_come_from(served: Any) -> None:
    session = await served.session()
    assert "back-channel" in (await session.answer(served.tool("ask_alone")))["error"]["message"]
    async with session.post(served.tool("ask"), Accept="application/json") as response:
        assert "back-channel" in (await error_of(response))["message"]


async def test_the_standalone_stream_carries_what_belongs_to_no_request(serve: Any) -> None:
    served = await serve(keep_alive_s=0.02)
    session = await served.session()
    async with session.get() as stream:
        assert stream.content_type == "text/event-stream"
        assert await served.next_event(stream, comments=True) == ("comment", ": keep-alive")
        call = asyncio.create_task(session.answer(served.tool("ask_alone")))
        question = (await served.next_event(stream))[1]
        async with session.post({"jsonrpc": "2.0", "id": question["id"], "result": {"action": "decline"}}):
            pass
        assert "error" in await call


async def test_a_session_has_one_standalone_stream_at_a_time(served: Any) -> None:
    session = await served.session()
    async with session.get(), session.get() as second:
        assert second.status == 409
    await served.eventually(lambda: served.recorder.streams["session"] == 0)
    async with session.get() as third:
        assert third.status == 200


async def test_messages_nobody_listens_for_are_dropped(serve: Any) -> None:
    served = await serve(max_queued_messages=3)
    session = await served.session()
    assert "result" in await session.answer(served.tool("flood", size=1, count=10))


async def test_a_slow_reader_loses_its_session(serve: Any) -> None:
    served = await serve(max_queued_messages=4)
    session = await served.session()
    async with session.get():
        async with session.post(served.tool("flood", size=2_000_000, count=40)) as response:
            assert response.status == 404
            assert "initialize" in (await error_of(response))["message"]
        assert served.recorder.session_count == 0
    async with session.post(served.tool("echo")) as response:
        assert response.status == 404


async def test_a_slow_reader_of_a_streamed_answer_loses_only_that_answer(serve: Any) -> None:
    served = await serve(max_queued_messages=4)
    session = await served.session()
    async with session.post(served.tool("shout", token=1, size=2_000_000, count=30)), asyncio.timeout(5):
        await served.toolbox.started.wait()
    assert "result" in await session.answer(served.tool("echo"))


async def cancel_when_started(served: Any, session: Any, request_id: Any) -> None:
    await served.toolbox.started.wait()
    params = {"requestId": request_id}
    async with session.post({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": params}) as response:
        assert response.status == 202


@pytest.mark.parametrize("name", ["slow", "deaf"])
@pytest.mark.parametrize(
    ("accept", "status"), [("application/json, text/event-stream", 200), ("application/json", 202)]
)
async def test_a_cancelled_call_gets_no_answer(served: Any, name: str, accept: str, status: int) -> None:
    session = await served.session()
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        group.create_task(cancel_when_started(served, session, "it"))
        async with session.post(served.tool(name, id="it"), Accept=accept) as response:
            assert response.status == status
            assert await response.read() == b""
    assert served.toolbox.cancelled.is_set()


async def test_nobody_cancels_the_call_of_another_session(served: Any) -> None:
    session, other = await served.session(), await served.session()
    call = asyncio.create_task(session.answer(served.tool("slow", id=1)))
    async with asyncio.timeout(5):
        await cancel_when_started(served, other, 1)
    served.toolbox.release.set()
    assert (await call)["result"]["content"][0]["text"] == "done"


async def test_losing_the_connection_does_not_cancel_a_call_of_a_session(served: Any) -> None:
    session = await served.session()
    async with asyncio.timeout(5):
        call = asyncio.create_task(session.answer(served.tool("slow")))
        await served.toolbox.started.wait()
        call.cancel()
    await served.eventually(lambda: ("session", "tools/call", 499) in served.recorder.requests)
    assert not served.toolbox.cancelled.is_set()
    served.toolbox.release.set()
    assert "result" in await session.answer(served.tool("echo"))


async def test_an_id_that_is_being_served_cannot_be_used_again(served: Any) -> None:
    session = await served.session()
    call = asyncio.create_task(session.answer(served.tool("slow", id=5)))
    await served.toolbox.started.wait()
    async with session.post(served.tool("echo", id=5)) as response:
        assert response.status == 400
        assert (await response.json())["id"] == 5
    served.toolbox.release.set()
    assert "result" in await call
    assert "result" in await session.answer(served.tool("echo", id=5))


async def test_a_session_serves_a_bounded_number_of_calls_at_once(serve: Any) -> None:
    served = await serve(max_queued_messages=1)
    session = await served.session()
    call = asyncio.create_task(session.answer(served.tool("slow")))
    await served.toolbox.started.wait()
    async with session.post(served.tool("echo", id=2)) as response:
        assert response.status == 503
        assert response.headers["Retry-After"] == "1"
    served.toolbox.release.set()
    assert "result" in await call


async def test_a_deleted_session_is_gone_with_its_stream_and_its_calls(served: Any) -> None:
    session = await served.session()
    async with session.get() as stream, asyncio.timeout(5):
        call = asyncio.create_task(session.answer(served.tool("slow", id=3)))
        await served.toolbox.started.wait()
        async with session.delete() as response:
            assert response.status == 204
        assert served.toolbox.cancelled.is_set()
        assert served.recorder.session_count == 0
        assert await served.next_event(stream) == ("end", None)
        answer = await call
        assert answer["id"] == 3
        assert "initialize" in answer["error"]["message"]
    async with session.post(served.tool("echo")) as response:
        assert response.status == 404
    async with session.delete() as response:
        assert response.status == 404


async def test_a_session_nobody_uses_expires(serve: Any) -> None:
    served = await serve(session_idle_s=0.1)
    session, busy, open_ = await served.session(), await served.session(), await served.session()
    call = asyncio.create_task(busy.answer(served.tool("slow")))
    await served.toolbox.started.wait()
    async with open_.get():
        served.clock.now += 10
        await served.eventually(lambda: served.recorder.session_count == 2)
        async with session.post(served.tool("echo")) as response:
            assert response.status == 404
        served.toolbox.release.set()
        assert "result" in await call
        assert "result" in await busy.answer(served.tool("echo"))
    await served.eventually(lambda: served.recorder.streams["session"] == 0)
    served.clock.now += 10
    await served.eventually(lambda: served.recorder.session_count == 0)


async def test_a_full_table_turns_newcomers_away_until_a_session_has_been_quiet(serve: Any) -> None:
    served = await serve(max_sessions=2, evict_after_s=60)
    quiet, busy = await served.session(), await served.session()
    served.clock.now += 40
    assert "result" in await busy.answer(served.tool("echo"))
    for path, send in (("/mcp", served.client.post), ("/sse", served.client.get)):
        async with send(path, json=served.hello("2025-11-25")) as response:
            assert response.status == 503
            assert response.headers["Retry-After"] == "20"
            assert "sessions" in (await error_of(response))["message"]
    served.clock.now += 20
    newcomer = await served.session()
    assert "result" in await newcomer.answer(served.tool("echo"))
    async with quiet.post(served.tool("echo")) as response:
        assert response.status == 404
    assert "result" in await busy.answer(served.tool("echo"))
    assert served.recorder.session_count == 2


def both(served: Any) -> list[Any]:
    return [served.tool("echo", id=1, text="one"), served.tool("progress", id="2", token="t")]


async def test_a_batch_is_answered_as_one_on_2025_03_26(served: Any) -> None:
    session = await served.session("2025-03-26")
    notice = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 0}}
    async with session.post([notice, *both(served)], Accept="application/json") as response:
        assert response.status == 200
        assert [answer["id"] for answer in await response.json()] == [1, "2"]
    async with session.post(both(served)) as response:
        assert response.content_type == "text/event-stream"
        for _ in range(3):
            assert (await served.next_event(response))[1]["method"] == "notifications/progress"
        assert [answer["id"] for answer in (await served.next_event(response))[1]] == [1, "2"]
    async with session.post([notice, notice]) as response:
        assert response.status == 202


@pytest.mark.parametrize("version", ["2024-11-05", "2025-06-18", "2025-11-25"])
async def test_a_batch_is_invalid_on_every_other_revision(served: Any, version: str) -> None:
    session = await served.session(version)
    async with session.post(both(served)) as response:
        assert response.status == 400
        assert (await error_of(response))["code"] == -32600


async def test_a_batch_that_cannot_be_served_whole_is_not_served_at_all(served: Any) -> None:
    session = await served.session("2025-03-26")
    slow = served.tool("slow", id=9)
    for batch in ([], [slow, 5], [slow, served.hello("2025-03-26")], [slow, slow]):
        async with session.post(batch) as response:
            assert response.status == 400
            assert (await error_of(response))["code"] == -32600
    assert not served.toolbox.started.is_set()
    async with served.client.post("/mcp", json=[served.hello("2025-03-26")]) as response:
        assert response.status == 400


async def test_a_client_that_leaves_while_it_initializes_leaves_no_session(serve: Any) -> None:
    started, held = asyncio.Event(), asyncio.Event()

    async def hold(ctx: Any, call_next: Any) -> Any:
        started.set()
        await held.wait()
        return await call_next(ctx)

    served = await serve(middleware=[hold])
    call = asyncio.create_task(served.session())
    async with asyncio.timeout(5):
        await started.wait()
    assert served.recorder.session_count == 1
    call.cancel()
    await served.eventually(lambda: served.recorder.session_count == 0)
