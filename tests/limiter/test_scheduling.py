"""Who goes first: classes, fair turns, the reserve and the pace of bulk, ageing, and budgets within a budget."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from itertools import pairwise
from math import inf
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asking import KEY, idle, now, refusal
from limiter import LimiterConfig, LimitKey, LocalLimiter, NullObserver, Permit, Priority, Refused
from virtual_time import run

W = 30.05
CONTROL, INTERACTIVE, BACKGROUND, CRAWL = Priority


def make(calls: int = 10, **settings: Any) -> LocalLimiter:
    config = LimiterConfig(calls=calls, **settings)
    return LocalLimiter(config, clock=now, random=lambda: 0.0)


def of(user: str, family: str = "family") -> LimitKey:
    return LimitKey("account", "client", family, user)


async def ask(limiter: LocalLimiter, priority: Priority, key: LimitKey = KEY, deadline: float = inf) -> Permit:
    return await limiter.acquire(key, priority=priority, deadline=deadline)


async def call(limiter: LocalLimiter, priority: Priority, key: LimitKey = KEY) -> float:
    """One call that is answered at once; returns when it left."""
    (await ask(limiter, priority, key)).answered()
    return now()


async def fill(limiter: LocalLimiter, calls: int) -> None:
    for _ in range(calls):
        await call(limiter, INTERACTIVE)


async def departures(limiter: LocalLimiter, priority: Priority, count: int) -> list[float]:
    return sorted(await asyncio.gather(*(call(limiter, priority) for _ in range(count))))


# Classes


def test_whoever_is_more_urgent_goes_first_however_late_it_came() -> None:
    async def main() -> None:
        limiter, order = make(1, ageing_windows=10), list[Priority]()
        await fill(limiter, 1)

        async def one(priority: Priority) -> None:
            await call(limiter, priority)
            order.append(priority)

        callers = []
        for priority in (CRAWL, BACKGROUND, INTERACTIVE, CONTROL, INTERACTIVE):
            callers.append(asyncio.ensure_future(one(priority)))
            await asyncio.sleep(1)
        await asyncio.gather(*callers)
        assert order == [CONTROL, INTERACTIVE, INTERACTIVE, BACKGROUND, CRAWL]

    run(main())


def test_a_newcomer_passes_those_who_are_less_urgent_and_nobody_else() -> None:
    async def main() -> None:
        limiter = make(40)
        bulk = [asyncio.create_task(call(limiter, CRAWL)) for _ in range(40)]
        await idle()
        assert limiter.status(KEY).waiting == 20
        await ask(limiter, INTERACTIVE, deadline=0.0)
        assert (await refusal(ask(limiter, CRAWL, deadline=1.0))).reason == "deadline"
        await asyncio.gather(*bulk)

    run(main())


# The pace and the reserve of bulk


def test_after_a_rest_urgent_calls_may_use_the_whole_window_at_once() -> None:
    async def main() -> None:
        assert await departures(make(20), INTERACTIVE, 21) == [0.0] * 20 + [pytest.approx(W)]

    run(main())


@pytest.mark.parametrize("bulk", [BACKGROUND, CRAWL])
def test_after_a_rest_bulk_may_use_half_of_the_window_at_once_and_repays_it_by_waiting(bulk: Priority) -> None:
    async def main() -> None:
        left = await departures(make(20), bulk, 18)
        assert left[:10] == [0.0] * 10
        interval = W / 20
        # Ten calls are ten intervals; the burst of four may run three ahead of them.
        assert left[10] == pytest.approx((10 - 3) * interval, abs=0.01)
        gaps = [later - earlier for earlier, later in pairwise(left[10:])]
        assert gaps == pytest.approx([interval] * len(gaps), abs=0.01)

    run(main())


def test_bulk_keeps_off_a_reserve_while_urgent_calls_are_about() -> None:
    async def main() -> None:
        limiter = make(40)
        await call(limiter, INTERACTIVE)
        crawl = asyncio.create_task(departures(limiter, CRAWL, 200))
        for second in range(3, 60):
            await asyncio.sleep(second - now())
            assert limiter.status(KEY).free >= 2
        # Two windows after the last urgent call nobody needs it any more.
        await asyncio.sleep(2 * W)
        least = 40
        for _ in range(30):
            await asyncio.sleep(1)
            least = min(least, limiter.status(KEY).free)
        assert least < 2
        await crawl

    run(main())


@pytest.mark.parametrize("delay", [0.05, 0.2])
def test_beside_a_saturating_crawl_interactive_calls_hardly_wait_and_little_is_left_unused(delay: float) -> None:
    async def main() -> None:
        limit, span, random = 100, 300.0, Random(1)
        limiter, sent, waits = make(limit), list[float](), list[float]()

        async def one(priority: Priority, key: LimitKey) -> None:
            came = now()
            permit = await ask(limiter, priority, key)
            if priority is INTERACTIVE:
                waits.append(now() - came)
            sent.append(now())
            await asyncio.sleep(random.uniform(0, 2 * delay))
            permit.answered()

        async def crawler() -> None:
            while now() < span:
                await one(CRAWL, of("crawler"))

        async def person() -> None:
            while now() < span:
                await asyncio.sleep(random.expovariate(limit / span))
                await one(INTERACTIVE, of("person"))

        await asyncio.gather(person(), *(crawler() for _ in range(64)))
        waits.sort()
        assert waits[int(0.95 * len(waits))] <= 0.05
        assert waits[-1] <= 3.0
        assert sum(at < span for at in sent) >= 0.96 * limit * span / (30.0 + delay)

    run(main())


# Fair turns


@settings(max_examples=100, deadline=None)
@given(
    queues=st.dictionaries(st.sampled_from("abcde"), st.integers(1, 12), min_size=2),
    weights=st.dictionaries(st.sampled_from("abcde"), st.integers(1, 3)),
    priority=st.sampled_from([CONTROL, INTERACTIVE]),
)
def test_users_who_wait_are_served_in_proportion_to_their_weights(
    queues: Mapping[str, int], weights: Mapping[str, int], priority: Priority
) -> None:
    async def main() -> None:
        limiter, order = make(1, weights=weights), list[str]()
        held = await ask(limiter, priority)

        async def one(user: str) -> None:
            permit = await ask(limiter, priority, of(user))
            order.append(user)
            permit.unused()

        callers = [asyncio.ensure_future(one(user)) for user, count in queues.items() for _ in range(count)]
        await idle()
        held.unused()
        await asyncio.gather(*callers)
        served: Counter[str] = Counter()
        for user in order:
            served[user] += 1
            backlogged = [name for name in queues if served[name] < queues[name]]
            turns = [served[name] / weights.get(name, 1) for name in backlogged]
            assert max(turns, default=0) - min(turns, default=0) <= 1

    run(main())


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(list(Priority)), st.booleans()), max_size=30))
def test_within_a_user_and_class_it_is_first_come_first_served(
    calls: list[tuple[str, Priority, bool]],
) -> None:
    async def main() -> None:
        limiter, order = make(2), list[int]()
        held = [await ask(limiter, INTERACTIVE) for _ in range(2)]

        async def one(number: int) -> None:
            user, priority, _ = calls[number]
            permit = await ask(limiter, priority, of(user))
            order.append(number)
            permit.unused()

        tasks = [asyncio.ensure_future(one(number)) for number in range(len(calls))]
        await idle()
        for task, (_, _, cancelled) in zip(tasks, calls, strict=True):
            if cancelled:
                task.cancel()
        for permit in held:
            permit.unused()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert len(order) == sum(not cancelled for _, _, cancelled in calls)
        for user in "ab":
            for priority in Priority:
                mine = [number for number in order if calls[number][:2] == (user, priority)]
                assert mine == sorted(mine)
        status = limiter.status(KEY)
        assert (status.free, status.in_flight, status.waiting) == (2, 0, 0)

    run(main())


def test_nobody_starves_beside_urgent_calls_that_never_end() -> None:
    async def main() -> None:
        limiter = make(10)

        async def greedy() -> None:
            while now() < 300:
                await call(limiter, INTERACTIVE, of("greedy"))

        async def patient() -> float:
            await asyncio.sleep(1)
            return await call(limiter, CRAWL, of("patient"))

        busy = [asyncio.ensure_future(greedy()) for _ in range(30)]
        assert await patient() <= 1 + 3 * W
        await asyncio.gather(*busy)

    run(main())


# Budgets within a budget


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


# Foresight


@settings(max_examples=200, deadline=None)
@given(
    ahead=st.lists(st.tuples(st.sampled_from(list(Priority)), st.sampled_from("ab")), max_size=25),
    mine=st.tuples(st.sampled_from(list(Priority)), st.sampled_from("ab")),
    calls=st.integers(4, 12),
    quiet=st.floats(0, 40),
)
def test_without_newcomers_everybody_leaves_when_promised(
    ahead: list[tuple[Priority, str]], mine: tuple[Priority, str], calls: int, quiet: float
) -> None:
    async def main() -> None:
        # Ageing lets a crawl of two windows ago in between, which no promise counts with.
        limiter = make(calls, ageing_windows=100)
        await fill(limiter, calls // 2)
        await asyncio.sleep(quiet)
        others = [asyncio.ensure_future(call(limiter, priority, of(user))) for priority, user in ahead]
        await idle()
        promised = now() + limiter.predict(of(mine[1]), priority=mine[0])
        asked = now()
        left = await call(limiter, mine[0], of(mine[1]))
        # Which slots make up the reserve depends on when the urgent calls ahead leave: bulk may be a place off.
        windows = (promised - asked) // W
        slack = windows * W / (calls - 2) if mine[0] >= BACKGROUND else 0.0
        assert left <= promised + slack + 0.01
        await asyncio.gather(*others)

    run(main())
