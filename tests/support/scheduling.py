"""A limiter on virtual time, and calls of several users, families and classes."""

import asyncio
from math import inf
from typing import Any

from asking import KEY, now
from limiter import LimiterConfig, LimitKey, LocalLimiter, Permit, Priority

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
