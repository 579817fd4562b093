"""What becomes of the limit when the store is lost, cut off, emptied or back, in figures."""

import asyncio
import json

import pytest

from lease_cluster import KEYS, Process, World, now
from limiter import LimiterConfig
from limiter.lease.config import LeaseConfig
from limiter.lease.messages import StoreError
from virtual_time import run

WINDOW = LimiterConfig(calls=60, window_s=10.0, guard_s=0.05, abort_guard_s=1.0)
FLOOR = LeaseConfig(call_timeout_s=1.0, fence_s=60.0, floor_share=0.2)
FREEZE = LeaseConfig(call_timeout_s=1.0, fence_s=60.0, outage_mode="freeze")
CLOSED = LeaseConfig(call_timeout_s=1.0, fence_s=60.0, outage_mode="closed")
HORIZON = FLOOR.horizon_s(WINDOW)


async def start(world: World, count: int) -> list[Process]:
    world.takes = (0.05,)
    processes = [await world.start() for _ in range(count)]
    await asyncio.sleep(2)
    return processes


async def sent_within(seconds: float, *processes: Process, urgent: int = 0) -> list[int]:
    before = [process.sent for process in processes]
    for process in processes:
        process.ask(urgent=urgent)
    await asyncio.sleep(seconds)
    return [process.sent - start for process, start in zip(processes, before, strict=True)]


def total(world: World) -> int:
    return int(json.loads(world.store.strings[KEYS.slots[0]])["total"])


def test_a_lone_process_uses_all_slots_in_every_window() -> None:
    async def main() -> None:
        async with World(WINDOW, FLOOR) as world:
            (process,) = await start(world, 1)
            first, *_ = await sent_within(5, process, urgent=2000)
            rest, *_ = await sent_within(103, process)
            assert first == 60
            assert rest == 600
            assert world.worst() == 60

    run(main())


def test_when_all_is_settled_and_home_nothing_is_counted() -> None:
    async def main() -> None:
        async with World(WINDOW, FLOOR, seed=3) as world:
            processes = await start(world, 3)
            world.losses, world.voids = 0.2, 0.2
            for process in processes:
                process.ask(urgent=30, bulk=30)
            await asyncio.sleep(60)
            assert all(process.urgent + process.bulk == 0 for process in processes)
            assert total(world) == 0
            assert world.worst() <= 60

    run(main())


@pytest.mark.parametrize("kind", ["urgent", "bulk"])
def test_processes_with_the_same_demand_get_about_the_same(kind: str) -> None:
    async def main() -> None:
        async with World(WINDOW, FLOOR, seed=1) as world:
            processes = await start(world, 4)
            for process in processes:
                process.ask(**{kind: 1000})
            shares = await sent_within(100, *processes)
            assert min(shares) >= 0.6 * max(shares)
            assert sum(shares) >= 0.9 * 600

    run(main())


def test_a_process_that_is_cut_off_sends_its_floor_and_the_others_the_rest_until_the_fence() -> None:
    async def main() -> None:
        async with World(WINDOW, FLOOR) as world:
            lonely, other = await start(world, 2)
            lonely.link.up = False
            lonely.ask(urgent=2000, bulk=500)
            other.ask(urgent=2000)
            await asyncio.sleep(12)
            assert await sent_within(30.15, lonely, other) == [3 * 6, 3 * 54]
            assert lonely.bulk == 500
            await asyncio.sleep(60)
            assert await sent_within(10.05, lonely, other) == [0, 60]
            assert world.worst() == 60

    run(main())


def test_frozen_processes_keep_what_they_had_and_then_an_equal_part() -> None:
    async def main() -> None:
        async with World(WINDOW, FREEZE) as world:
            busy, *idle = await start(world, 4)
            busy.ask(urgent=60)
            await asyncio.sleep(2)
            for process in (busy, *idle):
                process.link.up = False
                process.ask(urgent=500)
            assert sum(await sent_within(5, *idle)) == 0, "the window is full of another one's calls"
            await asyncio.sleep(2 * HORIZON)
            assert await sent_within(30.3, busy, *idle) == pytest.approx([45, 45, 45, 45], abs=3)
            assert world.worst() <= 60

    run(main())


def test_closed_processes_send_nothing_once_their_lease_is_over() -> None:
    async def main() -> None:
        async with World(WINDOW, CLOSED) as world:
            (process,) = await start(world, 1)
            process.link.up = False
            await asyncio.sleep(0.3)
            assert await sent_within(100, process, urgent=10) == [0]
            process.link.up = True
            assert await sent_within(1, process) == [10]

    run(main())


def test_a_store_emptied_under_living_processes_is_warm_again_within_a_second() -> None:
    async def main() -> None:
        async with World(WINDOW, FLOOR) as world:
            one, two = await start(world, 2)
            one.ask(urgent=20)
            two.ask(urgent=10)
            await asyncio.sleep(1)
            world.store.flush()
            one.ask(urgent=100)
            await asyncio.sleep(1)
            assert one.sent == 20 + 60 - 30
            assert world.worst() == 60

    run(main())


def test_an_idle_process_does_not_rely_on_a_floor_that_an_emptied_store_may_have_given_away() -> None:
    async def main() -> None:
        async with World(WINDOW, FLOOR) as world:
            (idle,) = await start(world, 1)
            idle.link.deaf = True
            await asyncio.sleep(idle.slots.sync_at(now()) - now() + 0.1)
            world.store.flush()
            late = await world.start()
            await asyncio.sleep(0.6)
            late.ask(urgent=60)
            await asyncio.sleep(0.1)
            idle.ask(urgent=60)
            await asyncio.sleep(2)
            assert world.worst() <= 60
            assert late.sent + idle.sent <= 60
            assert late.sent >= 54

    run(main())


def test_a_store_emptied_after_a_process_died_is_cold_for_the_others_for_one_horizon() -> None:
    async def main() -> None:
        async with World(WINDOW, FLOOR) as world:
            dead, living = await start(world, 2)
            dead.ask(urgent=30)
            await asyncio.sleep(0.5)
            world.kill(dead)
            world.store.flush()
            syncs = living.link.syncs
            (sent,) = await sent_within(HORIZON - 0.5, living, urgent=2000)
            assert sent <= 2 * 6, "its floor, in each window"
            assert living.link.syncs - syncs <= 6 * HORIZON, "a heartbeat per lease, and a few"
            await asyncio.sleep(15)
            assert await sent_within(10.05, living) == [54], "the dead one's floor is withheld"
            assert world.worst() <= 60

    run(main())


def test_a_dead_processes_slots_are_missed_for_one_horizon_and_its_floor_until_the_fence() -> None:
    async def main() -> None:
        async with World(WINDOW, FLOOR) as world:
            dead, living = await start(world, 2)
            dead.ask(urgent=40)
            await asyncio.sleep(0.03)
            world.kill(dead)
            assert await sent_within(1, living, urgent=2000) == [20]
            await asyncio.sleep(HORIZON + 10)
            assert await sent_within(10.05, living) == [54]
            await asyncio.sleep(60)
            assert await sent_within(10.05, living) == [60]

    run(main())


def test_a_process_that_leaves_gives_everything_back_at_once() -> None:
    async def main() -> None:
        async with World(WINDOW, FLOOR) as world:
            one, two = await start(world, 2)
            await one.keeper.__aexit__(None, None, None)
            assert await sent_within(1, two, urgent=100) == [60]

    run(main())


def test_a_pause_stops_the_other_processes_within_the_time_of_a_message() -> None:
    async def main() -> None:
        async with World(WINDOW, FLOOR) as world:
            one, two = await start(world, 2)
            await asyncio.sleep(3.5)
            begun = now()
            await one.keeper.pause("client", 7.0)
            while "client" not in two.slots.pauses:  # noqa: ASYNC110  the clock is virtual
                await asyncio.sleep(0.001)
            assert now() - begun < 0.03
            assert two.slots.pauses["client"].until == pytest.approx(begun + 7, abs=0.03)
            await asyncio.sleep(7.1)
            assert [await one.keeper.probe("client", 5), await two.keeper.probe("client", 5)] == [True, False]
            mark = one.slots.pauses["client"].mark
            assert await one.keeper.open("client", mark=mark, ramp=True)
            assert 15 - 6 <= (await sent_within(0.1, two, urgent=60))[0] <= 17, "a quarter, less the other's floor"
            assert two.slots.pauses == {}

    run(main())


def test_a_pause_that_the_store_missed_is_told_when_it_is_back() -> None:
    async def main() -> None:
        async with World(WINDOW, FLOOR) as world:
            one, two = await start(world, 2)
            one.link.up = False
            with pytest.raises(StoreError):
                await one.keeper.pause("client", 20)
            await asyncio.sleep(3)
            one.link.up = True
            await asyncio.sleep(0.5)
            assert two.slots.pauses["client"].until == pytest.approx(now() + 16.5, abs=0.2)

    run(main())


def test_an_emptied_store_gets_pauses_and_sums_back_from_whoever_remembers() -> None:
    async def main() -> None:
        async with World(WINDOW, FLOOR) as world:
            one, two = await start(world, 2)
            one.slots.called("search")
            await one.keeper.pause("client", 20)
            await asyncio.sleep(1)
            world.store.flush()
            await asyncio.sleep(1)
            late = await world.start()
            await asyncio.sleep(1)
            assert late.slots.pauses["client"].until == pytest.approx(now() + 17, abs=0.1)
            assert late.slots.sums == {"search": 1}
            assert two.slots.sums == {"search": 1}

    run(main())


def test_many_callers_of_one_moment_make_one_sync() -> None:
    async def main() -> None:
        async with World(WINDOW, FLOOR) as world:
            (process,) = await start(world, 1)
            before = process.link.syncs
            for _ in range(40):
                process.ask(urgent=1)
            await asyncio.sleep(0.02)
            assert process.sent == 40
            assert process.link.syncs - before <= 2

    run(main())


def test_a_hanging_store_is_given_up_after_the_deadline_and_asked_again() -> None:
    async def main() -> None:
        async with World(WINDOW, CLOSED) as world:
            (process,) = await start(world, 1)
            process.link.loses = 1.0
            process.ask(urgent=5)
            await asyncio.sleep(5)
            assert process.sent == 0
            assert not process.slots.reachable
            process.link.loses = 0.0
            await asyncio.sleep(1)
            assert process.sent == 5
            assert process.slots.reachable

    run(main())
