"""Budgets within the budget: users, families and the day of an account; a call takes from all or from none."""

import asyncio
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asking import KEY, idle, now, refusal
from limiter import LimiterConfig, LimitKey, LocalLimiter, NullObserver, Priority, Refused
from scheduling import BACKGROUND, CONTROL, CRAWL, INTERACTIVE, W, ask, call, make, of
from virtual_time import run

# Within a client id


def test_a_user_and_a_family_may_have_budgets_of_their_own() -> None:
    async def main() -> None:
        limiter = make(10, user_calls=3, family_calls={"covers": 2})
        for _ in range(3):
            await ask(limiter, INTERACTIVE, of("ann"), deadline=0.0)
        assert (await refusal(ask(limiter, INTERACTIVE, of("ann"), deadline=1.0))).reason == "deadline"
        for user in ("bob", "cyd"):
            await ask(limiter, INTERACTIVE, of(user, "covers"), deadline=0.0)
        assert (await refusal(ask(limiter, INTERACTIVE, of("bob", "covers"), deadline=1.0))).reason == "deadline"
        await ask(limiter, INTERACTIVE, of("bob"), deadline=0.0)
        assert limiter.status(KEY).free == 4

    run(main())


def test_whoever_has_no_budget_left_holds_nobody_else_back() -> None:
    async def main() -> None:
        limiter = make(2, user_calls=1)
        await call(limiter, INTERACTIVE, of("ann"))
        waits = asyncio.create_task(call(limiter, INTERACTIVE, of("ann")))
        await idle()
        other = asyncio.create_task(call(limiter, INTERACTIVE, of("bob")))
        assert await other == 0.0
        assert await waits == pytest.approx(W)

    run(main())


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["ann", "bob", ""]),
            st.sampled_from(["family", "covers"]),
            st.sampled_from(list(Priority)),
            st.sampled_from(["answered", "lost", "unused"]),
            st.floats(0, 40),
        ),
        max_size=20,
    )
)
def test_a_call_takes_from_all_its_budgets_or_from_none(
    calls: list[tuple[str, str, Priority, str, float]],
) -> None:
    async def main() -> None:
        limiter = make(4, user_calls=2, family_calls={"covers": 2}, day_calls=15)
        leaving: Counter[str] = Counter()

        async def one(user: str, family: str, priority: Priority, outcome: str, patience: float) -> None:
            try:
                permit = await ask(limiter, priority, of(user, family), deadline=now() + patience)
            except Refused:
                return
            budgets = ["all", *([f"user {user}"] if user else []), *(["covers"] if family == "covers" else [])]
            leaving.update(budgets)
            assert leaving["all"] <= 4
            assert max(leaving["user ann"], leaving["user bob"], leaving["covers"]) <= 2
            await asyncio.sleep(1)
            leaving.subtract(budgets)
            getattr(permit, outcome)()

        await asyncio.gather(*(one(*each) for each in calls))
        assert limiter.status(KEY).in_flight == 0
        await asyncio.sleep(2 * W)
        for user in ("ann", "bob"):
            assert limiter.predict(of(user, "covers"), calls=2) == 0.0
        assert limiter.predict(KEY, calls=4) == 0.0

    run(main())


# The day quota


def test_a_spent_day_stops_bulk_and_is_only_counted_for_urgent_calls() -> None:
    async def main() -> None:
        overdrawn: list[tuple[str, int]] = []

        class Diary(NullObserver):
            def overdrawn(self, key: LimitKey, limit: int) -> None:
                overdrawn.append((key.family, limit))

        config = LimiterConfig(calls=30, day_calls=5)
        limiter = LocalLimiter(config, clock=now, random=lambda: 0.0, observer=Diary())
        for _ in range(4):
            await call(limiter, BACKGROUND)
        await call(limiter, INTERACTIVE)
        refused = await refusal(ask(limiter, BACKGROUND, deadline=3600.0))
        assert refused.reason == "day"
        assert refused.retry_after_s == pytest.approx(86_400, abs=301)
        await call(limiter, INTERACTIVE)
        await call(limiter, CONTROL)
        status = limiter.status(KEY)
        assert (status.day_limit, status.day_used) == (5, 7)
        assert overdrawn == [("family", 5)]
        assert status.day_reset_s > 80_000
        await ask(limiter, BACKGROUND, of("", "other family"), deadline=0.0)

    run(main())


def test_client_ids_of_one_account_share_its_day() -> None:
    async def main() -> None:
        limiter = make(30, day_calls=4)
        other = LimitKey("account", "other client", "family")
        for key in (KEY, other, KEY, other):
            await call(limiter, BACKGROUND, key)
        assert (await refusal(ask(limiter, BACKGROUND, other, deadline=60.0))).reason == "day"
        await ask(limiter, BACKGROUND, LimitKey("other account", "client", "family"), deadline=0.0)

    run(main())


def test_calls_on_their_way_count_against_the_day() -> None:
    async def main() -> None:
        limiter = make(30, day_calls=2)
        first, second = await ask(limiter, CRAWL), await ask(limiter, CRAWL)
        assert (await refusal(ask(limiter, CRAWL, deadline=10.0))).reason == "day"
        first.unused()
        third = await ask(limiter, CRAWL, deadline=10.0)
        second.answered()
        third.answered()
        assert limiter.status(KEY).day_used == 2

    run(main())


def test_a_larger_day_lets_bulk_go_on_at_once() -> None:
    async def main() -> None:
        limiter = make(30, day_calls=1)
        await call(limiter, CRAWL)
        waits = asyncio.create_task(call(limiter, CRAWL))
        await idle()
        assert not waits.done()
        limiter.resize_day(KEY, 10)
        assert await asyncio.wait_for(waits, 60) < 60

    run(main())
