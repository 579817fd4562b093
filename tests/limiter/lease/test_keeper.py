"""Two processes that share slots on a real server, with everything real but the upstream."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from random import random
from uuid import uuid4

import pytest

import redis_server
from limiter import LimiterConfig
from limiter.lease.config import LeaseConfig
from limiter.lease.keeper import Keeper
from limiter.lease.slots import LeasedSlots
from limiter.lease.store import RedisLeaseStore, connect

WINDOW = LimiterConfig(calls=20, window_s=1.0, guard_s=0.05, abort_guard_s=0.1)
LEASE = LeaseConfig(ttl_s=0.1, call_timeout_s=0.2, fence_s=5.0)


@dataclass
class Sender:
    """A process whose callers never end."""

    slots: LeasedSlots
    keeper: Keeper
    log: list[float]
    waiting: int = 0
    calls: set[asyncio.Task[None]] = field(default_factory=set)

    def serve(self) -> None:
        while self.waiting and self.slots.take(time.monotonic()):
            self.waiting -= 1
            task = asyncio.create_task(self.call())
            self.calls.add(task)
            task.add_done_callback(self.calls.discard)
        self.slots.demand(time.monotonic(), urgent=self.waiting, bulk=0)

    async def call(self) -> None:
        self.log.append(time.monotonic())
        await asyncio.sleep(0.01)
        self.slots.settle(time.monotonic())
        self.serve()


async def sender(stack: AsyncExitStack, url: str, account: str, log: list[float]) -> Sender:
    slots = LeasedSlots(WINDOW, LEASE, node=uuid4().hex, clock=time.monotonic)
    store = RedisLeaseStore(await stack.enter_async_context(connect(url)), account, "client")
    keeper = Keeper(
        slots,
        store,
        lease=LEASE,
        clock=time.monotonic,
        random=random,
        changed=lambda: one.serve(),  # noqa: PLW0108
    )
    one = Sender(slots, keeper, log)
    await stack.enter_async_context(keeper)
    return one


@pytest.fixture
async def pair(redis_url: str) -> AsyncIterator[tuple[Sender, Sender]]:
    log: list[float] = []
    async with AsyncExitStack() as stack, asyncio.timeout(20):
        account = f"account {uuid4()}"
        yield (await sender(stack, redis_url, account, log), await sender(stack, redis_url, account, log))


async def until(condition: object) -> None:
    assert callable(condition)
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110  nobody tells
            await asyncio.sleep(0.005)


def worst(log: list[float]) -> int:
    return max(sum(at - WINDOW.window_s < other <= at for other in log) for at in log)


async def test_two_processes_share_one_limit_and_use_all_of_it(pair: tuple[Sender, Sender]) -> None:
    for one in pair:
        one.waiting = 1000
        one.serve()
    await until(lambda: len(pair[0].log) >= 50)
    assert worst(pair[0].log) <= WINDOW.calls


async def test_a_pause_reaches_the_other_process_before_its_lease_is_over(pair: tuple[Sender, Sender]) -> None:
    one, two = pair
    await until(lambda: one.slots.reachable and two.slots.reachable)
    await one.keeper.pause("client", 3.0)
    await until(lambda: "client" in two.slots.pauses and "client" in one.slots.pauses)
    mark = two.slots.pauses["client"].mark
    assert not await two.keeper.probe("client", 1.0)
    assert not await two.keeper.open("client", mark=mark - 1, ramp=True)
    assert await two.keeper.open("client", mark=mark, ramp=True)
    await until(lambda: not one.slots.pauses)


async def test_a_server_that_comes_back_empty_is_told_and_the_limit_holds(tmp_path: Path) -> None:
    log: list[float] = []
    async with AsyncExitStack() as stack, asyncio.timeout(20):
        with redis_server.running(tmp_path) as url:
            one = await sender(stack, url, "account", log)
            one.waiting = 1000
            one.serve()
            await until(lambda: len(log) >= 20)
        await until(lambda: not one.slots.reachable)
        with redis_server.running(tmp_path, port=int(url.rsplit(":", 1)[1])):
            await until(lambda: one.slots.reachable and len(log) >= 50)
        one.waiting = 0
    assert worst(log) <= WINDOW.calls
