"""The store on a real Redis: what it costs, what it keeps, and what it does when Redis cannot."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

import redis_server
from cache.entry import Answer
from cache.shared.config import SharedConfig
from shared_rig import ANSWER, Process, eventually, process, until

EAGER = SharedConfig(rest_s=0.2)


@pytest.fixture
async def one(redis_url: str) -> AsyncIterator[Process]:
    async with asyncio.timeout(30), process(redis_url) as one:
        yield one


@pytest.fixture
async def pair(redis_url: str) -> AsyncIterator[tuple[Process, Process]]:
    namespace = uuid4().hex
    async with (
        asyncio.timeout(30),
        process(redis_url, namespace=namespace) as one,
        process(redis_url, namespace=namespace) as other,
    ):
        yield one, other


async def calls(one: Process, command: str) -> int:
    stats: Any = await one.client.info("commandstats")
    return int(stats.get(f"cmdstat_{command}", {}).get("calls", 0))


async def formed(client: Any) -> bool:
    return "cluster_state:ok" in str(await client.execute_command("CLUSTER", "INFO"))


async def test_what_one_process_keeps_the_other_finds(pair: tuple[Process, Process]) -> None:
    one, other = pair
    await one.tier.store.put("u:1\nGET\n/me\n", ANSWER, fresh_s=60, kept_s=600)
    stored = await other.tier.store.get("u:1\nGET\n/me\n")
    assert stored is not None
    assert stored.answer == ANSWER
    assert 0 <= stored.age_s < 5
    assert 55 < stored.fresh_s <= 60
    assert 595 < stored.kept_s <= 600
    assert stored.fresh_s == pytest.approx(60 - stored.age_s)
    assert await other.tier.store.get("u:2\nGET\n/me\n") is None


async def test_gets_of_one_tick_are_one_command(one: Process) -> None:
    keys = [f"pub\n{number}" for number in range(40)]
    await asyncio.gather(*map(one.keep, keys))
    assert one.record.sizes("write") == [40]
    before = await calls(one, "mget"), await calls(one, "get")
    assert await asyncio.gather(*map(one.fetch, keys)) == [ANSWER.body] * 40
    assert (await calls(one, "mget"), await calls(one, "get")) == (before[0] + 1, before[1])
    assert one.record.sizes("read") == [40]


async def test_nothing_is_kept_longer_in_redis_than_it_may_be(one: Process) -> None:
    await one.tier.store.put("pub\nx", ANSWER, fresh_s=1, kept_s=100)
    assert 90_000 < await one.client.pttl(one.names.entry("pub\nx")) <= 100_000


@pytest.mark.parametrize("kept_s", [0, -1, float("nan")])
async def test_what_may_not_be_kept_is_not(one: Process, kept_s: float) -> None:
    await one.tier.store.put("pub\nx", ANSWER, fresh_s=1, kept_s=kept_s)
    assert await one.fetch("pub\nx") is None
    assert one.record.sizes("write") == []


async def test_something_stale_is_found_with_what_is_left_of_it(one: Process) -> None:
    await one.tier.store.put("pub\nx", ANSWER, fresh_s=0.01, kept_s=100)
    await asyncio.sleep(0.05)
    stored = await one.tier.store.get("pub\nx")
    assert stored is not None
    assert stored.fresh_s < 0 < stored.kept_s < 100


async def test_hosts_whose_clocks_are_wrong_agree(redis_url: str) -> None:
    namespace = uuid4().hex
    async with (
        asyncio.timeout(30),
        process(redis_url, namespace=namespace) as one,
        process(redis_url, namespace=namespace, clock=lambda: time.monotonic() + 86_400) as other,
    ):
        await one.keep("pub\nx")
        await other.keep("pub\ny")
        for reader, key in ((other, "pub\nx"), (one, "pub\ny")):
            stored = await reader.tier.store.get(key)
            assert stored is not None
            assert stored.age_s < 5
            assert 595 < stored.kept_s <= 600


async def test_what_somebody_else_wrote_under_our_names_is_nothing(one: Process) -> None:
    await one.keep("pub\nx")
    name = one.names.entry("pub\nx")
    await one.client.set(name, b"something else")
    assert await one.fetch("pub\nx") is None
    await one.client.delete(name)
    await one.client.rpush(name, "a list")
    assert await one.fetch("pub\nx") is None


async def test_keys_and_bodies_may_be_any_bytes(one: Process) -> None:
    key, body = "u:1\n\x00\r\n\udcff \u2028*?", bytes(range(256)) * 100
    await one.keep(key, body)
    assert await one.fetch(key) == body


async def test_a_purge_deletes_what_is_the_owners_and_tells_everybody(pair: tuple[Process, Process]) -> None:
    one, other = pair
    his = [f"u:1\n{number}" for number in range(1200)]
    await asyncio.gather(*map(one.keep, his))
    await asyncio.gather(*map(one.keep, ["u:12\nx", "pub\nx"]))
    his_stamp, pub_stamp = await other.settled("u:1", "library"), await other.settled("u:2", "library")
    await one.tier.store.purge("u:1\n")
    assert one.record.purged[0] == "u:1\n"
    assert set(await asyncio.gather(*map(other.fetch, his))) == {None}
    assert await asyncio.gather(*map(other.fetch, ["u:12\nx", "pub\nx"])) == [ANSWER.body] * 2
    await until(lambda: other.record.purged == ["u:1\n"])
    assert other.tier.generations.stamp("u:2", ["library"]) == pub_stamp
    assert await other.settled("u:1", "library") != his_stamp


async def test_two_processes_compete_for_a_load(pair: tuple[Process, Process]) -> None:
    one, other = (process.tier.store for process in pair)
    assert sorted(await asyncio.gather(one.claim("pub\nx"), other.claim("pub\nx"))) == [False, True]
    await one.release("pub\nx")
    await other.release("pub\nx")
    assert await one.claim("pub\nx")
    assert not await other.claim("pub\nx")
    assert await other.claim("pub\ny")
    await one.release("pub\nx")
    assert await other.claim("pub\nx")


async def test_a_held_claim_outlives_its_lease(redis_url: str) -> None:
    namespace = uuid4().hex
    config = SharedConfig(lease_s=0.3)
    async with (
        asyncio.timeout(30),
        process(redis_url, namespace=namespace, config=config) as one,
        process(redis_url, namespace=namespace, config=config) as other,
    ):
        assert await one.tier.store.claim("pub\nx")
        await asyncio.sleep(0.8)
        assert not await other.tier.store.claim("pub\nx")
        await one.tier.store.release("pub\nx")
        assert await other.tier.store.claim("pub\nx")


async def test_on_a_cluster_everything_works_and_reads_still_leave_together(tmp_path: Path) -> None:
    with redis_server.running(tmp_path, "--cluster-enabled", "yes") as url:
        async with asyncio.timeout(30), process(url) as one:
            client: Any = one.client
            await client.execute_command("CLUSTER", "ADDSLOTS", *range(16384))
            await eventually(partial(formed, client))
            keys = [f"u:{number}\nx" for number in range(30)]
            await asyncio.gather(*map(one.keep, keys))
            assert await asyncio.gather(*map(one.fetch, keys)) == [ANSWER.body] * 30
            mgets = await calls(one, "mget")
            assert await asyncio.gather(*map(one.fetch, keys)) == [ANSWER.body] * 30
            assert await calls(one, "mget") == mgets
            assert one.record.sizes("read") == [30, 30]
            assert one.record.modes == ["messages"]
            assert await one.tier.store.claim("pub\nx")
            await one.tier.store.release("pub\nx")
            stamp = await one.settled("u:1", "library", "player")
            await one.tier.generations.advance("u:1", ["library"])
            assert await one.settled("u:1", "library", "player") != stamp
            await one.tier.store.purge("u:1\n")
            assert await one.fetch("u:1\nx") is None


async def test_a_full_redis_takes_nothing_in_and_is_read_all_the_same(tmp_path: Path) -> None:
    with redis_server.running(tmp_path, "--maxmemory-policy", "noeviction") as url:
        async with asyncio.timeout(30), AsyncExitStack() as stack:
            one = await stack.enter_async_context(process(url, namespace="n"))
            other = await stack.enter_async_context(process(url, namespace="n"))
            await one.keep("pub\nx")
            stamp = await one.settled("u:1", "library")
            assert await other.settled("u:1", "library") == stamp
            await one.client.config_set("maxmemory", 1)
            await one.keep("pub\ny")
            assert await one.fetch("pub\ny") is None
            assert await one.fetch("pub\nx") == ANSWER.body
            assert one.tier.generations.stamp("u:1", ["library"]) == stamp
            await one.tier.generations.advance("u:1", ["library"])
            await until(lambda: other.tier.generations.stamp("u:1", ["library"]) is None)
            assert await other.stamp("u:1", "library") != stamp
            assert await one.tier.store.claim("pub\nx"), "nobody can tell"
            await one.client.config_set("maxmemory", 0)
            await one.keep("pub\ny")
            assert await one.fetch("pub\ny") == ANSWER.body

            async def agreed() -> bool:
                return await one.settled("u:1", "library") == await other.settled("u:1", "library")

            # Each tells of what it read under a stamp of its own.
            await eventually(agreed)


async def test_a_redis_that_stops_costs_one_deadline_and_is_back_soon(tmp_path: Path) -> None:
    with redis_server.running(tmp_path) as url:
        async with asyncio.timeout(30), process(url, config=EAGER) as one:
            await one.keep("pub\nx")
            info: Any = await one.client.info("server")
            pid = int(info["process_id"])
            os.kill(pid, signal.SIGSTOP)
            try:
                assert await asyncio.gather(*(one.fetch("pub\nx") for _ in range(10))) == [None] * 10
                assert await one.fetch("pub\nx") is None
                await one.keep("pub\ny")
                assert [outcome for *_, outcome in one.record.batches[-3:]] == ["timeout", "skipped", "skipped"]
                assert await one.tier.store.claim("pub\nx")
                await until(lambda: one.record.losses == ["TimeoutError"])
                assert one.record.dropped == 1
            finally:
                os.kill(pid, signal.SIGCONT)
            await eventually(partial(one.fetch, "pub\nx"))
            await until(lambda: len(one.record.modes) == 2)


async def test_connections_that_the_server_closed_are_replaced_and_nobody_notices(one: Process) -> None:
    await one.keep("pub\nx")
    await one.client.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "no")
    await asyncio.sleep(0.05)
    assert await one.fetch("pub\nx") == ANSWER.body
    assert [outcome for *_, outcome in one.record.batches] == ["ok", "ok"]


async def test_cancelling_one_who_waits_leaves_the_others_their_answer(one: Process) -> None:
    await one.keep("pub\nx")
    impatient = asyncio.create_task(one.fetch("pub\nx"))
    patient = asyncio.create_task(one.fetch("pub\nx"))
    await asyncio.sleep(0)
    impatient.cancel()
    assert await patient == ANSWER.body
    with pytest.raises(asyncio.CancelledError):
        await impatient


async def test_a_body_of_any_length_comes_back_or_is_not_kept(one: Process) -> None:
    for size in (0, 1, 4096, 300_000):
        await one.keep(f"pub\n{size}", b"x" * size)
        assert await one.fetch(f"pub\n{size}") == b"x" * size
    await one.tier.store.put("pub\nhuge", Answer(200, bytes(9 * 1024 * 1024)), fresh_s=1, kept_s=10)
    assert await one.fetch("pub\nhuge") is None
