"""What is served past its time, and when it is asked for again."""

import asyncio

import pytest

from cache import (
    Answer,
    Flight,
    FlightTimeoutError,
    Landing,
    Result,
)
from cache_rig import PATIENT, Ear, SaidNoError, Upstream, fetch, new_cache
from virtual_time import run


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
