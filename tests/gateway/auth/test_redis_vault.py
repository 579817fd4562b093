"""What is in the Redis of a vault, how long it stays there, and what happens when the server does not answer."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast
from uuid import uuid4

import pytest
from redis.asyncio import Redis

import redis_server
from cache.shared.link import connect
from gateway.auth.redis_shelf import RedisShelf
from gateway.auth.seal import Seal
from gateway.auth.sealed_vault import SealedVault
from gateway.auth.shelf import Place
from gateway.auth.vault import VaultError
from shared_rig import eventually
from vaults import SECRET, redis_vault
from virtual_time import run


@pytest.fixture
async def client(redis_url: str) -> AsyncIterator["Redis"]:
    client = connect(redis_url)
    yield client
    await client.aclose()


async def names_in(client: "Redis") -> set[str]:
    return {name if isinstance(name, str) else name.decode() for name in await client.keys("fermata:vault:*")}


async def test_nothing_that_was_put_can_be_read_in_a_dump(tmp_path: Path) -> None:
    with redis_server.running(tmp_path, "--rdbcompression", "no") as url:
        async with redis_vault(url, "gateway") as vault:
            await vault.put("the-kind", "plain key", b"plain value")
            await vault.put("the-kind", "another plain key", b"plain value", ttl_s=60.0)
            async with vault.alone("the-kind", "plain key", at_most_s=60.0):
                client = connect(url)
                await client.save()
                await client.aclose()
    seen = (tmp_path / "dump.rdb").read_bytes()
    assert seen.count(b"fermata:vault:{gateway}:v:") == 3
    for word in (b"the-kind", b"plain", SECRET):
        assert word not in seen


async def test_a_value_lives_in_redis_no_longer_than_it_may(client: "Redis") -> None:
    shelf = RedisShelf(client, namespace=(namespace := uuid4().hex))
    await shelf.replace(Place("kind", "short"), b"value", ttl_s=60.0)
    await shelf.replace(Place("kind", "long"), b"value", ttl_s=None)
    assert 59_000 < await client.pttl(f"fermata:vault:{{{namespace}}}:v:short") <= 60_000
    assert await client.pttl(f"fermata:vault:{{{namespace}}}:v:long") == -1


@pytest.mark.parametrize("namespace", ["", "a}b", "{a}", "a b"])
async def test_all_of_a_namespace_is_on_one_node_and_none_of_another(client: "Redis", namespace: str) -> None:
    before = await names_in(client)
    mine, other = RedisShelf(client, namespace=namespace), RedisShelf(client, namespace=namespace + "x")
    place = Place("kind", "name")
    await mine.replace(place, b"mine", ttl_s=60.0)
    names = await names_in(client) - before
    assert len(names) == 2
    assert len({name[: name.index("}")] for name in names}) == 1
    for name in names:
        assert name.startswith("fermata:vault:{")
        assert name.index("}") > name.index("{") + 1
        assert (name.count("{"), name.count("}")) == (1, 1)
    assert await other.read(place) is None
    assert await other.count("kind") == 0
    await mine.replace(place, None, ttl_s=None)
    assert await names_in(client) == before


async def test_what_has_ended_does_not_pile_up(client: "Redis") -> None:
    shelf = RedisShelf(client, namespace=(namespace := uuid4().hex))
    for number in range(40):
        await shelf.replace(Place("kind", str(number)), b"value", ttl_s=0.001)

    async def none_counts() -> bool:
        return await shelf.count("kind") == 0

    await eventually(none_counts)
    for _ in range(5):
        await shelf.replace(Place("kind", "stays"), b"value", ttl_s=None)
    assert await client.zcard(f"fermata:vault:{{{namespace}}}:k:kind") == 1


async def test_a_server_that_was_emptied_and_forgot_the_scripts_is_used_all_the_same(tmp_path: Path) -> None:
    with redis_server.running(tmp_path) as url:
        async with redis_vault(url, "gateway") as vault:
            await vault.put("token", "key", b"value")
            client = connect(url)
            await client.flushall()
            await client.script_flush()
            await client.aclose()
            assert await vault.take("token", "key") is None
            assert await vault.add("token", "key", b"new")
            assert await vault.count("token") == 1


async def test_a_server_that_is_away_is_named_as_the_trouble_until_it_is_back(tmp_path: Path) -> None:
    port = redis_server.free_port()
    async with redis_vault(f"redis://:password@127.0.0.1:{port}", "gateway") as vault:
        for operation in (
            vault.get("token", "key"),
            vault.put("token", "key", b"value"),
            vault.count("token"),
            vault.alone("token", "key", at_most_s=1.0).__aenter__(),
        ):
            with pytest.raises(VaultError, match="see whether the server of REDIS_URL runs") as caught:
                await operation
            assert "password@" not in str(caught.value)
        with redis_server.running(tmp_path, "--requirepass", "password", port=port):
            await vault.put("token", "key", b"value")
        with pytest.raises(VaultError):
            await vault.get("token", "key")
        with redis_server.running(tmp_path, "--requirepass", "password", port=port):
            assert await vault.get("token", "key") is None


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ([], False),
        (["--maxmemory-policy", "allkeys-lru"], False),
        (["--maxmemory", "100mb"], False),
        (["--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"], True),
        (["--maxmemory", "100mb", "--maxmemory-policy", "volatile-ttl"], True),
    ],
)
async def test_a_server_that_may_drop_what_is_kept_is_told_of(
    tmp_path: Path, options: list[str], *, told: bool
) -> None:
    with redis_server.running(tmp_path, *options) as url:
        client = connect(url)
        trouble = await RedisShelf(client, namespace="n").trouble()
        await client.aclose()
    assert ("set noeviction" in trouble) is told


async def test_a_server_that_may_not_be_asked_is_in_no_known_trouble(tmp_path: Path) -> None:
    with redis_server.running(tmp_path, "--rename-command", "INFO", "hidden") as url:
        client = connect(url)
        assert await RedisShelf(client, namespace="n").trouble() == ""
        await client.aclose()


async def test_a_server_that_takes_no_writes_is_quoted(tmp_path: Path) -> None:
    with redis_server.running(tmp_path, "--maxmemory", "1", "--maxmemory-policy", "noeviction") as url:
        async with redis_vault(url, "gateway") as vault:
            with pytest.raises(VaultError, match=r"maxmemory.*takes writes"):
                await vault.put("token", "key", b"value")


async def test_a_server_that_does_not_answer_is_waited_for_only_so_long() -> None:
    async def swallow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    silent = await asyncio.start_server(swallow, "127.0.0.1", 0)
    client = connect(f"redis://127.0.0.1:{silent.sockets[0].getsockname()[1]}")
    vault = SealedVault(RedisShelf(client, namespace="n", deadline_s=0.05), Seal(SECRET, purpose="vault"))
    async with asyncio.timeout(5):
        with pytest.raises(VaultError, match="no answer in time"):
            await vault.get("token", "key")
    await client.aclose()
    silent.close()
    await silent.wait_closed()


async def test_after_a_cancelled_question_nobody_gets_its_answer(redis_url: str) -> None:
    async with redis_vault(redis_url, uuid4().hex) as vault:
        await vault.put("token", "mine", b"mine")
        await vault.put("token", "yours", b"yours")
        for turns in range(12):
            task = asyncio.create_task(vault.get("token", "mine"))
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
            assert await vault.get("token", "yours") == b"yours"
            await asyncio.gather(task, return_exceptions=True)


def test_nobody_stands_in_line_for_a_silent_server_longer_than_an_answer_may_take() -> None:
    class Silent:
        register_script = staticmethod(repr)

        async def get(self, _: str) -> None:
            await asyncio.Event().wait()

    async def main() -> None:
        shelf = RedisShelf(cast("Redis", Silent()), namespace="silent", deadline_s=2.0)
        looks = (shelf.read(Place("kind", str(number))) for number in range(100))
        assert all(isinstance(one, VaultError) for one in await asyncio.gather(*looks, return_exceptions=True))
        assert asyncio.get_running_loop().time() == pytest.approx(2.0)

    run(main())


async def test_a_storm_of_looks_opens_no_storm_of_connections(tmp_path: Path) -> None:
    with redis_server.running(tmp_path) as url:
        client = connect(url)
        shelf = RedisShelf(client, namespace="storm")
        await asyncio.gather(*(shelf.read(Place("kind", str(number))) for number in range(300)))
        assert (await client.info("clients"))["connected_clients"] <= 16
        # Whoever leaves the line takes nothing along.
        looks = [asyncio.create_task(shelf.read(Place("kind", str(number)))) for number in range(300)]
        await asyncio.sleep(0)
        for look in looks:
            look.cancel()
        await asyncio.gather(*looks, return_exceptions=True)
        assert await shelf.read(Place("kind", "0")) is None
        await client.aclose()
