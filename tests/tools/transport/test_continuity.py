"""What passes between a transport and the store of its sessions, in every order in which it can happen."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from mcp_types import RequestId

from shared_rig import until
from tools.transport import NoStore, Owner
from tools.transport.store import Audience, Lease, Renewal, SessionRecord


@dataclass
class Desk:
    """A store that answers when it is told to, and notes what it is asked."""

    records: dict[str, SessionRecord] = field(default_factory=dict)
    renewal: Renewal = "kept"
    asked: list[str] = field(default_factory=list)
    released: list[str] = field(default_factory=list)
    loading: asyncio.Event = field(default_factory=asyncio.Event)
    renewing: asyncio.Event = field(default_factory=asyncio.Event)
    open: asyncio.Event = field(default_factory=asyncio.Event)
    audience: Audience | None = None

    def __post_init__(self) -> None:
        self.open.set()

    def key(self, session_id: str) -> str:
        return f"key of {session_id}"

    @asynccontextmanager
    async def opened(self, audience: Audience) -> AsyncIterator[None]:
        self.audience = audience
        yield
        self.asked.append("closed")

    async def renew(self, leases: Sequence[Lease]) -> Sequence[Renewal]:
        self.asked += [f"renew {lease.ttl_s:.0f}" for lease in leases]
        self.renewing.set()
        await self.open.wait()
        self.records |= {lease.key: lease.record for lease in leases}
        return [self.renewal] * len(leases)

    async def load(self, key: str, *, owner: Owner, selection: str) -> SessionRecord | None:
        self.asked.append("load")
        self.loading.set()
        await self.open.wait()
        record = self.records.get(key)
        return record if record and (record.owner, record.selection) == (owner, selection) else None

    def release(self, key: str, *, ttl_s: float) -> None:
        self.asked.append(f"release {ttl_s:.0f}")
        self.records.pop(key)

    async def end(self, key: str) -> None:
        self.asked.append("end")
        self.records.pop(key, None)

    def cancel(self, key: str, request_id: RequestId) -> None:
        self.asked.append(f"cancel {request_id} of {key}")


async def away(serve: Any, desk: Desk, **options: Any) -> tuple[Any, Any]:
    """A process, and the session that a client has in another one."""
    home = await serve(store=desk)
    session = await home.session(**options)
    served = await serve(store=desk)
    session.client = served.client
    desk.asked.clear()
    return served, session


async def test_a_known_session_costs_no_question(serve: Any) -> None:
    desk = Desk()
    served = await serve(store=desk)
    session = await served.session()
    for _ in range(20):
        assert "result" in await session.answer(served.tool("echo"))
    assert desk.asked == ["renew 1800"]


async def test_the_first_requests_of_a_session_from_elsewhere_revive_it_once(serve: Any) -> None:
    desk = Desk()
    served, session = await away(serve, desk)
    desk.open.clear()
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        calls = [group.create_task(session.answer(served.tool("echo", id=number))) for number in range(10)]
        await until(lambda: len(desk.asked) == len(calls))
        desk.open.set()
    assert all("result" in call.result() for call in calls)
    assert served.recorder.session_count == 1
    assert served.recorder.revived == 1


async def test_a_session_that_ended_while_it_was_asked_for_is_ended_at_once(serve: Any) -> None:
    desk = Desk()
    served, session = await away(serve, desk)
    desk.open.clear()
    desk.renewal = "ended"
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        group.create_task(session.answer(served.tool("echo")))
        await desk.loading.wait()
        # Nobody of that name is here yet, so this word falls on deaf ears.
        assert desk.audience is not None
        desk.audience.ended(desk.key(session.id))
        desk.open.set()
    await served.eventually(lambda: served.recorder.session_count == 0)


async def test_a_session_is_not_revived_where_it_would_have_to_end_at_once(serve: Any) -> None:
    desk = Desk()
    served, session = await away(serve, desk)
    served.transport.begin_shutdown()
    async with session.post(served.tool("echo")) as response:
        assert response.status == 503
    assert served.recorder.session_count == 0


async def test_a_full_table_has_no_place_for_a_session_from_elsewhere_either(serve: Any) -> None:
    desk = Desk()
    home = await serve(store=desk)
    session = await home.session()
    served = await serve(store=desk, max_sessions=1, evict_after_s=60)
    await served.session()
    session.client = served.client
    async with session.post(served.tool("echo")) as response:
        assert response.status == 503
        assert response.headers["Retry-After"] == "60"
    served.clock.now += 60
    assert "result" in await session.answer(served.tool("echo"))
    assert served.recorder.session_count == 1
    assert desk.asked[-2:] == ["release 1740", "renew 1800"] or desk.asked[-1] == "release 1740"


async def test_a_client_that_leaves_while_its_session_is_written_down_leaves_none(serve: Any) -> None:
    desk = Desk()
    served = await serve(store=desk)
    desk.open.clear()
    call = asyncio.create_task(served.session())
    async with asyncio.timeout(5):
        await desk.renewing.wait()
    call.cancel()
    await served.eventually(lambda: served.recorder.session_count == 0)
    await until(lambda: "end" in desk.asked)


async def test_whoever_ends_a_session_that_is_nowhere_here_ends_it_elsewhere(serve: Any) -> None:
    desk = Desk()
    served, session = await away(serve, desk)
    async with session.delete(**{"X-Who": "bob"}) as response:
        assert response.status == 404
    async with session.delete() as response:
        assert response.status == 204
    assert served.recorder.revived == 0
    assert desk.asked == ["load", "load", "end"]
    async with session.delete() as response:
        assert response.status == 404


async def test_a_session_in_use_is_kept_alive_in_the_store_and_an_idle_one_is_not(serve: Any) -> None:
    desk = Desk()
    served = await serve(store=desk, session_idle_s=0.8)
    used, idle = await served.session(), await served.session()
    async with used.get():
        # Every tenth of a second the clock is asked what is due.
        desk.asked.clear()
        served.clock.now += 0.4
        await until(lambda: "renew 1" in desk.asked)
        assert len(desk.asked) == 1
        served.clock.now += 0.5
        await served.eventually(lambda: served.recorder.session_count == 1)
        assert "release 0" in desk.asked
    assert set(desk.records) == {desk.key(used.id)}
    async with idle.post(served.tool("echo")) as response:
        assert response.status == 404


async def test_whoever_was_cut_off_asks_for_all_its_sessions(serve: Any) -> None:
    desk = Desk()
    served = await serve(store=desk)
    session = await served.session()
    assert desk.audience is not None
    desk.audience.joined()
    await until(lambda: desk.asked.count("renew 1800") == 2)
    desk.renewal = "ended"
    desk.audience.joined()
    await served.eventually(lambda: served.recorder.session_count == 0)
    desk.records.clear()
    async with session.post(served.tool("echo")) as response:
        assert response.status == 404


async def test_a_cancellation_of_what_is_not_served_here_is_passed_on(serve: Any) -> None:
    desk = Desk()
    served = await serve(store=desk)
    session = await served.session()
    for request_id in ("elsewhere", 7):
        notice = {"method": "notifications/cancelled", "params": {"requestId": request_id}}
        async with session.post({"jsonrpc": "2.0", **notice}) as response:
            assert response.status == 202
    key = desk.key(session.id)
    assert desk.asked[-2:] == [f"cancel elsewhere of {key}", f"cancel 7 of {key}"]


async def test_a_cancellation_from_elsewhere_ends_the_call_that_is_served_here(serve: Any) -> None:
    desk = Desk()
    served = await serve(store=desk)
    session = await served.session()

    async def cancel() -> None:
        await served.toolbox.started.wait()
        assert desk.audience is not None
        desk.audience.cancelled(desk.key("nobody"), 7)
        desk.audience.cancelled(desk.key(session.id), 8)
        desk.audience.cancelled(desk.key(session.id), 7)

    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        group.create_task(cancel())
        async with session.post(served.tool("slow", id=7)) as response:
            assert await response.read() == b""
    assert served.toolbox.cancelled.is_set()


async def test_a_pair_lives_with_its_stream_and_in_no_store(serve: Any) -> None:
    desk = Desk()
    served = await serve(store=desk)
    async with served.pair() as pair:
        await pair.send(served.tool("echo"))
        await pair.receive()
        await pair.send({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 5}})
    await served.eventually(lambda: served.recorder.session_count == 0)
    assert desk.asked == []


@pytest.mark.parametrize("selection", ["", "player"])
async def test_a_process_alone_asks_nobody(served: Any, selection: str) -> None:
    store = NoStore()
    session = await served.session()
    assert await store.load(store.key(session.id), owner=Owner("x", ""), selection=selection) is None
