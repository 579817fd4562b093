"""Configuration that would weaken a guard cannot be built; small parts hold alone."""

import asyncio
from typing import Any

import pytest

from gateway.guards import Guard
from tools.transport import NullObserver, TransportConfig
from tools.transport.outbox import KEEP_ALIVE, Outbox
from tools.transport.peer import SessionPeer
from tools.transport.task_scope import TaskScope


@pytest.mark.parametrize(
    "bad",
    [
        {"max_body_bytes": 0},
        {"max_sessions": 0},
        {"session_idle_s": -1},
        {"keep_alive_s": 0},
        {"max_queued_messages": 0},
    ],
)
def test_a_weak_configuration_is_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(bad))):
        TransportConfig(guard=Guard(), **bad)


def test_the_null_observer_looks_away() -> None:
    observer = NullObserver()
    observer.request("modern", "ping", 200, 0.1)
    observer.sessions(1)
    observer.session_revived()
    observer.sharing(on=True)
    observer.stream_opened("sse")
    observer.stream_closed("sse")


async def test_an_overflow_is_told_once_and_frees_the_memory() -> None:
    told: list[int] = []
    outbox = Outbox(limit=2, on_overflow=lambda: told.append(1))
    for _ in range(5):
        outbox.put(b"{}")
    assert told == [1]
    assert not outbox.open
    assert await outbox.take(patience_s=1) == b""


async def test_an_outbox_gives_all_it_has_then_comments_then_ends() -> None:
    outbox = Outbox(limit=2, on_overflow=lambda: None)
    outbox.put(b"1")
    outbox.put(b"2")
    assert await outbox.take(patience_s=1) == b"event: message\ndata: 1\n\nevent: message\ndata: 2\n\n"
    assert await outbox.take(patience_s=0.01) == KEEP_ALIVE
    outbox.put(b"3")
    outbox.close()
    outbox.put(b"4")
    assert await outbox.take(patience_s=1) == b"event: message\ndata: 3\n\n"
    assert await outbox.take(patience_s=1) == b""


async def test_a_failing_task_is_logged_by_type_and_hurts_no_other(caplog: pytest.LogCaptureFixture) -> None:
    async def fail() -> None:
        raise ValueError("secret")

    scope = TaskScope()
    other = scope.spawn(asyncio.sleep(0.01, "fine"))
    scope.spawn(fail())
    await scope.join()
    assert other.result() == "fine"
    assert [record.getMessage() for record in caplog.records] == ["mcp.task_failed error=ValueError"]


async def test_closing_a_scope_cancels_and_awaits_its_tasks() -> None:
    scope = TaskScope()
    task = scope.spawn(asyncio.sleep(60))
    await scope.aclose()
    assert task.cancelled()


async def test_a_question_that_takes_too_long_is_withdrawn() -> None:
    peer, outbox = SessionPeer(), Outbox(limit=9, on_overflow=lambda: None)
    with pytest.raises(Exception, match="did not answer roots/list in time"):
        await peer.ask(outbox, "roots/list", params=None, opts={"timeout": 0.01})
    sent = await outbox.take(patience_s=1)
    assert b'{"jsonrpc":"2.0","id":1,"method":"roots/list"}' in sent
    assert b'"method":"notifications/cancelled","params":{"requestId":1}' in sent


async def test_a_cancelled_question_is_withdrawn_and_the_cancellation_goes_on() -> None:
    peer, outbox = SessionPeer(), Outbox(limit=9, on_overflow=lambda: None)
    asking = asyncio.create_task(peer.ask(outbox, "roots/list", params=None, opts={}))
    await outbox.take(patience_s=1)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert b"notifications/cancelled" in await outbox.take(patience_s=1)


async def test_progress_on_a_question_reaches_who_asked() -> None:
    peer, outbox = SessionPeer(), Outbox(limit=9, on_overflow=lambda: None)
    seen: list[Any] = []

    async def progressed(progress: float, total: float | None, message: str | None) -> None:
        seen.append((progress, total, message))

    asking = asyncio.create_task(peer.ask(outbox, "x", params={"a": 1}, opts={"on_progress": progressed}))
    assert b'"_meta":{"progressToken":1}' in await outbox.take(patience_s=1)
    for params in ({"progressToken": 1, "progress": 0.5}, {"progressToken": 2, "progress": 1}, {}, None):
        await peer.progressed(params)
    peer.close()
    with pytest.raises(Exception, match="left before it answered"):
        await asking
    assert seen == [(0.5, None, None)]
