"""Short words for tests that ask a limiter on virtual time."""

import asyncio
from collections.abc import Awaitable

import pytest

from limiter import LimitKey, LocalLimiter, Permit, Priority, Refused

KEY = LimitKey("account", "client", "family")
FAR = 1e7
"""A deadline that no test reaches."""


def now() -> float:
    """The loop's time."""
    return asyncio.get_running_loop().time()


async def ask(limiter: LocalLimiter, deadline: float = FAR, key: LimitKey = KEY) -> Permit:
    """Acquire a permit."""
    return await limiter.acquire(key, priority=Priority.INTERACTIVE, deadline=deadline)


async def settle(limiter: LocalLimiter, deadline: float = FAR, key: LimitKey = KEY) -> float:
    """Make one call that is answered at once; returns when it left."""
    (await ask(limiter, deadline, key)).answered()
    return now()


async def refusal(call: Awaitable[object]) -> Refused:
    """Await a call that must be refused."""
    with pytest.raises(Refused) as caught:
        await asyncio.wait_for(call, FAR)
    return caught.value


async def idle() -> None:
    """Let every ready task run until it waits."""
    for _ in range(5):
        await asyncio.sleep(0)
