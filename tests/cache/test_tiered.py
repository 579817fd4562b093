import asyncio
from collections import Counter
from random import Random

import pytest

from cache import (
    Answer,
    CacheConfig,
    CachePolicy,
    Flight,
    FlightTimeoutError,
    Found,
    Landing,
    Renewal,
    Result,
    Seed,
    TieredCache,
)
from shared_store import SharedStore
from virtual_time import run

POLICY = CachePolicy(ttl_s=100, missing_ttl_s=10)
PATIENT = CachePolicy(ttl_s=100, stale_s=50, error_s=400)
PLAIN = Answer(200, b"{}")


class SaidNoError(Exception):
    """Spotify cannot be asked."""


class Upstream:
    """Counts its loads and answers what it is told to, or fails."""

    def __init__(self, answer: Answer = PLAIN, *, delay_s: float = 1) -> None:
        self.answer = answer
        self.delay_s = delay_s
        self.failure: Exception | None = None
        self.calls = 0
        self.known: list[Answer | None] = []
        self.background: list[bool] = []

    async def __call__(self, flight: Flight[Landing], known: Answer | None) -> Answer:
        flight.commit()
        self.calls += 1
        self.known.append(known)
        self.background.append(flight.background)
        await asyncio.sleep(self.delay_s)
        if self.failure is not None:
            raise self.failure
        return self.answer


class Ear:
    """Counts what the cache tells."""

    def __init__(self) -> None:
        self.results: Counter[Result] = Counter()
        self.renewals: Counter[Renewal] = Counter()
        self.filled_of: Counter[str] = Counter()

    def looked_up(self, label: str, result: Result) -> None:
        assert label == "x"
        self.results[result] += 1

    def renewed(self, label: str, outcome: Renewal) -> None:
        assert label == "x"
        self.renewals[outcome] += 1

    def filled(self, label: str) -> None:
        self.filled_of[label] += 1


def new_cache(config: CacheConfig | None = None, **extra: object) -> TieredCache:
    clock = asyncio.get_running_loop().time
    return TieredCache(
        config or CacheConfig(ttl_jitter=0),
        clock=clock,
        random=Random(1),
        excuses=(SaidNoError,),
        **extra,  # type: ignore[arg-type]
    )


async def fetch(
    cache: TieredCache, upstream: Upstream, *, policy: CachePolicy = POLICY, within_s: float = 1e9, key: str = "k"
) -> Found:
    deadline = asyncio.get_running_loop().time() + within_s
    return await cache.fetch(key, upstream, policy=policy, deadline=deadline, label="x")


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


def test_past_its_time_an_answer_is_served_at_once_while_one_renewal_runs() -> None:
    async def main() -> None:
        ear = Ear()
        cache, upstream = new_cache(observer=ear), Upstream()
        await fetch(cache, upstream, policy=PATIENT)
        upstream.answer = Answer(200, b"[1]")
        await asyncio.sleep(120)
        started = asyncio.get_running_loop().time()
        found = await asyncio.gather(*(fetch(cache, upstream, policy=PATIENT) for _ in range(50)))
        assert asyncio.get_running_loop().time() == started
        assert {one.result for one in found} == {"stale"}
        assert found[0].age_s == pytest.approx(120)
        await asyncio.sleep(1.1)
        assert (await fetch(cache, upstream, policy=PATIENT)).answer.body == b"[1]"
        assert upstream.background == [False, True]
        assert ear.renewals == {"renewed": 1}

    run(main())


def test_a_renewal_that_failed_is_not_tried_again_at_once() -> None:
    async def main() -> None:
        ear = Ear()
        cache, upstream = new_cache(observer=ear), Upstream(delay_s=0)
        await fetch(cache, upstream, policy=PATIENT)
        upstream.failure = SaidNoError()
        await asyncio.sleep(110)
        for _ in range(40):
            assert (await fetch(cache, upstream, policy=PATIENT)).result == "stale"
            await asyncio.sleep(0.25)
        assert upstream.calls == 3
        assert ear.renewals == {"failed": 2}

    run(main())


def test_what_is_too_old_to_be_served_is_served_all_the_same_when_spotify_cannot_be_asked() -> None:
    async def main() -> None:
        cache, upstream = new_cache(), Upstream()
        await fetch(cache, upstream, policy=PATIENT)
        upstream.failure = SaidNoError()
        await asyncio.sleep(400)
        found = await fetch(cache, upstream, policy=PATIENT)
        assert (found.result, found.answer) == ("stale", upstream.answer)
        await asyncio.sleep(101)
        with pytest.raises(SaidNoError):
            await fetch(cache, upstream, policy=PATIENT)

    run(main())


def test_an_error_that_says_something_of_the_call_is_told_even_if_an_older_answer_is_there() -> None:
    async def main() -> None:
        cache, upstream = new_cache(), Upstream()
        await fetch(cache, upstream, policy=PATIENT)
        upstream.failure = KeyError("mine")
        await asyncio.sleep(400)
        with pytest.raises(KeyError):
            await fetch(cache, upstream, policy=PATIENT)

    run(main())


def test_whoever_has_no_time_to_wait_gets_the_older_answer() -> None:
    async def main() -> None:
        cache, upstream = new_cache(), Upstream(delay_s=5)
        await fetch(cache, upstream, policy=PATIENT)
        await asyncio.sleep(200)
        assert (await fetch(cache, upstream, policy=PATIENT, within_s=1)).result == "stale"
        with pytest.raises(FlightTimeoutError):
            await fetch(cache, upstream, key="unknown", within_s=1)
        await cache.close()

    run(main())


def test_whoever_asked_in_vain_for_a_moment_keeps_nobody_from_asking_for_longer() -> None:
    async def main() -> None:
        cache, upstream = new_cache(), Upstream(delay_s=0)
        asked: list[float] = []

        async def in_line(flight: Flight[Landing], known: Answer | None) -> Answer:
            del known
            asked.append(flight.deadline)
            if flight.deadline < 260:
                # The next free call comes later.
                raise SaidNoError
            return Answer(200, b"[1]")

        async def result(within_s: float) -> Result:
            deadline = asyncio.get_running_loop().time() + within_s
            return (await cache.fetch("k", in_line, policy=PATIENT, deadline=deadline, label="x")).result

        await fetch(cache, upstream, policy=PATIENT)
        await asyncio.sleep(200)
        assert [await result(10), await result(10), await result(12)] == ["stale"] * 3
        await asyncio.sleep(1)
        assert await result(10) == "stale"
        assert len(asked) == 1
        assert await result(60) == "miss"

    run(main())


def test_a_validator_saves_the_body_and_makes_the_answer_young_again() -> None:
    async def main() -> None:
        tagged = Answer(200, b"{}", '"v1"')
        cache, upstream = new_cache(), Upstream(tagged)
        await fetch(cache, upstream, policy=PATIENT)
        await asyncio.sleep(200)
        found = await fetch(cache, upstream, policy=PATIENT)
        assert upstream.known == [None, tagged]
        assert (found.result, found.age_s) == ("miss", 0)
        assert cache.peek("k") is tagged

    run(main())


def test_without_a_validator_there_is_nothing_to_hold_an_answer_against() -> None:
    async def main() -> None:
        cache, upstream = new_cache(), Upstream()
        await fetch(cache, upstream, policy=PATIENT)
        await asyncio.sleep(200)
        await fetch(cache, upstream, policy=PATIENT)
        assert upstream.known == [None, None]

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
