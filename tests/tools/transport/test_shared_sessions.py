"""Processes on one real Redis: a session goes on in each of them, ends in all, and serves nobody else."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

import pytest

from cache import Owners
from cache.shared.link import connect
from fleet import Program, redis_program
from ports import free_port
from shared_rig import eventually, until
from tools.shared_sessions import RedisSessionStore

HANDSHAKE = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"]
IDLE_S = 1800


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[tuple[Program, str]]:
    """A Redis that a test may stop, kill and start again."""
    port = free_port()
    program = redis_program(tmp_path, port)
    program.start()
    yield program, f"redis://127.0.0.1:{port}"
    program.kill()


class Processes:
    """Transports that share a Redis, each with a client and a name of its own."""

    def __init__(self, serve: Any, clients: list[Any]) -> None:
        self._serve = serve
        self._namespace = uuid4().hex
        self.clients = clients

    async def start(self, url: str, *, secret: bytes = b"secret", namespace: str = "", **options: Any) -> Any:
        client = connect(url)
        self.clients.append(client)
        store = RedisSessionStore(
            client,
            namespace=namespace or self._namespace,
            owner_of=Owners(secret).of,
            clock=time.monotonic,
            random=Random(len(self.clients)),
        )
        return await self._serve(store=store, **options)

    async def both(self, url: str, **options: Any) -> tuple[Any, Any]:
        """Two of them, which hear of each other."""
        pair = [await self.start(url, **options) for _ in range(2)]
        await until(lambda: all(served.recorder.shares for served in pair))
        return pair[0], pair[1]

    async def kept(self) -> dict[str, tuple[bytes, int]]:
        """All that Redis holds: values, and seconds to live."""
        client = self.clients[0]
        names = [name.decode() async for name in client.scan_iter(f"*{self._namespace}*")]
        return {name: (await client.get(name), await client.ttl(name)) for name in names}


@pytest.fixture
async def clients() -> AsyncIterator[list[Any]]:
    opened: list[Any] = []
    yield opened
    for client in opened:
        await client.aclose()


@pytest.fixture
def processes(clients: list[Any], serve: Any) -> Processes:
    return Processes(serve, clients)


def at(served: Any, session: Any) -> Any:
    """The session, with its requests going to another process."""
    return type(session)(served.client, session.id, session.headers)


async def status(request: Any) -> int:
    async with asyncio.timeout(10), request as response:
        await response.read()
        return int(response.status)


@pytest.mark.parametrize("version", HANDSHAKE)
async def test_a_session_goes_on_in_another_process(processes: Processes, redis_url: str, version: str) -> None:
    first, second = await processes.both(redis_url)
    there = at(second, await first.session(version, who="ann"))
    tools = (await there.answer(second.request("tools/list")))["result"]["tools"]
    assert "echo" in [tool["name"] for tool in tools]
    answer = await there.answer(second.tool("echo", text="hi"))
    assert answer["result"]["content"][0]["text"] == "hi for ann"
    assert second.recorder.revived == 1
    batch = [second.tool("echo", id=1), second.tool("echo", id=2)]
    assert await status(there.post(batch)) == (200 if version == "2025-03-26" else 400)


async def test_the_handshake_may_be_finished_in_another_process(processes: Processes, redis_url: str) -> None:
    first, second = await processes.both(redis_url)
    async with first.client.post("/mcp", json=first.hello("2025-11-25")) as response:
        headers = {"Mcp-Session-Id": response.headers["Mcp-Session-Id"]}
    notice = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    assert await status(second.client.post("/mcp", json=notice, headers=headers)) == 202
    for served in (first, second):
        assert await status(served.client.post("/mcp", json=served.tool("echo"), headers=headers)) == 200


async def test_what_the_client_can_do_is_known_in_another_process(processes: Processes, redis_url: str) -> None:
    first, second = await processes.both(redis_url)
    there = at(second, await first.session(capabilities={"elicitation": {"form": {}}}))
    async with there.post(second.tool("ask")) as response:
        question = (await second.next_event(response))[1]
        assert question["method"] == "elicitation/create"
        result = {"action": "accept", "content": {"name": "Ann"}}
        assert await status(there.post({"jsonrpc": "2.0", "id": question["id"], "result": result})) == 202
        assert (await second.next_event(response))[1]["result"]["content"][0]["text"] == "hello Ann"


async def test_the_session_of_somebody_else_does_not_exist_in_any_process(
    processes: Processes, redis_url: str
) -> None:
    first, second = await processes.both(redis_url)
    session = await first.session(who="ann")
    there = at(second, session)
    nowhere = at(second, session)
    nowhere.headers = {**session.headers, "Mcp-Session-Id": "no-such-session"}
    for send in ("get", "delete"):
        async with getattr(there, send)(**{"X-Who": "bob"}) as one, getattr(nowhere, send)() as other:
            assert one.status == other.status == 404
            assert await one.read() == await other.read()
    assert await status(there.post(second.tool("echo"), **{"X-Who": "bob"})) == 404
    assert second.recorder.revived == 0
    assert "result" in await there.answer(second.tool("echo"))
    assert "result" in await session.answer(first.tool("echo"))


async def test_another_program_of_the_same_person_finds_no_session_in_any_process(
    processes: Processes, redis_url: str
) -> None:
    first, second = await processes.both(redis_url)
    session = await first.session(badge={"X-Who": "ann", "X-Client": "editor", "X-Scopes": "a b"})
    there = at(second, session)
    for other in ({"X-Client": "player"}, {"X-Client": ""}, {"X-Who": "anned", "X-Client": "itor"}):
        for send in (there.get, there.delete):
            assert await status(send(**other)) == 404
        assert await status(there.post(second.tool("echo"), **other)) == 404
    assert second.recorder.revived == 0
    # A token with other scopes is still the same program's, and its own scopes count.
    for scopes in ("c", "a"):
        async with there.post(second.tool("may"), **{"X-Scopes": scopes}) as response:
            assert (await response.json())["result"]["content"][0]["text"] == scopes
    assert second.recorder.revived == 1


class AnyAddress:
    """Knows every set of tools."""

    def objection(self, selection: str) -> str:
        del selection
        return ""


async def test_a_session_goes_on_at_its_own_address_only(processes: Processes, redis_url: str) -> None:
    first, second = await processes.both(redis_url, parts={"selections": AnyAddress()})
    session = await first.session(path="/mcp/full")
    for path, status_there in (("/mcp", 404), ("/mcp/x/a", 404), ("/mcp/full", 200)):
        message = second.tool("where")
        assert await status(second.client.post(path, json=message, headers=session.headers)) == status_there


async def test_gateways_of_other_apps_and_users_share_no_sessions(processes: Processes, redis_url: str) -> None:
    first = await processes.start(redis_url)
    session = await first.session()
    for different in ({"namespace": "another app"}, {"secret": b"another user"}):
        other = await processes.start(redis_url, **different)
        assert await status(at(other, session).post(other.tool("echo"))) == 404


async def test_an_id_of_odd_bytes_is_unknown_and_no_error(processes: Processes, redis_url: str) -> None:
    served = await processes.start(redis_url)
    for odd in ("é", "*", "x" * 4000, "a b", "\udcff"):
        headers = {"Mcp-Session-Id": odd}
        assert await status(served.client.post("/mcp", json=served.tool("echo"), headers=headers)) == 404


async def test_redis_holds_no_id_no_name_and_nothing_for_ever(processes: Processes, redis_url: str) -> None:
    first = await processes.start(redis_url)
    session = await first.session(
        who="ann@example.org", badge={"X-Client": "https://editor.example", "X-Scopes": "a"}
    )
    kept = await processes.kept()
    (name, (value, ttl_s)), *rest = kept.items()
    assert not rest
    assert name.startswith("fermata:mcp:")
    assert session.id not in name
    assert session.id.encode() not in value
    assert not any(secret in value for secret in (b"ann", b"editor.example"))
    assert IDLE_S - 60 < ttl_s <= IDLE_S


async def test_a_client_that_says_megabytes_of_itself_is_served_here_only(
    processes: Processes, redis_url: str
) -> None:
    first, second = await processes.both(redis_url)
    session = await first.session(capabilities={"experimental": {"x": {"text": "x" * 1_000_000}}})
    assert await processes.kept() == {}
    assert await status(at(second, session).post(second.tool("echo"))) == 404
    assert "result" in await session.answer(first.tool("echo"))


async def test_a_session_deleted_in_one_process_is_gone_from_all(processes: Processes, redis_url: str) -> None:
    first, second = await processes.both(redis_url)
    session = await first.session()
    there = at(second, session)
    assert "result" in await there.answer(second.tool("echo"))
    async with session.get() as stream, asyncio.timeout(10):
        call = asyncio.create_task(session.answer(first.tool("slow", id=3)))
        await first.toolbox.started.wait()
        assert await status(there.delete()) == 204
        assert await first.next_event(stream) == ("end", None)
        assert "initialize" in (await call)["error"]["message"]
    await first.eventually(lambda: first.recorder.session_count == 0)
    assert second.recorder.session_count == 0
    for served in (first, second):
        assert await status(at(served, session).post(served.tool("echo"))) == 404
    # What is left says that it ended, to whoever did not hear of it, and for two minutes.
    assert [(value, 0 < ttl_s <= 120) for value, ttl_s in (await processes.kept()).values()] == [(b"", True)]


async def test_a_call_is_cancelled_wherever_it_is_served(processes: Processes, redis_url: str) -> None:
    first, second = await processes.both(redis_url)
    session = await first.session()

    async def cancel() -> None:
        await first.toolbox.started.wait()
        notice = {"method": "notifications/cancelled", "params": {"requestId": "it"}}
        assert await status(at(second, session).post({"jsonrpc": "2.0", **notice})) == 202

    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        group.create_task(cancel())
        async with session.post(first.tool("slow", id="it")) as response:
            assert await response.read() == b""
    assert first.toolbox.cancelled.is_set()


async def test_a_session_outlives_the_process_that_opened_it(processes: Processes, redis_url: str) -> None:
    first, second = await processes.both(redis_url)
    session = await first.session()
    await first.client.server.close()
    assert "result" in await at(second, session).answer(second.tool("echo"))


async def test_a_session_that_makes_room_ends_unless_another_process_uses_it(
    processes: Processes, redis_url: str
) -> None:
    first = await processes.start(redis_url, max_sessions=1, evict_after_s=0)
    second = await processes.start(redis_url)
    alone = await first.session()
    newcomer = await first.session()
    await eventually(lambda: holds(processes, 1))
    assert await status(at(second, alone).post(second.tool("echo"))) == 404
    # Used later elsewhere, as far as Redis knows.
    (name,) = await processes.kept()
    await processes.clients[0].pexpire(name, IDLE_S * 1000 + 5000)
    await first.session()
    assert await holds(processes, 2)
    assert "result" in await at(second, newcomer).answer(second.tool("echo"))


async def holds(processes: Processes, count: int) -> bool:
    return len(await processes.kept()) == count


async def test_an_idle_session_leaves_nothing_in_redis(processes: Processes, redis_url: str) -> None:
    served = await processes.start(redis_url, session_idle_s=0.4)
    await served.session()
    served.clock.now += 10
    await served.eventually(lambda: served.recorder.session_count == 0)
    await eventually(lambda: holds(processes, 0))


async def test_a_pair_is_not_written_down(processes: Processes, redis_url: str) -> None:
    first, second = await processes.both(redis_url)
    async with first.pair() as pair:
        assert await processes.kept() == {}
        assert await status(second.client.post(pair.endpoint, json=second.tool("echo"))) == 404
        other = {"Mcp-Session-Id": pair.endpoint.partition("=")[2]}
        assert await status(second.client.post("/mcp", json=second.tool("echo"), headers=other)) == 404


async def test_without_redis_each_process_serves_its_own_sessions(
    processes: Processes, mortal: tuple[Program, str]
) -> None:
    program, url = mortal
    first, second = await processes.both(url)
    session, other = await first.session(), await first.session()
    program.kill()
    await until(lambda: not first.recorder.shares and not second.recorder.shares)
    assert "result" in await session.answer(first.tool("echo"))
    assert await status(at(second, session).post(second.tool("echo"))) == 404
    late = await first.session()
    assert "result" in await late.answer(first.tool("echo"))
    assert await status(other.delete()) == 204
    program.start()
    # Empty as it is, it hears of all sessions again, and of what ended meanwhile.
    await until(lambda: first.recorder.shares and second.recorder.shares, seconds=20)
    await eventually(lambda: serves(second, session))
    await eventually(lambda: serves(second, late))
    assert not await serves(second, other)


async def serves(served: Any, session: Any) -> bool:
    return await status(at(served, session).post(served.tool("echo"))) == 200


async def test_a_redis_that_says_nothing_holds_nobody_up(
    processes: Processes, mortal: tuple[Program, str]
) -> None:
    program, url = mortal
    first, second = await processes.both(url)
    session = await first.session()
    program.signal(signal.SIGSTOP)
    assert await serves(first, session)
    assert await status(at(second, session).post(second.tool("echo"))) == 404
    late = await first.session()
    assert await serves(first, late)
    assert await status(late.delete()) == 204
    program.signal(signal.SIGCONT)
    await eventually(lambda: serves(second, session), seconds=20)


async def test_a_redis_that_says_nothing_does_not_hold_up_the_shutdown_either(
    processes: Processes, mortal: tuple[Program, str]
) -> None:
    program, url = mortal
    first = await processes.start(url)
    session = await first.session()
    program.signal(signal.SIGSTOP)
    async with asyncio.timeout(10):
        deleted = asyncio.create_task(status(session.delete()))
        await first.eventually(lambda: first.recorder.session_count == 0)
        await first.client.server.close()
        await asyncio.wait({deleted})
    program.signal(signal.SIGCONT)


async def test_an_end_that_was_missed_is_found_out_afterwards(
    processes: Processes, mortal: tuple[Program, str]
) -> None:
    _, url = mortal
    first, second = await processes.both(url)
    session = await first.session()
    assert await serves(second, session)
    # As the first one sees it: its connections break, and nobody tells it what happens meanwhile.
    (name,) = await processes.kept()
    await processes.clients[1].set(name, b"", ex=60)
    await processes.clients[1].execute_command("CLIENT", "KILL", "TYPE", "pubsub")
    await first.eventually(lambda: first.recorder.session_count == 0)
    await second.eventually(lambda: second.recorder.session_count == 0)


@pytest.mark.parametrize("rubbish", [b"", b"{", b"[]", b'{"version": "2025-11-25"}', b"\xff"])
async def test_a_record_that_cannot_be_read_is_unknown(
    processes: Processes, redis_url: str, rubbish: bytes
) -> None:
    first, second = await processes.both(redis_url)
    session = await first.session()
    (name,) = await processes.kept()
    await processes.clients[0].set(name, rubbish, ex=60)
    assert not await serves(second, session)
    for word in (rubbish, b'{"end": 5}', b'{"cancel": "x", "id": null}'):
        await processes.clients[0].publish(f"{name.rpartition(':s:')[0]}:news", word)
    assert await serves(first, session)
