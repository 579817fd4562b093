"""What several processes promise together, whatever becomes of them, of the store and of the network between them."""

import asyncio
from dataclasses import dataclass

from hypothesis import event, given, settings
from hypothesis import strategies as st

from lease_cluster import KEYS, Process, World, now
from limiter import LimiterConfig
from limiter.lease_config import LeaseConfig
from virtual_time import run

WINDOW = LimiterConfig(calls=8, window_s=2.0, guard_s=0.05, abort_guard_s=0.5)
LEASE = LeaseConfig(call_timeout_s=0.5, fence_s=6.0, idle_s=1.0, floor_share=0.3, deadline_s=0.3)
STRICT = LeaseConfig(
    call_timeout_s=0.5,
    fence_s=6.0,
    idle_s=1.0,
    deadline_s=0.3,
    outage_mode="closed",
    newborn_s=LEASE.horizon_s(WINDOW),
)
SPAN = 12


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


async def happen(world: World, fault: Fault, snapshots: list[object]) -> None:
    await asyncio.sleep(fault.at)
    process = world.processes[fault.who]
    if fault.what == "kill":
        world.kill(process)
    elif fault.what == "flush":
        world.store.flush()
    elif fault.what == "fail over":
        snapshot = world.store.snapshot()
        await asyncio.sleep(min(0.4, fault.lasts))
        world.store.restore(snapshot)
    else:
        cut = world.processes if fault.what == "store down" else [process]
        for one in cut:
            one.link.up = False
        await asyncio.sleep(fault.lasts)
        for one in cut:
            one.link.up = one.alive


async def crowd(world: World, process: Process) -> None:
    """Callers that come in bursts, urgent ones and others."""
    random = world.random
    while now() < SPAN:
        if process.alive and process.urgent + process.bulk < 20:
            process.ask(urgent=random.choice([0, 1, 9]), bulk=random.choice([0, 0, 5]))
        await asyncio.sleep(random.choice([0.05, 0.3, 1.5]))


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
                group.create_task(happen(world, fault, []))
        event(f"most in a window: {world.worst()}")
    return world


def within_the_limit(lease: LeaseConfig, seed: int, troubles: list[Fault], *, rough: bool) -> None:
    world = run(live(lease, seed, troubles, rough=rough))
    assert world.worst() <= WINDOW.calls


seeds = st.integers(0, 10**6)


@settings(max_examples=40, deadline=None)
@given(seeds, faults("cut off", "cut off", "store down", "kill"), st.booleans())
def test_no_window_holds_more_than_the_limit_while_the_store_remembers(
    seed: int, troubles: list[Fault], rough: bool
) -> None:
    within_the_limit(LEASE, seed, troubles, rough=rough)


@settings(max_examples=40, deadline=None)
@given(seeds, faults("flush"))
def test_no_window_holds_more_when_the_store_is_emptied_under_living_processes(
    seed: int, troubles: list[Fault]
) -> None:
    within_the_limit(LEASE, seed, troubles, rough=False)


@settings(max_examples=40, deadline=None)
@given(seeds, faults("cut off", "store down", "kill", "flush", "flush"), st.booleans())
def test_no_window_holds_more_whatever_happens_if_nothing_may_be_sent_alone_and_an_empty_store_waits_long(
    seed: int, troubles: list[Fault], rough: bool
) -> None:
    within_the_limit(STRICT, seed, troubles, rough=rough)
