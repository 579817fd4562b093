"""After a 429: everybody stops, one tries, then the window fills up again slowly."""

import asyncio
from typing import Any

import pytest

from asking import KEY, ask, idle, now, refusal
from limiter import LimiterConfig, LimitKey, LocalLimiter, NullObserver, Priority
from virtual_time import run

SIBLING = LimitKey("account", "other client", "family")
OTHER_FAMILY = LimitKey("account", "client", "other family")


class Diary(NullObserver):
    """Notes every event in the order of its coming."""

    def __init__(self) -> None:
        self.events: list[tuple[Any, ...]] = []

    def permitted(self, key: LimitKey, priority: Priority, *, waited_s: float) -> None:
        self.events.append(("permitted", key, priority, waited_s))

    def refused(self, key: LimitKey, priority: Priority, *, reason: str) -> None:
        self.events.append(("refused", key, priority, reason))

    def settled(self, key: LimitKey, outcome: str) -> None:
        self.events.append(("settled", key, outcome))

    def paused(self, key: LimitKey, retry_after_s: float, *, quota: bool) -> None:
        self.events.append(("paused", key, retry_after_s, quota))

    def resumed(self, key: LimitKey) -> None:
        self.events.append(("resumed", key))


def make(calls: int = 8, *, diary: Diary | None = None) -> LocalLimiter:
    return LocalLimiter(LimiterConfig(calls=calls), clock=now, random=lambda: 0.5, observer=diary or Diary())


def test_a_429_holds_back_everybody_until_its_end_and_a_little_jitter() -> None:
    async def main() -> None:
        limiter = make()
        (await ask(limiter)).throttled(10.0)
        assert limiter.status(KEY).paused_s == 10.5
        await ask(limiter)
        assert now() == pytest.approx(10.5)

    run(main())


def test_a_call_that_would_outwait_its_deadline_is_refused_at_once() -> None:
    async def main() -> None:
        limiter = make()
        (await ask(limiter)).throttled(86400.0)
        refused = await refusal(ask(limiter, 60.0))
        assert now() == 0.0
        assert (refused.reason, refused.retry_after_s) == ("paused", 86400.5)

    run(main())


def test_those_in_line_whose_deadline_falls_into_the_pause_are_refused_when_it_begins() -> None:
    async def main() -> None:
        limiter = make(1)
        held = await ask(limiter)
        impatient = asyncio.create_task(ask(limiter, 40.0))
        patient = asyncio.create_task(ask(limiter, 400.0))
        await asyncio.sleep(3)
        held.throttled(100.0)
        refused = await refusal(impatient)
        assert now() == 3.0
        assert (refused.reason, refused.retry_after_s) == ("paused", 100.5)
        await patient
        assert now() == pytest.approx(103.5, abs=0.01)

    run(main())


def test_after_the_pause_one_call_leaves_and_the_others_wait_for_its_answer() -> None:
    async def main() -> None:
        limiter = make()
        (await ask(limiter)).throttled(10.0)
        callers = [asyncio.create_task(ask(limiter)) for _ in range(4)]
        await asyncio.sleep(15)
        assert [caller.done() for caller in callers] == [True, False, False, False]
        (await callers[0]).answered()
        await idle()
        assert sum(caller.done() for caller in callers) >= 1
        assert limiter.status(KEY).paused_s == 0.0
        await asyncio.gather(*callers)

    run(main())


def test_a_newcomer_after_an_unattended_pause_is_the_prober() -> None:
    async def main() -> None:
        limiter = make()
        (await ask(limiter)).throttled(10.0)
        await asyncio.sleep(100)
        await ask(limiter)
        second = asyncio.create_task(ask(limiter))
        await idle()
        assert now() == 100.0
        assert not second.done()
        second.cancel()

    run(main())


def test_a_prober_that_meets_another_429_starts_another_pause() -> None:
    async def main() -> None:
        limiter = make()
        (await ask(limiter)).throttled(10.0)
        (await ask(limiter)).throttled(20.0)
        await ask(limiter)
        assert now() == pytest.approx(31.0)

    run(main())


@pytest.mark.parametrize("report", ["lost", "unused"])
def test_a_prober_without_an_answer_is_replaced_at_once(report: str) -> None:
    async def main() -> None:
        limiter = make()
        (await ask(limiter)).throttled(10.0)
        prober = await ask(limiter)
        second = asyncio.create_task(ask(limiter))
        await asyncio.sleep(1)
        getattr(prober, report)()
        await second
        assert now() == pytest.approx(11.5)

    run(main())


def test_a_silent_prober_is_replaced_after_its_time() -> None:
    async def main() -> None:
        limiter = make()
        (await ask(limiter)).throttled(10.0)
        await ask(limiter)
        await ask(limiter)
        assert now() == pytest.approx(20.5)

    run(main())


def test_a_prober_cancelled_before_it_could_leave_is_replaced_at_once() -> None:
    async def main() -> None:
        class Canceller(Diary):
            def permitted(self, key: LimitKey, priority: Priority, *, waited_s: float) -> None:
                super().permitted(key, priority, waited_s=waited_s)
                if len(self.events) == len(["permitted", "paused", "throttled", "permitted"]):
                    first.cancel()

        limiter = make(diary=Canceller())
        (await ask(limiter)).throttled(10.0)
        first, second = (asyncio.create_task(ask(limiter)) for _ in range(2))
        await second
        assert now() == pytest.approx(10.5)
        assert first.cancelled()

    run(main())


def test_an_answer_to_a_call_from_before_the_429_does_not_end_the_pause() -> None:
    async def main() -> None:
        limiter = make()
        early, late = await ask(limiter), await ask(limiter)
        early.throttled(10.0)
        late.answered()
        assert limiter.status(KEY).paused_s == 10.5
        await ask(limiter)
        assert now() == pytest.approx(10.5)

    run(main())


def test_the_other_429s_of_one_overshoot_extend_the_pause_and_never_shorten_it() -> None:
    async def main() -> None:
        limiter = make()
        first, second, third = [await ask(limiter) for _ in range(3)]
        first.throttled(10.0)
        second.throttled(30.0)
        third.throttled(1.0)
        assert limiter.status(KEY).paused_s == 30.5

    run(main())


def test_after_the_prober_a_quarter_may_go_at_once_and_the_rest_over_one_window() -> None:
    async def main() -> None:
        limiter, left = make(8), list[float]()
        (await ask(limiter)).throttled(50.0)

        async def caller() -> None:
            (await ask(limiter)).answered()
            left.append(now() - 50.5)

        await asyncio.gather(*(caller() for _ in range(8)))
        # The 429's own slot is home again; the prober's is one of the quarter.
        assert left == pytest.approx([0, 0, 5, 10, 15, 20, 25, 30], abs=0.01)

    run(main())


def test_predictions_foresee_the_ramp() -> None:
    async def main() -> None:
        limiter = make(8)
        (await ask(limiter)).throttled(50.0)
        promised = [limiter.predict(KEY, calls=calls) for calls in range(1, 9)]
        assert promised == pytest.approx([50.5, 50.5, 55.5, 60.5, 65.5, 70.5, 75.5, 80.5], abs=0.01)

    run(main())


@pytest.mark.parametrize(
    ("header", "quota", "seconds"),
    [(None, False, 30.5), (-1.0, False, 30.5), (0.0, False, 1.5), (None, True, 3600.5), (80000.0, True, 80000.5)],
)
def test_an_unusable_retry_after_is_replaced_by_the_default(
    header: float | None, seconds: float, *, quota: bool
) -> None:
    async def main() -> None:
        limiter = make()
        (await ask(limiter)).throttled(header, quota_exceeded=quota)
        assert limiter.status(KEY).paused_s == seconds

    run(main())


# Quotas


def test_an_exhausted_quota_holds_back_its_family_on_every_client_id_and_nobody_else() -> None:
    async def main() -> None:
        limiter = make(1)
        for key in (KEY, SIBLING):
            await ask(limiter, key=key)
        in_line = [asyncio.create_task(ask(limiter, 100.0, key)) for key in (KEY, OTHER_FAMILY, SIBLING)]
        another_account = LimitKey("another account", "client", "family")
        (await ask(limiter, key=another_account)).answered()
        await idle()
        (await ask(limiter, key=LimitKey("account", "third client", "family"))).throttled(
            5000.0, quota_exceeded=True
        )
        assert (await refusal(in_line[0])).reason == "quota"
        assert (await refusal(in_line[2])).reason == "quota"
        assert not in_line[1].done()
        refused = await refusal(ask(limiter, 50.0, LimitKey("account", "fresh client", "family")))
        assert (refused.reason, refused.retry_after_s) == ("quota", 5000.5)
        assert limiter.status(another_account).paused_s == 0.0
        in_line[1].cancel()

    run(main())


def test_a_family_that_is_held_back_does_not_block_the_line_for_another() -> None:
    async def main() -> None:
        limiter = make(2)
        (await ask(limiter)).throttled(100.0, quota_exceeded=True)
        held_back = asyncio.create_task(ask(limiter))
        await idle()
        await ask(limiter, 1.0, OTHER_FAMILY)
        assert now() == 0.0
        await held_back
        assert now() == pytest.approx(100.5)

    run(main())


def test_one_prober_reopens_a_quota_for_every_client_id_without_a_ramp() -> None:
    async def main() -> None:
        limiter = make(8)
        (await ask(limiter)).throttled(100.0, quota_exceeded=True)
        mine = [asyncio.create_task(ask(limiter)) for _ in range(3)]
        theirs = [asyncio.create_task(ask(limiter, key=SIBLING)) for _ in range(3)]
        await asyncio.sleep(105)
        done = [caller for caller in mine + theirs if caller.done()]
        assert len(done) == 1
        (await done[0]).answered()
        await asyncio.gather(*mine, *theirs)
        assert now() == 105.0

    run(main())


def test_a_quota_prober_that_gives_up_lets_another_client_id_try() -> None:
    async def main() -> None:
        limiter = make(8)
        (await ask(limiter)).throttled(100.0, quota_exceeded=True)
        mine = asyncio.create_task(ask(limiter))
        theirs = asyncio.create_task(ask(limiter, key=SIBLING))
        await asyncio.sleep(101)
        first, second = (mine, theirs) if mine.done() else (theirs, mine)
        assert not second.done()
        (await first).lost()
        await second
        assert now() == 101.0

    run(main())


# Observation


def test_every_grant_outcome_and_pause_is_told_once() -> None:
    async def main() -> None:
        diary = Diary()
        limiter = make(16, diary=diary)
        (await ask(limiter)).throttled(2.0)
        await refusal(ask(limiter, 1.0))
        (await ask(limiter)).answered()
        (await ask(limiter)).lost()
        kind = Priority.INTERACTIVE
        assert diary.events == [
            ("permitted", KEY, kind, 0.0),
            ("paused", KEY, 2.0, False),
            ("settled", KEY, "throttled"),
            ("refused", KEY, kind, "paused"),
            ("permitted", KEY, kind, pytest.approx(2.5)),
            ("settled", KEY, "answered"),
            ("resumed", KEY),
            ("permitted", KEY, kind, 0.0),
            ("settled", KEY, "lost"),
        ]

    run(main())
