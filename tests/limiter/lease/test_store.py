"""The store of leases on real Redis servers: one alone, one as a cluster, and none."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from redis import Redis as SyncRedis
from redis.asyncio import Redis, RedisCluster

import redis_server
from lease_rig import FakeServer, Node
from limiter.lease.messages import LeaseReply, StoreError
from limiter.lease.store import RedisLeaseStore, StoreKeys, connect

NAMES = ("{acc}ount", "client:{}", "", "a%{", "%", "}{", "spaced name")


def question(**changed: Any) -> str:
    return Node(FakeServer(), StoreKeys.of("a", "c"), "node", seq=1).question(join=True, **changed)


@pytest.fixture
async def client(redis_url: str) -> AsyncIterator[Redis]:
    async with connect(redis_url) as client:
        yield client


@pytest.fixture
def store(client: Redis) -> RedisLeaseStore:
    return RedisLeaseStore(client, f"account {uuid4()}", "client")


async def test_a_server_that_has_never_seen_the_script_is_given_it(client: Redis, store: RedisLeaseStore) -> None:
    first = await store.sync(question())
    await client.script_flush()
    assert await store.sync(question()) == first


async def test_pushes_tell_first_that_they_can_be_heard_and_then_what_changed(store: RedisLeaseStore) -> None:
    pushes = store.pushes()
    async with asyncio.timeout(5):
        assert (await anext(pushes)).word == "here"
        await store.pause("node", "client", rest_ms=1000)
        push = await anext(pushes)
    assert (push.word, push.node, push.here) == ("pause", "node", True)
    await pushes.aclose()


async def test_a_pause_is_tried_by_one_and_ended_by_its_mark(store: RedisLeaseStore) -> None:
    begun = await store.pause("node", "client", rest_ms=0)
    assert begun.pause is not None
    assert (await store.probe("node", "client", timeout_ms=1000)).done
    assert not (await store.probe("other", "client", timeout_ms=1000)).done
    assert (await store.give_up("node", "client")).done
    assert not (await store.open("node", "client", mark=begun.pause.mark - 1, ramp=False)).done
    assert (await store.open("node", "client", mark=begun.pause.mark, ramp=True)).done


async def test_who_leaves_is_a_member_no_more(store: RedisLeaseStore) -> None:
    await store.sync(question())
    await store.leave(question())
    assert (
        await store.sync(Node(FakeServer(), StoreKeys.of("a", "c"), "other", seq=1).question(join=True))
    ).members == {"other": 0}


def make_cluster(url: str) -> None:
    plain: Any
    with closing(SyncRedis.from_url(url, decode_responses=True)) as plain:
        plain.execute_command("CLUSTER", "ADDSLOTS", *range(16384))
        for _ in range(500):
            if "cluster_state:ok" in str(plain.execute_command("CLUSTER", "INFO")):
                return
            time.sleep(0.02)
    raise TimeoutError("the cluster did not form")


async def test_on_a_cluster_all_keys_of_an_account_are_in_one_place(tmp_path: Path) -> None:
    with redis_server.running(tmp_path, "--cluster-enabled", "yes") as url:
        make_cluster(url)
        async with RedisCluster.from_url(url, decode_responses=True) as cluster:
            client: Any = cluster
            for account in NAMES:
                for client_id in NAMES:
                    store = RedisLeaseStore(client, account, client_id)
                    assert (await store.sync(question(calls={"f": 1}, pauses={"c": 500}))).status == "ok"
                    assert (await store.probe("node", "c", timeout_ms=1)).pause is not None


def test_no_two_accounts_or_clients_share_a_key() -> None:
    names = [StoreKeys.of(account, client) for account in NAMES for client in NAMES]
    assert len({keys.slots for keys in names}) == len(NAMES) ** 2
    assert len({keys.shared for keys in names}) == len(NAMES)
    assert all(key.count("{") == key.count("}") == 1 for keys in names for key in (*keys.slots, *keys.shared))


async def test_a_server_that_is_not_there_is_an_error_at_once_for_questions_and_for_pushes() -> None:
    async with connect("redis://127.0.0.1:1") as client:
        store = RedisLeaseStore(client, "account", "client")
        async with asyncio.timeout(5):
            with pytest.raises(StoreError, match="did not answer"):
                await store.sync(question())
            with pytest.raises(StoreError, match="broke off"):
                await anext(store.pushes())


async def test_what_somebody_else_wrote_under_our_names_is_an_error(client: Redis) -> None:
    account = f"account {uuid4()}"
    await client.set(StoreKeys.of(account, "client").slots[0], "not JSON")
    with pytest.raises(StoreError):
        await RedisLeaseStore(client, account, "client").sync(question())


GOOD = {"status": "ok", "epoch": "e", "limit": {"calls": 3, "version": 0}}


@pytest.mark.parametrize(
    "changed",
    [
        {"status": "fine"},
        {"urgent": -1},
        {"urgent": 1.5},
        {"urgent": 1e30},
        {"bulk": None},
        {"coming": [[1]]},
        {"coming": [[-1, 1]]},
        {"coming": {}},
        {"members": {"n": "x"}},
        {"limit": {"calls": 0, "version": 0}},
        {"pauses": {"client": {"rest": -1, "mark": 1}}},
        {"waiting": 3},
        {"epoch": "e" * 1000},
    ],
)
def test_a_malformed_reply_is_no_reply(changed: dict[str, object]) -> None:
    assert LeaseReply.parse(json.dumps(GOOD)).limit.calls == 3
    with pytest.raises(StoreError, match="cannot be used"):
        LeaseReply.parse(json.dumps(GOOD | changed))


@pytest.mark.parametrize("text", [None, 3, [], b"\xff", "", "[]", "null", "{", '{"status":"ok"}'])
def test_what_is_not_a_reply_at_all_is_no_reply_either(text: object) -> None:
    with pytest.raises(StoreError):
        LeaseReply.parse(text)
