import asyncio
from collections import Counter

import pytest

from cache import (
    Answer,
    CacheConfig,
    Flight,
    Landing,
    Seed,
    TieredCache,
)
from cache_rig import PATIENT, PLAIN, POLICY, Ear, SaidNoError, Upstream, fetch, new_cache
from shared_store import SharedStore
from virtual_time import run


def test_a_second_read_costs_nothing_until_the_entry_expires() -> None:
    async def main() -> None:
        cache, upstream = new_cache(), Upstream()
        assert (await fetch(cache, upstream)).result == "miss"
        assert (await fetch(cache, upstream)).result == "hit"
        await asyncio.sleep(99)
        assert (await fetch(cache, upstream)).result == "hit"
        await asyncio.sleep(1)
        assert (await fetch(cache, upstream)).result == "miss"
        assert upstream.calls == 2

    run(main())


def test_a_hit_is_the_very_bytes_that_spotify_sent_with_their_age() -> None:
    async def main() -> None:
        cache, upstream = new_cache(), Upstream()
        await fetch(cache, upstream)
        await asyncio.sleep(30)
        found = cache.fresh("k", "x")
        assert found is not None
        assert found.answer is upstream.answer
        assert found.age_s == pytest.approx(30, abs=0.1)

    run(main())


def test_a_peek_finds_what_is_fresh_and_leaves_no_trace() -> None:
    async def main() -> None:
        ear = Ear()
        cache, upstream = new_cache(observer=ear), Upstream()
        assert cache.peek("k") is None
        await fetch(cache, upstream)
        assert cache.peek("k") is upstream.answer
        await asyncio.sleep(100)
        assert cache.peek("k") is None
        assert ear.results == {"miss": 1}

    run(main())


def test_what_is_not_a_hit_in_process_is_no_look_up_for_those_who_only_want_one() -> None:
    async def main() -> None:
        ear = Ear()
        cache, upstream = new_cache(observer=ear), Upstream()
        assert cache.fresh("k", "x") is None
        await fetch(cache, upstream, policy=PATIENT)
        await asyncio.sleep(120)
        assert cache.fresh("k", "x") is None
        assert ear.results == {"miss": 1}

    run(main())


def test_fifty_identical_reads_make_one_call() -> None:
    async def main() -> None:
        cache, upstream = new_cache(), Upstream()
        found = await asyncio.gather(*(fetch(cache, upstream) for _ in range(50)))
        assert upstream.calls == 1
        assert Counter(one.result for one in found) == {"joined": 49, "miss": 1}

    run(main())


@pytest.mark.parametrize(("status", "kept_s"), [(404, 10), (403, 30), (429, 0), (500, 0)])
def test_only_what_will_not_heal_by_itself_is_remembered(status: int, kept_s: int) -> None:
    async def main() -> None:
        cache, upstream = new_cache(), Upstream(Answer(status, b"{}"))
        await fetch(cache, upstream)
        assert (await fetch(cache, upstream)).result == ("hit" if kept_s else "miss")
        await asyncio.sleep(kept_s)
        assert (await fetch(cache, upstream)).result == "miss"

    run(main())


def test_times_to_live_differ_a_little_so_that_nothing_expires_together() -> None:
    async def main() -> None:
        cache, upstream = new_cache(CacheConfig(ttl_jitter=0.1)), Upstream(delay_s=0)
        for number in range(100):
            await fetch(cache, upstream, key=str(number))
        await asyncio.sleep(95)
        left = sum(cache.peek(str(number)) is not None for number in range(100))
        assert 20 < left < 80

    run(main())


def test_nothing_is_kept_for_longer_than_the_settings_allow() -> None:
    async def main() -> None:
        cache, upstream = new_cache(CacheConfig(ttl_jitter=0, keep_s=60)), Upstream()
        await fetch(cache, upstream, policy=PATIENT)
        upstream.failure = SaidNoError()
        await asyncio.sleep(60)
        with pytest.raises(SaidNoError):
            await fetch(cache, upstream, policy=PATIENT)

    run(main())


def test_what_was_purged_is_gone_and_a_load_under_way_leaves_nothing() -> None:
    async def main() -> None:
        shared = SharedStore()
        cache, upstream = new_cache(store=shared), Upstream()
        await fetch(cache, upstream, key="u:1\na")
        await fetch(cache, upstream, key="u:2\na")
        under_way = asyncio.create_task(fetch(cache, upstream, key="u:1\nb"))
        await asyncio.sleep(0.5)
        cache.purge("u:1\n")
        assert cache.peek("u:1\na") is None
        assert (await under_way).answer is PLAIN
        await asyncio.sleep(1)
        assert cache.peek("u:1\nb") is None
        assert [*shared.kept] == ["u:2\na"]
        assert cache.peek("u:2\na") is PLAIN

    run(main())


def test_what_was_purged_does_not_come_back_with_a_look_in_the_shared_tier() -> None:
    async def main() -> None:
        shared = SharedStore()
        first, second = new_cache(store=shared), new_cache(store=shared)
        await fetch(first, Upstream(), key="u:1\na")
        await asyncio.sleep(1)
        shared.rtt_s = 0.1
        reading = asyncio.create_task(
            second.fetch("pub\na", Upstream(), policy=POLICY, deadline=1e9, label="x", others=["u:1\na"])
        )
        await asyncio.sleep(0.05)
        second.purge("u:1\n")
        await reading
        assert second.peek("u:1\na") is None

    run(main())


def test_what_is_on_its_way_to_the_shared_tier_is_purged_there_too() -> None:
    class Slow(SharedStore):
        async def put(self, key: str, answer: Answer, *, fresh_s: float, kept_s: float) -> None:
            await asyncio.sleep(0.5)
            await super().put(key, answer, fresh_s=fresh_s, kept_s=kept_s)

    async def main() -> None:
        shared = Slow()
        cache = new_cache(store=shared)
        await fetch(cache, Upstream(), key="u:1\na")
        cache.purge("u:1\n")
        cache.purge("u:2\n")
        async with asyncio.timeout(10):
            await cache.close()
        assert (shared.asked["put"], shared.kept) == (1, {})

    run(main())


def test_everything_can_be_forgotten_at_once() -> None:
    async def main() -> None:
        cache, upstream = new_cache(), Upstream()
        await fetch(cache, upstream)
        cache.forget()
        assert (len(cache), cache.used_bytes) == (0, 0)

    run(main())


def test_another_key_does_as_well_for_those_who_say_so_and_for_nobody_else() -> None:
    async def main() -> None:
        shared = SharedStore()
        first, second, upstream = new_cache(store=shared), new_cache(store=shared), Upstream(Answer(200, b"whole"))
        await fetch(first, Upstream(Answer(200, b"part")), key="k part")
        await asyncio.sleep(1)

        async def content(cache: TieredCache, *others: str) -> bytes:
            found = await cache.fetch("k", upstream, policy=POLICY, deadline=1e9, label="x", others=others)
            return found.answer.body

        for cache in (first, second):
            whole = asyncio.create_task(content(cache))
            await asyncio.sleep(0.5)
            assert await content(cache, "k part") == b"part"
            assert await whole == b"whole"
            await asyncio.sleep(1)
            cache.forget("k")
            shared.kept.pop("k", None)

    run(main())


def test_an_answer_that_came_inside_another_is_a_hit_and_does_not_replace_a_young_one() -> None:
    async def main() -> None:
        ear = Ear()
        cache, upstream = new_cache(observer=ear), Upstream()
        flight: Flight[Landing] = Flight(0)
        cache.seed([Seed("a", PLAIN, POLICY, "a"), Seed("b", PLAIN, POLICY, "b")], flight)
        assert (await fetch(cache, upstream, key="a")).result == "hit"
        cache.seed([Seed("a", Answer(200, b"newer"), POLICY, "a")], flight)
        assert cache.peek("a") is PLAIN
        await asyncio.sleep(60)
        cache.seed([Seed("a", Answer(200, b"newer"), POLICY, "a")], flight)
        assert cache.peek("a") == Answer(200, b"newer")
        flight.outdated = True
        cache.seed([Seed("c", PLAIN, POLICY, "c")], flight)
        assert cache.peek("c") is None
        assert (upstream.calls, ear.filled_of) == (0, {"a": 2, "b": 1})
        await cache.close()

    run(main())


def test_closing_ends_every_load_and_finishes_every_chore() -> None:
    async def main() -> None:
        shared = SharedStore()
        cache = new_cache(store=shared)
        await fetch(cache, Upstream(delay_s=0), key="kept")
        waiting = asyncio.create_task(fetch(cache, Upstream(delay_s=1000), key="under way"))
        await asyncio.sleep(0.01)
        await cache.close()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert [*shared.kept] == ["kept"]
        assert not shared.claims

    run(main())
