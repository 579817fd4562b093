"""What a principal gets of us, for any pattern of arrivals, and what that costs in memory."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asking import idle, now
from limiter.inbound import Inbound, InboundConfig, TooFastError
from virtual_time import run as run_virtual

SLACK = 1e-6


def run(main: Coroutine[Any, Any, None]) -> None:
    """Run `main` on a loop with a tick: the library finds its bucket a rounding error short, and looks again."""
    run_virtual(main, tick_s=1e-9)


class Refusals:
    """Counts them."""

    def __init__(self) -> None:
        self.count = 0

    def turned_away(self) -> None:
        self.count += 1


async def flood(inbound: Inbound, name: str, count: int) -> list[float | TooFastError]:
    """Send `count` requests at once; when each was let in, or why not."""

    async def one() -> float:
        await inbound.admit(name)
        return now()

    outcomes = await asyncio.gather(*(one() for _ in range(count)), return_exceptions=True)
    assert all(isinstance(outcome, float | TooFastError) for outcome in outcomes)
    return outcomes  # type: ignore[return-value]  # just asserted


def test_a_burst_goes_through_the_next_ones_are_spaced_and_the_rest_is_refused() -> None:
    async def main() -> None:
        refusals = Refusals()
        inbound = Inbound(InboundConfig(per_s=10, burst=5, wait_s=0.35), observer=refusals)
        outcomes = await flood(inbound, "a", 10)
        admitted = [outcome for outcome in outcomes if isinstance(outcome, float)]
        assert admitted == pytest.approx([0, 0, 0, 0, 0, 0.1, 0.2, 0.3], abs=SLACK)
        assert refusals.count == 2

    run(main())


def test_a_request_with_room_never_switches_tasks() -> None:
    async def main() -> None:
        inbound = Inbound(InboundConfig(per_s=10, burst=2))
        for _ in range(2):
            with pytest.raises(StopIteration):
                inbound.admit("a").send(None)

    run(main())


def test_at_once_means_within_the_rate_and_behind_nobody() -> None:
    async def main() -> None:
        inbound = Inbound(InboundConfig(per_s=10, burst=2))
        assert [inbound.admit_at_once("a") for _ in range(3)] == [True, True, False]
        waiter = asyncio.create_task(inbound.admit("a"))
        await idle()

        def come() -> None:
            outcomes.append(inbound.admit_at_once("a"))

        # Just when the bucket has room for one: that belongs to the waiter.
        asyncio.get_running_loop().call_at(0.1, come)
        await waiter
        assert now() == pytest.approx(0.1)
        assert outcomes == [False]
        await asyncio.sleep(0.1)
        assert inbound.admit_at_once("a")
        assert not inbound.admit_at_once("a")

    outcomes: list[bool] = []
    run(main())


def test_who_is_not_let_in_at_once_is_not_refused_either() -> None:
    async def main() -> None:
        refusals = Refusals()
        inbound = Inbound(InboundConfig(per_s=10, burst=1, wait_s=0), observer=refusals)
        assert inbound.admit_at_once("a")
        assert not inbound.admit_at_once("a")
        assert refusals.count == 0
        free = Inbound(InboundConfig(per_s=0))
        assert all(free.admit_at_once("a") for _ in range(1000))

    run(main())


def test_who_comes_back_when_told_is_let_in() -> None:
    async def main() -> None:
        inbound = Inbound(InboundConfig(per_s=10, burst=3, wait_s=0.25))
        refused = [one for one in await flood(inbound, "a", 6) if isinstance(one, TooFastError)]
        assert [one.retry_after_s for one in refused] == pytest.approx([0.3])
        # The flood ended when its last waiter was let in; the refusal was earlier, so this is the worst case.
        await asyncio.sleep(refused[0].retry_after_s - now())
        await inbound.admit("a")

    run(main())


def test_newcomers_do_not_pass_those_who_wait() -> None:
    async def main() -> None:
        inbound = Inbound(InboundConfig(per_s=10, burst=1))
        order: list[int] = []

        async def one(number: int) -> None:
            await inbound.admit("a")
            order.append(number)

        async with asyncio.TaskGroup() as group:
            for number in range(4):
                group.create_task(one(number))
                # As if each came just before the bucket has room for one more.
                await asyncio.sleep(0.0999)
        assert order == [0, 1, 2, 3]

    run(main())


def test_principals_do_not_slow_each_other() -> None:
    async def main() -> None:
        inbound = Inbound(InboundConfig(per_s=1, burst=2, wait_s=0))
        await flood(inbound, "a", 50)
        assert await flood(inbound, "b", 2) == pytest.approx([0.0, 0.0], abs=SLACK)

    run(main())


def test_zero_lets_everything_pass_and_keeps_nothing() -> None:
    async def main() -> None:
        inbound = Inbound(InboundConfig(per_s=0, burst=1, wait_s=0))
        assert await flood(inbound, "a", 1000) == pytest.approx([0.0] * 1000, abs=SLACK)
        assert len(inbound) == 0

    run(main())


def test_a_cancelled_waiter_leaks_nothing() -> None:
    async def main() -> None:
        inbound = Inbound(InboundConfig(per_s=10, burst=1, wait_s=0.3))
        await inbound.admit("a")
        waiting = [asyncio.create_task(inbound.admit("a")) for _ in range(3)]
        await idle()
        with pytest.raises(TooFastError):
            await inbound.admit("a")
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        # Their places in line are free again, and what they would have taken is still there.
        await inbound.admit("a")
        assert now() == pytest.approx(0.1)
        await asyncio.sleep(1)
        await inbound.admit("b")
        assert len(inbound) == 1

    run(main())


def test_a_waiter_cancelled_at_the_moment_of_its_turn_passes_it_on() -> None:
    async def main() -> None:
        inbound = Inbound(InboundConfig(per_s=10, burst=1))
        await inbound.admit("a")
        first, second = (asyncio.create_task(inbound.admit("a")) for _ in range(2))
        await idle()
        asyncio.get_running_loop().call_at(0.1, first.cancel)
        await asyncio.wait({second})
        assert first.cancelled()
        assert now() == pytest.approx(0.1)

    run(main())


def test_buckets_that_have_drained_are_dropped() -> None:
    async def main() -> None:
        inbound = Inbound(InboundConfig(per_s=10, burst=5))
        for number in range(1000):
            await inbound.admit(f"p{number}")
            await asyncio.sleep(0.1)
        assert len(inbound) <= 3

    run(main())


def test_a_flood_of_names_neither_grows_the_table_nor_escapes_the_limit() -> None:
    async def main() -> None:
        inbound = Inbound(InboundConfig(per_s=1, burst=2, wait_s=0, max_principals=10))
        let_in = 0
        for number in range(1000):
            outcomes = await flood(inbound, f"p{number}", 1)
            let_in += sum(isinstance(outcome, float) for outcome in outcomes)
        assert len(inbound) == 10
        # One for each of the ten with a bucket, and one burst for all others together.
        assert let_in == 10 + 2

    run(main())


AT_ONCE = -1.0
"""The patience of those who do not even take a place in line."""

CONFIGS = st.builds(
    InboundConfig,
    per_s=st.sampled_from([0.5, 1.0, 7.0, 50.0]),
    burst=st.integers(1, 6),
    wait_s=st.sampled_from([0.0, 0.3, 2.0]),
    max_principals=st.integers(1, 3),
)
ARRIVALS = st.lists(
    st.tuples(
        st.sampled_from("abcde"),
        st.sampled_from([0.0, 0.0, 0.0, 0.001, 0.02, 0.5, 2.0, 10.0]),
        st.sampled_from([None, None, None, 0.0, 0.01, 0.4, AT_ONCE, AT_ONCE]),
    ),
    max_size=60,
)


@given(config=CONFIGS, arrivals=ARRIVALS)
def test_for_any_arrivals_nobody_gets_more_than_burst_and_rate_allow(
    config: InboundConfig, arrivals: list[tuple[str, float, float | None]]
) -> None:
    async def main() -> None:
        inbound = Inbound(config)
        admitted: defaultdict[str, list[float]] = defaultdict(list)
        async with asyncio.TaskGroup() as group:
            for name, gap_s, patience_s in arrivals:
                await asyncio.sleep(gap_s)
                group.create_task(one(inbound, name, patience_s, admitted[name].append))
                await idle()
                assert len(inbound) <= config.max_principals
        for times in admitted.values():
            for first, start in enumerate(times):
                for last, end in enumerate(times[first:], first):
                    assert last - first + 1 <= config.burst + config.per_s * (end - start) + SLACK
        await asyncio.sleep(config.burst / config.per_s + 1)
        # Everything has drained: whatever was cancelled or refused, a full burst is there for everybody.
        for name in "vwxyz":
            assert all(isinstance(one, float) for one in await flood(inbound, name, config.burst))
            await asyncio.sleep(config.burst / config.per_s + 1)

    run(main())


async def one(inbound: Inbound, name: str, patience_s: float | None, note: Callable[[float], None]) -> None:
    started = now()
    if patience_s == AT_ONCE:
        if inbound.admit_at_once(name):
            note(started)
        return
    try:
        async with asyncio.timeout(patience_s):
            await inbound.admit(name)
        note(now())
    except TimeoutError:
        assert patience_s is not None
    except TooFastError as error:
        assert now() - started < SLACK
        assert error.retry_after_s > 0


@given(config=CONFIGS, count=st.integers(1, 40))
def test_nobody_waits_longer_than_the_settings_say(config: InboundConfig, count: int) -> None:
    async def main() -> None:
        inbound = Inbound(config)
        for outcome in await flood(inbound, "a", count):
            if isinstance(outcome, float):
                assert outcome <= config.wait_s + SLACK
            else:
                assert config.wait_s < outcome.retry_after_s <= config.wait_s + 1 / config.per_s + SLACK

    run(main())


@pytest.mark.parametrize(
    "wrong", [{"per_s": -1}, {"per_s": float("inf")}, {"burst": 0}, {"wait_s": -0.1}, {"max_principals": 0}]
)
def test_a_config_that_makes_no_sense_cannot_be_built(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        InboundConfig(**wrong)  # type: ignore[arg-type]  # numbers of either kind
