"""Several limiters on one real Redis behave as one: one window, one pause, one prober, one day."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

import redis_server
from limiter import LimiterConfig, LimitKey, Permit, Priority, Refused
from limiter.lease.config import LeaseConfig
from limiter.lease.store import connect
from limiter.shared import SharedLimiter
from memory_journal import MemoryJournal
from ports import free_port

INTERACTIVE, CRAWL = Priority.INTERACTIVE, Priority.CRAWL
Fleet = list[SharedLimiter]


@asynccontextmanager
async def fleet(
    url: str, account: str, config: LimiterConfig, *, clients: tuple[str, ...] = ("client", "client", "client")
) -> AsyncIterator[Fleet]:
    async with AsyncExitStack() as stack:
        limiters = []
        for number, client_id in enumerate(clients):
            redis = connect(url)
            stack.push_async_callback(redis.aclose)
            limiter = SharedLimiter(
                config, redis, node=f"node{number}", clock=time.monotonic, lease=LeaseConfig(), random=lambda: 0.0
            )
            await stack.enter_async_context(limiter)
            await limiter.join(account, client_id)
            limiters.append(limiter)
        yield limiters


async def ask(
    limiter: SharedLimiter, account: str, *, client: str = "client", family: str = "family", wait_s: float = 10.0,
    priority: Priority = INTERACTIVE,
) -> Permit:  # fmt: skip
    key = LimitKey(account, client, family)
    return await limiter.acquire(key, priority=priority, deadline=time.monotonic() + wait_s)


async def until(true: Callable[[], bool]) -> None:
    for _ in range(1000):
        if true():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never happened")


async def outcome(call: Awaitable[Permit]) -> str:
    try:
        (await call).answered()
    except Refused as refused:
        return refused.reason
    return "sent"


async def test_they_share_one_window_and_use_all_of_it(redis_url: str) -> None:
    config = LimiterConfig(calls=20, window_s=2.0)
    sent: list[float] = []

    async def one(limiter: SharedLimiter) -> None:
        permit = await ask(limiter, "window", wait_s=20)
        sent.append(time.monotonic())
        await asyncio.sleep(0.01)
        permit.answered()

    async with fleet(redis_url, "window", config) as limiters:
        started = time.monotonic()
        await asyncio.gather(*(one(limiter) for limiter in limiters for _ in range(20)))
        assert time.monotonic() - started < 8
    worst = max(sum(at - 2.0 < other <= at for other in sent) for at in sent)
    assert worst <= 20
    assert len(sent) == 60


async def test_each_tells_what_is_left_of_the_whole_budget(redis_url: str) -> None:
    async with fleet(redis_url, "left", LimiterConfig(calls=20)) as limiters:
        for limiter in limiters:
            (await ask(limiter, "left")).answered()
        key = LimitKey("left", "client", "family")
        await until(lambda: all(15 <= limiter.status(key).free <= 17 for limiter in limiters))


async def test_a_429_of_one_stops_all_and_one_of_them_tries_its_end(redis_url: str) -> None:
    config = LimiterConfig(calls=20, window_s=2.0)
    async with fleet(redis_url, "ban", config) as limiters:
        for limiter in limiters:
            (await ask(limiter, "ban")).answered()
        (await ask(limiters[0], "ban")).throttled(1.5)
        key = LimitKey("ban", "client", "family")
        await until(lambda: all(limiter.status(key).paused_s > 0 for limiter in limiters))
        assert [await outcome(ask(limiter, "ban", wait_s=0.5)) for limiter in limiters] == ["paused"] * 3
        probers: list[Permit] = []

        async def one(limiter: SharedLimiter) -> None:
            permit = await ask(limiter, "ban")
            probers.append(permit)
            if len(probers) == 1:
                await asyncio.sleep(0.5)
                assert len(probers) == 1
            permit.answered()

        await asyncio.gather(*(one(limiter) for limiter in limiters for _ in range(2)))


async def test_a_prober_that_gets_no_answer_makes_way_for_another_process(redis_url: str) -> None:
    async with fleet(redis_url, "prober", LimiterConfig(calls=20, window_s=2.0)) as limiters:
        (await ask(limiters[0], "prober")).throttled(1.0)
        (await ask(limiters[0], "prober")).lost()
        (await ask(limiters[1], "prober", wait_s=5)).answered()
        (await ask(limiters[0], "prober", wait_s=5)).answered()


async def test_a_spent_family_is_shut_for_every_client_id_of_the_account(redis_url: str) -> None:
    clients = ("first", "second")
    async with fleet(redis_url, "families", LimiterConfig(calls=20), clients=clients) as limiters:
        one, other = limiters
        (await ask(one, "families", client="first")).throttled(3600.0, quota_exceeded=True)
        key = LimitKey("families", "second", "family")
        await ask(other, "families", client="second", family="another")
        await until(lambda: other.status(key).paused_s > 3500)
        assert await outcome(ask(other, "families", client="second", wait_s=1)) == "quota"
        assert await outcome(ask(other, "families", client="second", family="another")) == "sent"


async def test_client_ids_of_one_account_share_its_day(redis_url: str) -> None:
    clients = ("first", "second")
    async with fleet(redis_url, "day", LimiterConfig(calls=50, day_calls=10), clients=clients) as limiters:
        for number in range(10):
            client = clients[number % 2]
            (await ask(limiters[number % 2], "day", client=client, priority=CRAWL)).answered()
        await until(lambda: limiters[0].status(LimitKey("day", "first", "family")).day_used == 10)
        assert await outcome(ask(limiters[0], "day", client="first", priority=CRAWL, wait_s=5)) == "day"
        assert await outcome(ask(limiters[0], "day", client="first")) == "sent"


async def test_a_client_id_that_nobody_joined_is_an_error_that_says_so(redis_url: str) -> None:
    async with fleet(redis_url, "joined", LimiterConfig()) as limiters:
        with pytest.raises(LookupError, match="join joined / stranger"):
            await ask(limiters[0], "joined", client="stranger")


async def test_a_pause_that_ended_before_the_store_heard_of_it_is_still_tried_and_opened(tmp_path: Path) -> None:
    journal, account = MemoryJournal(time.monotonic), "late"
    journal.paused("late/client", 0.5)
    port = free_port()
    client = connect(f"redis://127.0.0.1:{port}")
    limiter = SharedLimiter(LimiterConfig(calls=20), client, node="n", clock=time.monotonic)
    limiter.restore(journal)
    async with limiter:
        await limiter.join(account, "client")
        await asyncio.sleep(1)
        with redis_server.running(tmp_path, port=port):
            (await ask(limiter, account)).answered()
            (await ask(limiter, account)).answered()
    await client.aclose()


async def test_without_the_store_callers_are_told_so_within_their_deadline() -> None:
    async with fleet("redis://127.0.0.1:1", "lost", LimiterConfig(), clients=("client",)) as limiters:
        started = time.monotonic()
        assert await outcome(ask(limiters[0], "lost", wait_s=1.0)) == "store"
        assert time.monotonic() - started < 3
