"""What several processes promise together, whatever becomes of them, of the store and of the network."""

import asyncio
from dataclasses import dataclass

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from lease_cluster import Process, World, now
from limiter import LimiterConfig
from limiter.lease.config import LeaseConfig
from virtual_time import run

# Whole clusters, fifty times each: 25 s on a busy machine.
pytestmark = pytest.mark.timeout(240)

WINDOW = LimiterConfig(calls=12, window_s=2.0, guard_s=0.05, abort_guard_s=0.5)
LEASE = LeaseConfig(call_timeout_s=0.5, fence_s=4.0, idle_s=1.0, floor_share=0.5, deadline_s=0.3)
STRICT = LeaseConfig(
    call_timeout_s=0.5,
    fence_s=4.0,
    idle_s=1.0,
    deadline_s=0.3,
    outage_mode="closed",
    newborn_s=LEASE.horizon_s(WINDOW),
)
SPAN = 16


@dataclass(frozen=True)
class Fault:
    """Something goes wrong for one process (or for the store) at a time, and maybe heals."""

    what: str
    who: int
    at: float
    lasts: float


def faults(*kinds: str) -> st.SearchStrategy[list[Fault]]:
    return st.lists(
        st.builds(
            Fault,
            what=st.sampled_from(kinds),
            who=st.integers(0, 2),
            at=st.integers(0, 4 * SPAN).map(lambda quarters: quarters / 4),
            lasts=st.sampled_from([0.1, 0.4, 1.0, 3.0, 20.0]),
        ),
        max_size=5,
    )


async def happen(world: World, fault: Fault) -> None:
    await asyncio.sleep(fault.at)
    process = world.processes[fault.who]
    if fault.what == "kill":
        world.kill(process)
    elif fault.what == "flush":
        world.store.flush()
    elif fault.what == "flush and a new process":
        world.store.flush()
        await asyncio.sleep(min(0.1, fault.lasts))
        await crowd(world, await world.start())
    else:
        cut = world.processes if fault.what == "store down" else [process]
        for one in cut:
            one.link.up = False
        await asyncio.sleep(fault.lasts)
        for one in cut:
            one.link.up = one.alive


async def crowd(world: World, process: Process) -> None:
    """Quiet times and busy ones, in which more callers wait than all slots could serve."""
    random = world.random
    while now() < SPAN:
        busy_until = now() + random.choice([0.0, 0.5, 3.0])
        while now() < busy_until:
            if process.alive:
                process.ask(
                    urgent=12 - min(12, process.urgent), bulk=random.choice([0, 0, 5 - min(5, process.bulk)])
                )
            await asyncio.sleep(0.25)
        process.urgent = random.choice([0, process.urgent])
        process.serve()
        await asyncio.sleep(random.choice([0.1, 1.0, 3.0]))


async def live(lease: LeaseConfig, seed: int, troubles: list[Fault], *, rough: bool) -> World:
    async with World(WINDOW, lease, seed=seed) as world:
        world.losses, world.voids = 0.05, 0.05
        for _ in range(3):
            process = await world.start()
            if rough:
                process.link.loses, process.link.repeats, process.link.slow_s = 0.05, 0.1, 0.05
        async with asyncio.TaskGroup() as group:
            for process in world.processes:
                group.create_task(crowd(world, process))
            for fault in troubles:
                group.create_task(happen(world, fault))
        event(f"most in a window: {world.worst()}")
    return world


def within_the_limit(lease: LeaseConfig, seed: int, troubles: list[Fault], *, rough: bool) -> None:
    world = run(live(lease, seed, troubles, rough=rough))
    assert world.worst() <= WINDOW.calls


seeds = st.integers(0, 10**6)


@settings(max_examples=50, deadline=None)
@given(seed=seeds, troubles=faults("cut off", "cut off", "store down", "kill"), rough=st.booleans())
def test_no_window_holds_more_than_the_limit_while_the_store_remembers(
    seed: int, troubles: list[Fault], *, rough: bool
) -> None:
    within_the_limit(LEASE, seed, troubles, rough=rough)


@settings(max_examples=50, deadline=None)
@given(seed=seeds, troubles=faults("flush", "flush and a new process"))
def test_no_window_holds_more_when_the_store_is_emptied_under_living_processes(
    seed: int, troubles: list[Fault]
) -> None:
    within_the_limit(LEASE, seed, troubles, rough=False)


@settings(max_examples=50, deadline=None)
@given(seed=seeds, troubles=faults("cut off", "store down", "kill", "flush", "flush"), rough=st.booleans())
def test_no_window_holds_more_whatever_happens_if_nothing_may_be_sent_alone_and_an_empty_store_waits_long(
    seed: int, troubles: list[Fault], *, rough: bool
) -> None:
    within_the_limit(STRICT, seed, troubles, rough=rough)


@st.composite
def gone_and_emptied(draw: st.DrawFn) -> list[Fault]:
    """One goes, and soon after it the store is emptied; by then all three have met."""
    at = draw(st.integers(8, 40)) / 4
    gone = Fault(
        draw(st.sampled_from(["kill", "cut off"])),
        draw(st.integers(0, 2)),
        at,
        draw(st.sampled_from([1.0, 3.0, 20.0])),
    )
    return [gone, Fault("flush", 0, at + draw(st.sampled_from([0.0, 0.01, 0.3, 1.0])), 0)]


@settings(max_examples=50, deadline=None)
@given(seed=seeds, troubles=gone_and_emptied())
def test_no_window_holds_more_when_the_store_is_emptied_while_one_is_gone_that_others_know_of(
    seed: int, troubles: list[Fault]
) -> None:
    within_the_limit(LEASE, seed, troubles, rough=False)
