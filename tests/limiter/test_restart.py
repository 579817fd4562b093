"""A restart forgets nothing that could overshoot, at whatever moment the process before was killed."""

import asyncio
from dataclasses import replace
from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asking import KEY, ask, now, refusal, settle
from limiter import LimiterConfig, LimitKey, LocalLimiter, Priority, Refused
from memory_journal import MemoryJournal
from virtual_time import run

CONFIG = LimiterConfig(calls=3, window_s=10.0, guard_s=0.05, abort_guard_s=3.0, day_calls=8, default_pause_s=6.0)
AWAY = CONFIG.window_s + CONFIG.guard_s + 1.0


def start(journal: MemoryJournal, config: LimiterConfig = CONFIG, *, cautious: bool = False) -> LocalLimiter:
    limiter = LocalLimiter(config, clock=now, random=lambda: 0.0)
    limiter.restore(journal, cautious=cautious)
    return limiter


@settings(max_examples=200, deadline=None)
@given(
    calls=st.lists(
        st.tuples(
            st.floats(0, 60),
            st.floats(0, 8),
            st.floats(0, 1),
            st.sampled_from(list(Priority)),
        ),
        max_size=25,
    ),
    kills=st.lists(st.floats(0, 60), max_size=3),
)
def test_no_window_holds_more_than_the_limit_however_often_the_process_is_killed(
    calls: list[tuple[float, float, float, Priority]], kills: list[float]
) -> None:
    async def main() -> None:
        journal, arrivals, deaths = MemoryJournal(now), list[float](), dict[LocalLimiter, float]()
        config = replace(CONFIG, day_calls=0)
        alive = start(journal, config)

        async def one(comes: float, takes: float, where: float, priority: Priority) -> None:
            await asyncio.sleep(comes)
            limiter = alive
            try:
                permit = await limiter.acquire(KEY, priority=priority, deadline=inf)
            except Refused:
                return  # died in line, with its process
            sent = now()
            await asyncio.sleep(takes)
            if limiter is alive:
                arrivals.append(sent + where * takes)
                permit.answered()
            else:
                # What was on its way when its process died may be delivered until just before the guard ends.
                arrivals.append(sent + where * (deaths[limiter] - sent + CONFIG.abort_guard_s - 0.01))

        tasks = [asyncio.ensure_future(one(*call)) for call in calls]
        for kill in sorted(kills):
            await asyncio.sleep(kill - now())
            dead, alive = alive, start(journal, config)
            deaths[dead] = now()
            await dead.close()
        await asyncio.wait_for(asyncio.gather(*tasks), 3000)
        worst = max((sum(at - CONFIG.window_s < x <= at for x in arrivals) for at in arrivals), default=0)
        assert worst <= CONFIG.calls

    run(main())


def test_slots_of_an_earlier_process_come_home_and_are_all_usable() -> None:
    async def main() -> None:
        journal = MemoryJournal(now)
        before = start(journal)
        await settle(before)
        await ask(before)
        await asyncio.sleep(1)
        after = start(journal)
        assert after.status(KEY).free == 1
        await asyncio.sleep(AWAY)
        assert after.status(KEY).free == 2
        # What was on its way when the process died may have arrived later.
        await asyncio.sleep(CONFIG.abort_guard_s)
        assert after.status(KEY).free == 3

    run(main())


def test_a_pause_outlives_the_process_and_one_prober_ends_it() -> None:
    async def main() -> None:
        journal = MemoryJournal(now)
        (await ask(start(journal))).throttled(7200.0)
        await asyncio.sleep(60)
        after = start(journal)
        refused = await refusal(ask(after, now() + 60))
        assert refused.reason == "paused"
        assert refused.retry_after_s == pytest.approx(7140.0)
        await asyncio.sleep(refused.retry_after_s)
        prober = await ask(after, now())
        assert after.predict(KEY) >= 0.0
        prober.answered()
        assert journal.pauses() == {}

    run(main())


def test_a_spent_family_stays_shut_after_a_restart_and_no_other() -> None:
    async def main() -> None:
        journal = MemoryJournal(now)
        (await ask(start(journal))).throttled(86_400.0, quota_exceeded=True)
        await asyncio.sleep(100)
        after = start(journal)
        assert (await refusal(ask(after, now() + 60))).reason == "quota"
        await ask(after, now(), LimitKey("account", "client", "other family"))

    run(main())


def test_a_pause_of_a_family_that_is_first_asked_for_later_still_ends_when_it_was_told() -> None:
    async def main() -> None:
        journal = MemoryJournal(now)
        (await ask(start(journal))).throttled(1000.0, quota_exceeded=True)
        after = start(journal)
        await ask(after, now(), LimitKey("account", "client", "other family"))
        await asyncio.sleep(400)
        assert (await refusal(ask(after, now() + 60))).retry_after_s == pytest.approx(600.0)

    run(main())


def test_the_day_is_counted_on_after_a_restart() -> None:
    async def main() -> None:
        journal = MemoryJournal(now)
        before = start(journal)
        for _ in range(5):
            await settle(before)
        after = start(journal)
        assert after.status(KEY).day_used == 5

    run(main())


def test_after_a_loss_nothing_leaves_until_a_window_has_passed() -> None:
    async def main() -> None:
        limiter = start(MemoryJournal(now), cautious=True)
        assert limiter.status(KEY).free == 0
        await ask(limiter)
        assert now() == pytest.approx(CONFIG.window_s + CONFIG.abort_guard_s)

    run(main())


def test_an_unknown_limit_is_found_at_the_price_of_a_few_refusals_and_remembered() -> None:
    async def main() -> None:
        truth, window_s, span = 120, 30.0, 3600.0
        config = LimiterConfig(calls=30, discover_up_to=1000)
        journal, served, refused = MemoryJournal(now), list[float](), 0
        limiter = start(journal, config)

        async def worker() -> None:
            nonlocal refused
            while now() < span:
                permit = await limiter.acquire(KEY, priority=Priority.CRAWL, deadline=inf)
                await asyncio.sleep(0.1)
                recent = sum(now() - window_s < at for at in served[-truth:])
                if recent < truth:
                    served.append(now())
                    permit.answered()
                else:
                    refused += 1
                    permit.throttled(max(1.0, served[-truth] + window_s - now()))

        await asyncio.gather(*(worker() for _ in range(40)))
        assert 1 <= refused <= 3
        late = sum(at > span / 2 for at in served)
        assert late >= 0.93 * truth * (span / 2) / window_s
        assert 0.9 * truth <= start(journal, config).status(KEY).limit <= truth

    run(main())
