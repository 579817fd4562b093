"""What several caches on one shared tier promise; each stands for a process."""

import asyncio
from collections import Counter
from random import Random

import pytest

from cache import Answer, CacheConfig, CachePolicy, Flight, Landing, TieredCache
from shared_store import SharedStore
from virtual_time import run

POLICY = CachePolicy(ttl_s=100, stale_s=50, error_s=400)
LIVE = CachePolicy(ttl_s=0)


class Spotify:
    """Answers after a tenth of a second, and counts."""

    def __init__(self) -> None:
        self.calls = 0
        self.failing = False

    async def __call__(self, flight: Flight[Landing], known: Answer | None) -> Answer:
        del known
        flight.commit()
        self.calls += 1
        number = self.calls
        await asyncio.sleep(0.1)
        if self.failing:
            raise ConnectionError
        return Answer(200, b"%d" % number)


def processes(count: int, shared: SharedStore) -> list[TieredCache]:
    clock = asyncio.get_running_loop().time
    config = CacheConfig(ttl_jitter=0)
    return [TieredCache(config, clock=clock, random=Random(1), store=shared) for _ in range(count)]


async def ask(cache: TieredCache, spotify: Spotify, policy: CachePolicy = POLICY) -> tuple[str, bytes]:
    found = await cache.fetch("k", spotify, policy=policy, deadline=1e9, label="x")
    return found.result, found.answer.body


def test_a_thousand_identical_misses_over_four_processes_are_one_call() -> None:
    async def main() -> None:
        spotify, shared = Spotify(), SharedStore()
        caches = processes(4, shared)
        told = await asyncio.gather(*(ask(caches[number % 4], spotify) for number in range(1000)))
        assert spotify.calls == 1
        assert {body for _, body in told} == {b"1"}
        assert Counter(result for result, _ in told) == {"miss": 1, "shared": 3, "joined": 996}

    run(main())


def test_what_one_process_fetched_another_finds_and_keeps() -> None:
    async def main() -> None:
        spotify = Spotify()
        first, second = processes(2, SharedStore())
        await ask(first, spotify)
        await asyncio.sleep(1)
        assert await ask(second, spotify) == ("shared", b"1")
        assert await ask(second, spotify) == ("hit", b"1")

    run(main())


def test_between_look_and_claim_another_process_may_have_finished_and_that_costs_no_call() -> None:
    class Finishing(SharedStore):
        async def claim(self, key: str) -> bool:
            # The other one stores its answer and gives its claim up just before ours arrives.
            self.kept[key] = (Answer(200, b"other"), 0, 100, 100)
            return await super().claim(key)

    async def main() -> None:
        spotify, shared = Spotify(), Finishing()
        assert await ask(processes(1, shared)[0], spotify) == ("shared", b"other")
        assert spotify.calls == 0

    run(main())


def test_a_claim_ends_after_the_answer_is_there_however_long_that_takes() -> None:
    class Slow(SharedStore):
        async def put(self, key: str, answer: Answer, *, fresh_s: float, kept_s: float) -> None:
            await asyncio.sleep(0.5)
            await super().put(key, answer, fresh_s=fresh_s, kept_s=kept_s)

    async def main() -> None:
        spotify = Spotify()
        told = await asyncio.gather(*(ask(cache, spotify) for cache in processes(4, Slow())))
        assert {body for _, body in told} == {b"1"}
        assert spotify.calls == 1

    run(main())


def test_one_process_renews_for_all() -> None:
    async def main() -> None:
        spotify, shared = Spotify(), SharedStore()
        caches = processes(8, shared)
        for cache in caches:
            await ask(cache, spotify)
            await asyncio.sleep(1)
        await asyncio.sleep(110)
        told = [await ask(cache, spotify) for cache in caches for _ in range(10)]
        assert set(told) == {("stale", b"1")}
        await asyncio.sleep(1)
        assert [await ask(cache, spotify) for cache in caches] == [("hit", b"2")] * 8
        assert spotify.calls == 2

    run(main())


def test_a_process_that_fails_leaves_the_load_to_the_next() -> None:
    async def main() -> None:
        spotify, shared = Spotify(), SharedStore()
        first, second = processes(2, shared)
        spotify.failing = True
        failing = asyncio.create_task(ask(first, spotify))
        await asyncio.sleep(0.05)
        waiting = asyncio.create_task(ask(second, spotify))
        with pytest.raises(ConnectionError):
            await failing
        spotify.failing = False
        assert await waiting == ("miss", b"2")

    run(main())


def test_a_caller_who_leaves_gives_the_claim_up() -> None:
    async def main() -> None:
        async def in_line(flight: Flight[Landing], known: Answer | None) -> Answer:
            del flight, known
            await asyncio.sleep(1000)
            raise AssertionError

        shared = SharedStore()
        cache = processes(1, shared)[0]
        leaving = asyncio.create_task(cache.fetch("k", in_line, policy=POLICY, deadline=1e9, label="x"))
        await asyncio.sleep(1)
        assert shared.claims
        leaving.cancel()
        await asyncio.sleep(1)
        assert not shared.claims

    run(main())


def test_a_process_that_died_holds_its_claim_no_longer_than_its_lease() -> None:
    async def main() -> None:
        spotify, shared = Spotify(), SharedStore(lease_s=5)
        shared.claims["k"] = 5
        assert await ask(processes(1, shared)[0], spotify) == ("miss", b"1")
        assert 5 < asyncio.get_running_loop().time() < 5.5

    run(main())


def test_without_the_shared_tier_each_process_helps_itself() -> None:
    async def main() -> None:
        spotify, shared = Spotify(), SharedStore(down=True)
        told = await asyncio.gather(*(ask(cache, spotify) for cache in processes(2, shared)))
        assert sorted(told) == [("miss", b"1"), ("miss", b"2")]

    run(main())


def test_what_is_not_kept_is_nobody_elses_business() -> None:
    async def main() -> None:
        spotify, shared = Spotify(), SharedStore()
        await ask(processes(1, shared)[0], spotify, LIVE)
        assert not shared.asked

    run(main())


def test_a_process_that_just_started_serves_what_is_past_its_time_and_the_next_reader_renews_it() -> None:
    async def main() -> None:
        spotify, shared = Spotify(), SharedStore()
        first, second = processes(2, shared)
        await ask(first, spotify)
        await asyncio.sleep(120)
        assert await ask(second, spotify) == ("stale", b"1")
        assert await ask(second, spotify) == ("stale", b"1")
        await asyncio.sleep(1)
        assert await ask(second, spotify) == ("hit", b"2")
        assert spotify.calls == 2

    run(main())


def test_a_process_without_room_renews_what_is_past_its_time_all_the_same() -> None:
    async def main() -> None:
        spotify, shared = Spotify(), SharedStore()
        config = CacheConfig(ttl_jitter=0, max_bytes=0)
        cache = TieredCache(config, clock=asyncio.get_running_loop().time, random=Random(1), store=shared)
        await ask(cache, spotify)
        await asyncio.sleep(120)
        assert await ask(cache, spotify) == ("stale", b"1")
        await asyncio.sleep(1)
        assert await ask(cache, spotify) == ("shared", b"2")
        assert spotify.calls == 2

    run(main())
