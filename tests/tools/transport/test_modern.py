"""The stateless wire (2026-07-28): one POST, one exchange, nothing left behind."""

import asyncio
import logging
from typing import Any

import pytest

VERSION = "io.modelcontextprotocol/protocolVersion"
SERVED = ["2026-07-28", "2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"]


async def error_of(response: Any) -> Any:
    return (await response.json())["error"]


async def test_a_call_is_answered_as_json_with_the_caller_it_came_from(served: Any) -> None:
    async with served.modern(served.tool("echo", id="a", text="hi"), **{"X-Who": "ann"}) as response:
        assert response.status == 200
        assert response.content_type == "application/json"
        assert "Mcp-Session-Id" not in response.headers
        body = await response.json()
    assert body["id"] == "a"
    assert body["result"]["content"][0]["text"] == "hi for ann"
    assert body["result"]["resultType"] == "complete"
    assert served.recorder.requests == [("modern", "tools/call", 200)]


async def test_progress_turns_the_answer_into_a_stream(served: Any) -> None:
    async with served.modern(served.tool("progress", token="t")) as response:
        assert response.content_type == "text/event-stream"
        assert response.headers["X-Accel-Buffering"] == "no"
        steps = [(await served.next_event(response))[1] for _ in range(3)]
        assert [step["params"]["progress"] for step in steps] == [0, 1, 2]
        assert {step["params"]["progressToken"] for step in steps} == {"t"}
        assert (await served.next_event(response))[1]["result"]["content"][0]["text"] == "done"
        assert await served.next_event(response) == ("end", None)


async def test_a_client_that_reads_json_only_gets_no_progress(served: Any) -> None:
    async with served.modern(served.tool("progress", token="t"), Accept="application/json") as response:
        assert response.content_type == "application/json"
        assert (await response.json())["result"]["content"][0]["text"] == "done"


async def test_a_client_that_reads_events_only_gets_the_answer_as_one(served: Any) -> None:
    async with served.modern(served.tool("echo", text="hi"), Accept="text/event-stream") as response:
        assert (await served.next_event(response))[1]["result"]["content"][0]["text"] == "hi for local"


async def test_a_quick_reader_never_overflows_whatever_the_number_of_messages(serve: Any) -> None:
    served = await serve(max_queued_messages=5)
    async with served.modern(served.tool("progress", token=1, steps=500)) as response:
        for _ in range(500):
            await served.next_event(response)
        assert "result" in (await served.next_event(response))[1]


async def test_a_discovery_names_what_is_served(served: Any) -> None:
    async with served.modern(served.request("server/discover")) as response:
        assert (await response.json())["result"]["supportedVersions"] == SERVED


@pytest.mark.parametrize(
    ("method", "status", "code"),
    [
        ("no/such/method", 404, -32601),
        ("ping", 404, -32601),
        ("initialize", 404, -32601),
        ("resources/read", 400, -32602),
    ],
)
async def test_errors_of_the_kernel_have_their_status(served: Any, method: str, status: int, code: int) -> None:
    async with served.modern(served.request(method), Accept="application/json") as response:
        assert response.status == status
        assert (await error_of(response))["code"] == code


async def test_an_invented_method_is_observed_as_other(served: Any) -> None:
    async with served.modern(served.request("evil/" + "x" * 50)) as response:
        assert response.status == 404
    assert served.recorder.requests == [("modern", "other", 404)]


async def test_a_failing_tool_tells_neither_client_nor_log_its_secrets(
    served: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        async with served.modern(served.tool("fails", token="hunter2")) as response:
            assert response.status == 200
            assert await error_of(response) == {"code": -32603, "message": "Internal server error"}
    ours = [record for record in caplog.records if record.name == "fermata.mcp"]
    assert [record.getMessage() for record in ours] == ["mcp.handler_failed error=RuntimeError"]
    assert ours[0].exc_info is None
    assert "secret" not in caplog.text


@pytest.mark.parametrize(
    "body",
    [
        [],
        [{"jsonrpc": "2.0", "id": 1, "method": "ping"}],
        {"jsonrpc": "1.0", "id": 1, "method": "ping"},
        {"jsonrpc": "2.0", "id": True, "method": "ping"},
        {"jsonrpc": "2.0", "id": 1.5, "method": "ping"},
        {"jsonrpc": "2.0", "id": None, "method": "ping"},
        {"jsonrpc": "2.0", "id": 1, "method": 2},
        {"jsonrpc": "2.0", "id": 1, "method": "ping", "params": [1]},
        {"jsonrpc": "2.0", "id": 1, "result": {}},
        "ping",
        5,
    ],
)
async def test_whatever_is_not_one_request_is_invalid(served: Any, body: Any) -> None:
    headers = {"Accept": "application/json", "MCP-Protocol-Version": "2026-07-28"}
    async with served.client.post("/mcp", json=body, headers=headers) as response:
        assert response.status == 400
        assert (await error_of(response))["code"] == -32600


async def test_an_unknown_version_is_told_the_known_ones(served: Any) -> None:
    async with served.modern(served.tool("echo"), version="2099-01-01") as response:
        assert response.status == 400
        error = await error_of(response)
    assert error["code"] == -32022
    assert error["data"] == {"supported": SERVED, "requested": "2099-01-01"}


@pytest.mark.parametrize("header", ["MCP-Protocol-Version", "Mcp-Method", "Mcp-Name"])
async def test_headers_must_equal_the_body(served: Any, header: str) -> None:
    async with served.modern(served.tool("echo"), **{header: "2026-07-29"}) as response:
        assert response.status == 400
        body = await response.json()
    assert body["error"]["code"] == -32020
    assert body["id"] == 1


async def test_a_routing_header_may_not_come_twice(served: Any) -> None:
    message = served.tool("echo")
    headers = [*served.modern_headers(message).items(), ("Mcp-Name", "slow")]
    async with served.client.post("/mcp", json=message, headers=headers) as response:
        assert response.status == 400
        assert (await error_of(response))["code"] == -32020


async def test_an_encoded_name_is_decoded_before_it_is_compared(served: Any) -> None:
    async with served.modern(served.tool("echo", text="hi"), **{"Mcp-Name": "=?base64?ZWNobw==?="}) as response:
        assert response.status == 200


async def test_a_missing_envelope_is_named(served: Any) -> None:
    message = served.tool("echo")
    async with served.client.post("/mcp", json=message, headers=served.modern_headers(message)) as response:
        assert response.status == 400
        assert "_meta" in (await error_of(response))["message"]


async def test_parameter_headers_are_compared_when_the_registry_knows_the_schema(serve: Any) -> None:
    market = {"type": "string", "x-mcp-header": "Market"}
    schema = {"type": "object", "properties": {"text": market}}
    served = await serve(server={"get_tool_input_schema": {"echo": schema}.get})
    for headers, status in [({"Mcp-Param-Market": "DE"}, 200), ({"Mcp-Param-Market": "FR"}, 400), ({}, 400)]:
        async with served.modern(served.tool("echo", text="DE"), **headers) as response:
            assert response.status == status


async def test_a_notification_is_accepted(served: Any) -> None:
    message = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}}
    async with served.client.post(
        "/mcp", json=message, headers={"MCP-Protocol-Version": "2026-07-28"}
    ) as response:
        assert response.status == 202
    async with served.client.post(
        "/mcp", json=message, headers={"MCP-Protocol-Version": "2099-01-01"}
    ) as response:
        assert response.status == 400


async def test_a_client_that_hangs_up_cancels_its_call(served: Any) -> None:
    async def give_up_later() -> None:
        async with served.modern(served.tool("slow")):
            raise AssertionError("answered")

    async with asyncio.timeout(5):
        call = asyncio.create_task(give_up_later())
        await served.toolbox.started.wait()
        call.cancel()
        await served.toolbox.cancelled.wait()
    await served.eventually(lambda: served.recorder.requests == [("modern", "tools/call", 499)])


async def test_a_slow_reader_of_a_streamed_answer_is_disconnected_and_its_call_cancelled(serve: Any) -> None:
    served = await serve(max_queued_messages=4)
    async with served.modern(served.tool("shout", token=1, size=2_000_000, count=30)), asyncio.timeout(5):
        await served.toolbox.cancelled.wait()
    await served.eventually(lambda: served.recorder.requests == [("modern", "tools/call", 499)])


async def test_the_server_asks_nothing_on_this_wire(served: Any) -> None:
    async with served.modern(served.tool("ask")) as response:
        assert response.status == 400
        assert "back-channel" in (await error_of(response))["message"]


LISTEN = {"notifications": {"toolsListChanged": True}}


async def test_a_subscription_delivers_and_keeps_alive_until_the_client_leaves(serve: Any) -> None:
    served = await serve(keep_alive_s=0.02)
    async with served.modern(served.request("subscriptions/listen", LISTEN, id="s")) as response:
        assert (await served.next_event(response))[1]["method"] == "notifications/subscriptions/acknowledged"
        assert await served.next_event(response, comments=True) == ("comment", ": keep-alive")
        await served.toolbox.change()
        change = (await served.next_event(response))[1]
        assert change["method"] == "notifications/tools/list_changed"
        assert served.recorder.streams["modern"] == 1
    await served.eventually(lambda: served.recorder.streams["modern"] == 0)


async def test_a_subscription_is_told_of_the_shutdown_and_none_is_taken_after(served: Any) -> None:
    async with served.modern(served.request("subscriptions/listen", LISTEN, id="s")) as response:
        await served.next_event(response)
        served.transport.begin_shutdown()
        end = (await served.next_event(response))[1]
        assert end["id"] == "s"
        assert end["result"]["_meta"]["io.modelcontextprotocol/subscriptionId"] == "s"
        assert await served.next_event(response) == ("end", None)
    async with served.modern(served.request("subscriptions/listen", LISTEN)) as response:
        assert response.status == 503
        assert int(response.headers["Retry-After"]) > 0


async def test_a_subscription_needs_a_client_that_reads_events(served: Any) -> None:
    async with served.modern(
        served.request("subscriptions/listen", LISTEN), Accept="application/json"
    ) as response:
        assert response.status == 406


async def test_a_transport_that_is_not_open_says_so(serve: Any) -> None:
    served = await serve()
    await served.transport.__aexit__(None, None, None)
    async with served.modern(served.tool("echo")) as response:
        assert response.status == 503
