"""What the simulation compares: something that makes upstream calls, at whatever time it thinks right.

Ours is `Ours`; peers.py brings the others. A subject is built inside the loop that it runs on.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from math import inf
from typing import Protocol, TypeAlias

from benchmarks.server import THROTTLED, Answer
from limiter import LimiterConfig, LimitKey, LocalLimiter, Permit, Priority, Refused

Send: TypeAlias = Callable[[], Awaitable[Answer]]

# What a caller who wants the answer by a deadline leaves for the network, which takes up to 0.22 s here.
NETWORK_S = 0.25


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, how urgently, and within how many seconds the answer is of use."""

    user: str
    priority: Priority
    within_s: float = inf


class Subject(Protocol):
    """Makes calls without tripping the limit, as well as it can."""

    async def call(self, send: Send, caller: Caller) -> Answer | None:
        """Send when it is time, again after a 429; None if refused or given up."""
        ...


class Gate(Protocol):
    """Lets callers pass one by one; all that most peers offer."""

    async def take(self) -> object:
        """Wait for the right to send one call."""
        ...


class Gated:
    """A gate whose callers do what they can: wait, sleep out a Retry-After, give up when it is too late."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    async def call(self, send: Send, caller: Caller) -> Answer | None:
        """See `Subject.call`."""
        loop = asyncio.get_running_loop()
        give_up = loop.time() + caller.within_s - NETWORK_S
        while True:
            try:
                async with asyncio.timeout_at(give_up if give_up < inf else None):
                    await self._gate.take()
            except TimeoutError:
                return None
            answer = await send()
            if answer.status != THROTTLED:
                return answer
            if loop.time() + answer.retry_after_s > give_up:
                return None
            await asyncio.sleep(answer.retry_after_s)


class Ours:
    """`LocalLimiter` with every outcome reported to it; it paces, pauses and refuses by itself."""

    def __init__(self, config: LimiterConfig, *, random: Callable[[], float]) -> None:
        self._clock = asyncio.get_running_loop().time
        self._limiter = LocalLimiter(config, clock=self._clock, random=random)

    async def call(self, send: Send, caller: Caller) -> Answer | None:
        """See `Subject.call`."""
        deadline = self._clock() + caller.within_s - NETWORK_S
        while True:
            try:
                permit = await self._limiter.acquire(_key(caller), priority=caller.priority, deadline=deadline)
            except Refused:
                return None
            answer = await send()
            _report(permit, answer)
            if answer.status != THROTTLED:
                return answer

    def promise_s(self, caller: Caller) -> float:
        """Seconds that the limiter says such a caller would wait if it asked now."""
        return self._limiter.predict(_key(caller), priority=caller.priority)


def _key(caller: Caller) -> LimitKey:
    return LimitKey("account", "client", "search", caller.user)


def _report(permit: Permit, answer: Answer) -> None:
    if answer.status == THROTTLED:
        permit.throttled(answer.retry_after_s)
    else:
        permit.answered()
