"""The tier as a whole on real servers: what a process hears of another, and what it does when it hears nothing."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, closing, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from redis import Redis as SyncRedis
from redis.asyncio import Redis

import redis_server
from cache.shared.config import SharedConfig
from cache.shared.link import Link
from ports import free_port
from shared_rig import ANSWER, Process, eventually, process, until

QUICK = SharedConfig(rest_s=0.1, heartbeat_s=0.1, silence_s=0.4, backoff_s=0.02, most_backoff_s=0.1)
NO_TRACKING = ("--rename-command", "CLIENT", "")


@asynccontextmanager
async def pair(url: str, **options: Any) -> AsyncIterator[tuple[Process, Process]]:
    namespace = uuid4().hex
    async with AsyncExitStack() as stack, asyncio.timeout(40):
        one = await stack.enter_async_context(process(url, namespace=namespace, **options))
        other = await stack.enter_async_context(process(url, namespace=namespace, **options))
        yield one, other


class Road:
    """A way to a server that can be closed, and that can swallow what is sent on it."""

    def __init__(self, url: str) -> None:
        self._to = int(url.rsplit(":", 1)[1])
        self._port = free_port()
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self.url = f"redis://127.0.0.1:{self._port}"
        self.swallows = False

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port)

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
            for writer in tuple(self._writers):
                writer.close()
            await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self._to)
        self._writers |= {writer, there_writer}
        await asyncio.gather(self._carry(reader, there_writer), self._carry(there_reader, writer))
        self._writers -= {writer, there_writer}

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                if not self.swallows:
                    writer.write(data)
        writer.close()


@asynccontextmanager
async def detour(url: str) -> AsyncIterator[Road]:
    road = Road(url)
    await road.open()
    yield road
    await road.close()


def rights(url: str, user: str, *rules: str) -> None:
    client: Any
    with closing(SyncRedis.from_url(url)) as client:
        client.execute_command("ACL", "SETUSER", user, "on", "nopass", "~*", "+@all", *rules)


def unknown(one: Process, owner: str, *tags: str) -> Callable[[], bool]:
    return lambda: one.tier.generations.stamp(owner, tags) is None


@pytest.fixture(params=["tracking", "messages"])
def server(request: pytest.FixtureRequest, tmp_path: Path, redis_url: str) -> Any:
    """A server that tracks, and one that cannot."""
    if request.param == "tracking":
        yield redis_url, "tracking"
    else:
        with redis_server.running(tmp_path, *NO_TRACKING) as url:
            yield url, "messages"


async def test_what_one_changes_the_other_cannot_find_any_more(server: tuple[str, str]) -> None:
    url, mode = server
    async with pair(url) as (one, other):
        assert one.record.modes == other.record.modes == [mode]
        stamp = await one.settled("u:1", "library", "player")
        assert await other.settled("u:1", "library", "player") == stamp
        unconcerned = await other.settled("u:1", "playlists"), await other.settled("u:2", "library")
        await one.tier.generations.advance("u:1", ["library"])
        assert one.tier.generations.stamp("u:1", ["library", "player"]) != stamp
        await until(unknown(other, "u:1", "library", "player"))
        new = await other.settled("u:1", "library", "player")
        assert new != stamp
        assert await one.settled("u:1", "library", "player") == new
        assert (other.tier.generations.stamp("u:1", ["playlists"])) == unconcerned[0]
        assert (other.tier.generations.stamp("u:2", ["library"])) == unconcerned[1]


async def test_stamps_of_many_are_learned_in_one_round_trip(redis_url: str) -> None:
    async with pair(redis_url) as (one, other):
        owners = [f"u:{number}" for number in range(20)]
        for owner in owners:
            await one.settled(owner, "library")
        await asyncio.gather(*(other.tier.generations.learn(owner, ["library"]) for owner in owners))
        assert other.record.sizes("read") == [40]
        assert other.record.sizes("write") == []
        assert all(other.tier.generations.stamp(owner, ["library"]) for owner in owners)


async def test_namespaces_do_not_concern_each_other(redis_url: str) -> None:
    async with process(redis_url) as one, process(redis_url) as other:
        mine, yours = await one.settled("u:1", "library"), await other.settled("u:1", "library")
        assert mine != yours
        await one.keep("pub\nx")
        assert await other.fetch("pub\nx") is None
        await one.tier.generations.advance("u:1", ["library"])
        await one.tier.store.purge("u:1\n")
        assert other.tier.generations.stamp("u:1", ["library"]) == yours
        assert other.record.purged == []


async def test_what_another_process_stored_before_it_heard_of_a_purge_goes_as_well(redis_url: str) -> None:
    async with pair(redis_url, config=QUICK) as (one, other):
        await one.tier.store.purge("u:1\n")
        # Sent before it heard, and behind the first look.
        await other.keep("u:1\na")
        await other.keep("u:2\na")

        async def gone() -> bool:
            return await other.fetch("u:1\na") is None

        await eventually(gone)
        assert await other.fetch("u:2\na") is not None


async def test_a_process_that_tracks_and_one_that_cannot_hear_each_other(tmp_path: Path) -> None:
    with redis_server.running(tmp_path) as url:
        rights(url, "poor", "&*", "-client", "+client|id")
        namespace = uuid4().hex
        poor_url = url.replace("redis://", "redis://poor:x@")
        async with (
            asyncio.timeout(30),
            process(url, namespace=namespace) as rich,
            process(poor_url, namespace=namespace) as poor,
        ):
            assert (rich.record.modes, poor.record.modes) == (["tracking"], ["messages"])
            for writer, reader in ((rich, poor), (poor, rich)):
                stamp = await reader.settled("u:1", "library")
                await writer.tier.generations.advance("u:1", ["library"])
                await until(unknown(reader, "u:1", "library"))
                assert await reader.settled("u:1", "library") == await writer.settled("u:1", "library") != stamp


async def test_a_stamp_that_is_evicted_is_forgotten_and_never_comes_back(redis_url: str) -> None:
    async with pair(redis_url) as (one, other):
        stamp = await one.settled("u:1", "library")
        await other.settled("u:1", "library")
        await one.client.delete(one.names.stamp("u:1\nlibrary"))
        await until(unknown(other, "u:1", "library"))
        assert await other.settled("u:1", "library") != stamp


@pytest.mark.parametrize("command", ["flushall", "flushdb"])
async def test_a_redis_that_is_emptied_empties_everybody(tmp_path: Path, command: str) -> None:
    with redis_server.running(tmp_path) as url:
        async with pair(url) as (one, other):
            stamp = await one.settled("u:1", "library")
            await other.settled("u:1", "library")
            await getattr(one.client, command)()
            await until(lambda: one.record.dropped and other.record.dropped)
            await until(unknown(other, "u:1", "library"))
            assert await other.settled("u:1", "library") != stamp
            assert one.record.losses == other.record.losses == []


async def test_a_connection_that_is_killed_is_noticed_and_made_again(redis_url: str) -> None:
    async with pair(redis_url, config=QUICK) as (one, other):
        stamp = await one.settled("u:1", "library")
        assert await other.settled("u:1", "library") == stamp
        await one.client.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
        await until(lambda: other.record.dropped and len(other.record.modes) == 2 and len(one.record.modes) == 2)
        assert await other.settled("u:1", "library") == stamp, "the server is the same, and nothing changed"
        await one.tier.generations.advance("u:1", ["library"])
        await until(unknown(other, "u:1", "library"))


async def test_while_redis_is_away_stamps_are_private_and_changes_are_told_later(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        with redis_server.running(tmp_path) as url:
            one, other = await stack.enter_async_context(pair(url, config=QUICK))
            shared = await one.settled("u:1", "library")
            await other.settled("u:1", "library")
        await until(lambda: one.record.dropped and other.record.dropped)
        alone, lonely = await one.stamp("u:1", "library"), await other.stamp("u:1", "library")
        assert len({shared, alone, lonely}) == 3
        assert await one.stamp("u:1", "library") == alone, "it still can keep what it reads"
        await one.tier.generations.advance("u:1", ["library"])
        assert one.tier.generations.stamp("u:1", ["library"]) not in {None, alone, shared}
        await other.tier.store.purge("u:9\n")
        assert other.record.purged == ["u:9\n"]
        with redis_server.running(tmp_path, port=int(url.rsplit(":", 1)[1])):
            await until(lambda: len(one.record.modes) == len(other.record.modes) == 2)
            back = await one.settled("u:1", "library")
            assert await other.settled("u:1", "library") == back not in {shared, alone, lonely}
            await until(lambda: "u:9\n" in one.record.purged)
            await stack.aclose()


async def test_a_change_that_could_not_be_told_is_told_before_anything_is_trusted(redis_url: str) -> None:
    namespace = uuid4().hex
    async with (
        asyncio.timeout(30),
        detour(redis_url) as road,
        process(road.url, namespace=namespace, config=QUICK) as one,
        process(redis_url, namespace=namespace, config=QUICK) as other,
    ):
        shared = await one.settled("u:1", "library")
        assert await other.settled("u:1", "library") == shared
        await road.close()
        await until(lambda: one.record.losses)
        await one.tier.generations.advance("u:1", ["library"])
        assert await other.settled("u:1", "library") == shared, "it cannot know yet"
        await road.open()
        await until(lambda: len(one.record.modes) == 2)
        assert one.tier.generations.stamp("u:1", ["library"]) is None, "nothing is left to tell"
        await until(unknown(other, "u:1", "library"))
        assert await other.settled("u:1", "library") == await one.settled("u:1", "library") != shared


async def test_what_was_read_while_cut_off_is_not_taken_back_by_what_was_shared_before(redis_url: str) -> None:
    # It may have been written by a third one, who still is cut off and has told nobody.
    namespace = uuid4().hex
    async with (
        asyncio.timeout(30),
        detour(redis_url) as road,
        process(road.url, namespace=namespace, config=QUICK) as one,
        process(redis_url, namespace=namespace, config=QUICK) as other,
    ):
        shared = await one.settled("u:1", "library")
        untouched = await one.settled("u:2", "library")
        assert await other.settled("u:1", "library") == shared
        await road.close()
        await until(lambda: one.record.losses)
        alone = await one.stamp("u:1", "library")
        await road.open()
        await until(lambda: len(one.record.modes) == 2)
        assert await one.settled("u:1", "library") not in {shared, alone}
        assert await one.settled("u:2", "library") == untouched, "nobody read it meanwhile"
        await until(unknown(other, "u:1", "library"))


async def test_a_connection_that_is_cut_without_a_word_is_noticed(redis_url: str) -> None:
    async with asyncio.timeout(30), detour(redis_url) as road, process(road.url, config=QUICK) as one:
        await one.settled("u:1", "library")
        road.swallows = True
        await until(lambda: one.record.losses == ["TimeoutError"])
        assert one.record.dropped == 1
        road.swallows = False
        await until(lambda: len(one.record.modes) == 2)
        await one.settled("u:1", "library")


async def test_a_redis_that_restarts_from_an_old_copy_brings_no_old_stamp_back(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        with redis_server.running(tmp_path) as url:
            one, other = await stack.enter_async_context(pair(url, config=QUICK))
            before = await one.settled("u:1", "library")
            await one.client.save()
            await one.tier.generations.advance("u:1", ["library"])
            assert await one.settled("u:1", "library") != before
        with redis_server.running(tmp_path, port=int(url.rsplit(":", 1)[1])):
            await until(lambda: len(one.record.modes) == len(other.record.modes) == 2)
            assert await one.client.exists(one.names.stamp("u:1\nlibrary")), "the copy was loaded"
            again = await one.settled("u:1", "library")
            assert again != before
            assert await other.settled("u:1", "library") == again
            await stack.aclose()


async def test_opening_and_closing_take_no_time_when_there_is_no_redis() -> None:
    url = f"redis://127.0.0.1:{free_port()}"
    async with asyncio.timeout(5), process(url) as one:
        assert await one.fetch("pub\nx") is None
        await one.keep("pub\nx")
        assert await one.tier.store.claim("pub\nx")
        await one.tier.store.release("pub\nx")
        stamp = await one.stamp("u:1", "library")
        assert stamp == await one.stamp("u:1", "library")
        await one.tier.generations.advance("u:1", ["library"])
        assert stamp != await one.stamp("u:1", "library")
        assert one.record.modes == []


async def test_nor_when_it_takes_connections_and_says_nothing() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with asyncio.timeout(10), await asyncio.start_server(silent, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with process(f"redis://127.0.0.1:{port}", config=QUICK) as one:
            assert await one.fetch("pub\nx") is None
            await one.stamp("u:1", "library")
            await until(lambda: one.record.losses)


async def test_nor_when_it_is_no_redis_at_all() -> None:
    async def rude(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with asyncio.timeout(10), await asyncio.start_server(rude, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with process(f"redis://127.0.0.1:{port}", config=QUICK) as one:
            await until(lambda: len(one.record.losses) > 2)
            assert await one.fetch("pub\nx") is None


async def test_rights_that_are_missing_leave_a_process_alone_and_break_nothing(tmp_path: Path) -> None:
    with redis_server.running(tmp_path) as url:
        rights(url, "poor", "resetchannels")
        async with asyncio.timeout(20), process(url.replace("redis://", "redis://poor:x@"), config=QUICK) as poor:
            assert poor.record.modes == []
            await poor.keep("pub\nx")
            assert await poor.fetch("pub\nx") == ANSWER.body
            stamp = await poor.stamp("u:1", "library")
            await poor.tier.generations.advance("u:1", ["library"])
            assert await poor.stamp("u:1", "library") != stamp
            await poor.tier.store.purge("pub\n")
            assert await poor.fetch("pub\nx") is None


async def test_closing_leaves_no_connection_behind(redis_url: str) -> None:
    async with Redis.from_url(redis_url) as watcher:
        before: Any = await watcher.client_list()
        async with process(redis_url) as one:
            await one.keep("pub\nx")
            await one.tier.store.claim("pub\nx")
            opened: Any = await watcher.client_list()
            assert len(opened) > len(before)

        async def gone() -> bool:
            return len(await watcher.client_list()) <= len(before)

        await eventually(gone)


def test_a_client_that_decodes_is_refused() -> None:
    with pytest.raises(ValueError, match="must not decode"):
        Link(Redis.from_url("redis://127.0.0.1", decode_responses=True))


@pytest.mark.parametrize(
    ("name", "value"),
    [("lease_s", 0), ("rest_s", -1), ("read_deadline_s", float("inf")), ("silence_s", 0.5), ("batch", 0)],
)
def test_a_config_that_makes_no_sense_is_refused(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=name):
        SharedConfig(**{name: value})  # type: ignore[arg-type]  # one of them
