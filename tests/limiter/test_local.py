"""The limiter of one process: first come, first served, never late without saying so, and nothing leaks."""

import asyncio
import gc
from collections.abc import Callable

import pytest

from asking import FAR, KEY, ask, idle, now, refusal, settle
from limiter import LimiterConfig, LimitKey, LocalLimiter, Permit
from limiter.line import Waiter
from virtual_time import run

W = 30.05


def make(calls: int = 2, *, max_waiting: int = 100) -> LocalLimiter:
    return LocalLimiter(LimiterConfig(calls=calls, max_waiting=max_waiting), clock=now, random=lambda: 0.0)


def test_a_free_slot_is_granted_without_suspending_or_reading_the_clock() -> None:
    reads: list[float] = []

    def clock() -> float:
        reads.append(0.0)
        return 0.0

    limiter = LocalLimiter(LimiterConfig(calls=3), clock=clock)

    def step() -> Permit:
        with pytest.raises(StopIteration) as done:
            ask(limiter).send(None)
        permit: Permit = done.value.value
        return permit

    async def main() -> None:
        step()
        reads.clear()
        assert step().key == KEY
        assert not reads

    run(main())


def test_a_full_window_opens_one_window_after_the_answer() -> None:
    async def main() -> None:
        limiter = make(1)
        permit = await ask(limiter)
        await asyncio.sleep(2)
        permit.answered()
        await ask(limiter)
        assert now() == pytest.approx(2 + W)

    run(main())


def test_callers_are_served_in_the_order_they_came() -> None:
    async def main() -> None:
        limiter, order = make(2), []

        async def caller(number: int) -> None:
            await settle(limiter)
            order.append(number)

        async with asyncio.TaskGroup() as group:
            for number in range(9):
                group.create_task(caller(number))
        assert order == list(range(9))
        assert now() == pytest.approx(4 * W, abs=0.01)

    run(main())


def test_a_newcomer_does_not_take_the_slot_that_just_came_home_for_somebody_else() -> None:
    async def main() -> None:
        limiter = make(1)
        held = await ask(limiter)
        first = asyncio.create_task(ask(limiter))
        await idle()
        held.unused()
        second = asyncio.create_task(ask(limiter))
        await idle()
        assert first.done()
        assert not second.done()
        second.cancel()

    run(main())


def test_a_newcomer_does_not_take_a_due_slot_before_the_loop_has_told_the_first_in_line() -> None:
    async def main() -> None:
        lag = 0.0
        limiter = LocalLimiter(LimiterConfig(calls=1), clock=lambda: now() + lag)
        await settle(limiter)
        first = asyncio.create_task(ask(limiter))
        await idle()
        lag = 100.0
        second = asyncio.create_task(ask(limiter))
        await idle()
        assert first.done()
        assert not second.done()
        second.cancel()

    run(main())


def test_families_of_one_client_id_stand_in_one_line() -> None:
    async def main() -> None:
        limiter, order = make(1), list[str]()

        async def caller(family: str) -> None:
            await settle(limiter, key=LimitKey("account", "client", family))
            order.append(family)

        await asyncio.gather(*(caller(family) for family in "xyyxyx"))
        assert order == list("xyyxyx")

    run(main())


def test_a_cancelled_caller_leaves_the_line() -> None:
    async def main() -> None:
        limiter = make(1)
        held = await ask(limiter)
        first, second = (asyncio.create_task(ask(limiter)) for _ in range(2))
        await idle()
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        assert limiter.status(KEY).waiting == 1
        held.unused()
        await second
        assert now() == 0.0

    run(main())


def test_a_caller_cancelled_in_the_instant_a_slot_appears_is_passed_over() -> None:
    async def main() -> None:
        limiter = make(1)
        held = await ask(limiter)
        first, second = (asyncio.create_task(ask(limiter)) for _ in range(2))
        await idle()
        first.cancel()
        held.unused()
        await idle()
        assert first.cancelled()
        assert second.done()
        assert limiter.status(KEY).in_flight == 1

    run(main())


def test_a_caller_cancelled_between_grant_and_wake_passes_the_slot_on() -> None:
    async def main() -> None:
        limiter = make(1)
        held = await ask(limiter)
        first, second = (asyncio.create_task(ask(limiter)) for _ in range(2))
        await idle()
        held.unused()
        first.cancel()
        await idle()
        assert first.cancelled()
        assert second.done()
        assert limiter.status(KEY).in_flight == 1

    run(main())


def test_a_caller_cancelled_while_being_refused_is_cancelled() -> None:
    async def main() -> None:
        limiter = make(1)
        await ask(limiter)
        first = asyncio.create_task(ask(limiter))
        await idle()
        await limiter.close()
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first

    run(main())


def test_a_call_that_cannot_meet_its_deadline_is_refused_on_arrival() -> None:
    async def main() -> None:
        limiter = make(1)
        await settle(limiter)
        await asyncio.sleep(10)
        refused = await refusal(ask(limiter, now() + 20))
        assert now() == 10
        assert refused.reason == "deadline"
        assert refused.retry_after_s == pytest.approx(W - 10)
        await asyncio.sleep(refused.retry_after_s)
        await ask(limiter, now() + 0.01)

    run(main())


def test_a_caller_whose_slot_never_comes_is_refused_at_its_deadline() -> None:
    async def main() -> None:
        limiter = make(1)
        await ask(limiter)
        refused = await refusal(ask(limiter, 40.0))
        assert now() == pytest.approx(40.0, abs=1e-6)
        assert refused.reason == "deadline"
        assert refused.retry_after_s == pytest.approx(W, abs=0.01)
        assert limiter.status(KEY).waiting == 0

    run(main())


def test_a_slot_that_comes_exactly_at_the_deadline_is_given() -> None:
    async def main() -> None:
        limiter = make(1)
        await settle(limiter)
        assert await settle(limiter, W) == pytest.approx(W, abs=0.002)

    run(main())


def test_the_line_has_an_end() -> None:
    async def main() -> None:
        limiter = make(1, max_waiting=1)
        await settle(limiter)
        waiting = asyncio.create_task(ask(limiter))
        await idle()
        refused = await refusal(ask(limiter))
        assert refused.reason == "queue_full"
        assert refused.retry_after_s == pytest.approx(2 * W)
        await waiting

    run(main())


def test_closing_refuses_those_in_line_and_newcomers() -> None:
    async def main() -> None:
        limiter = make(1)
        held = await ask(limiter)
        waiting = asyncio.create_task(ask(limiter))
        await idle()
        await limiter.close()
        assert (await refusal(waiting)).reason == "shutdown"
        assert (await refusal(ask(limiter))).reason == "shutdown"
        held.answered()
        assert limiter.status(KEY).in_flight == 0

    run(main())


def test_one_timer_serves_any_number_of_callers(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        limiter = make(1)
        await settle(limiter)
        loop, timers = asyncio.get_running_loop(), list[asyncio.TimerHandle]()
        call_later = loop.call_later

        def noted(delay: float, ring: Callable[[], object]) -> asyncio.TimerHandle:
            timers.append(call_later(delay, ring))
            return timers[-1]

        monkeypatch.setattr(loop, "call_later", noted)
        callers = [asyncio.create_task(ask(limiter, FAR - number)) for number in range(50)]
        await idle()
        assert [timer.cancelled() for timer in timers].count(False) == 1
        for caller in callers:
            caller.cancel()
        await idle()
        assert all(timer.cancelled() for timer in timers)

    run(main())


def test_all_slots_that_come_home_together_are_given_out_together() -> None:
    async def main() -> None:
        limiter = make(5)
        left = await asyncio.gather(*(settle(limiter) for _ in range(10)))
        assert left == [0.0] * 5 + [pytest.approx(W)] * 5

    run(main())


def test_client_ids_and_accounts_do_not_share_a_window() -> None:
    async def main() -> None:
        limiter = make(1)
        for key in (KEY, LimitKey("account", "other", "family"), LimitKey("other", "client", "family")):
            assert (await ask(limiter, 0.0, key)).key == key
        assert now() == 0.0
        other_family = LimitKey("account", "client", "other", "user")
        assert (await refusal(ask(limiter, 1.0, other_family))).reason == "deadline"

    run(main())


def test_the_status_tells_where_the_slots_are() -> None:
    async def main() -> None:
        limiter = make(3)
        fresh = limiter.status(KEY)
        assert (fresh.limit, fresh.window_s, fresh.free, fresh.reset_s, fresh.paused_s) == (3, 30.0, 3, 0.0, 0.0)
        await settle(limiter)
        await asyncio.sleep(1)
        for _ in range(2):
            await ask(limiter)
        waiting = asyncio.create_task(ask(limiter))
        await idle()
        status = limiter.status(KEY)
        assert (status.free, status.in_flight, status.waiting) == (0, 2, 1)
        assert status.reset_s == pytest.approx(W - 1)
        waiting.cancel()

    run(main())


def test_predictions_count_those_in_line() -> None:
    async def main() -> None:
        limiter = make(2)
        assert [limiter.predict(KEY, calls=calls) for calls in (1, 2, 3, 5)] == [0, 0, W, 2 * W]
        await settle(limiter)
        await asyncio.sleep(5)
        await settle(limiter)
        waiting = asyncio.create_task(ask(limiter))
        await idle()
        assert limiter.predict(KEY) == pytest.approx(W)
        await waiting

    run(main())


def test_a_raised_limit_serves_those_in_line_at_once() -> None:
    async def main() -> None:
        limiter = make(1)
        await ask(limiter)
        waiting = asyncio.create_task(ask(limiter))
        await idle()
        limiter.resize(KEY, 2)
        await waiting
        assert now() == 0.0

    run(main())


def test_callers_who_come_and_go_before_far_deadlines_leave_nothing_behind() -> None:
    async def main() -> None:
        limiter = make(1)
        await ask(limiter)
        stays = asyncio.create_task(ask(limiter, FAR / 2))
        for _ in range(1000):
            caller = asyncio.create_task(ask(limiter))
            await idle()
            caller.cancel()
            await idle()
        assert limiter.status(KEY).waiting == 1
        gc.collect()
        assert sum(isinstance(thing, Waiter) for thing in gc.get_objects()) < 200
        stays.cancel()

    run(main())
