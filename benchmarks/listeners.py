"""Many sessions at one server at once; they are opened few at a time, so that none waits long for its turn."""

import asyncio
import resource
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from itertools import count
from typing import Final, TypeVar

from benchmarks.connection import EventStream
from benchmarks.process import Process
from benchmarks.wires import PairCaller, Question, connect, listening, pair, session

AT_ONCE: Final = 50
DESCRIPTORS: Final = 16_384
"""What both ends of a few thousand connections need at most."""

T = TypeVar("T")


def allow_descriptors() -> None:
    """Let this process, and those that it starts, have so many sockets; as many as it may if those are fewer."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = DESCRIPTORS if hard == resource.RLIM_INFINITY else min(DESCRIPTORS, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))


async def many(number: int, open_one: Callable[[], Awaitable[T]]) -> list[T]:
    """Call `open_one` so often, `AT_ONCE` at a time."""
    left = iter(range(number))
    found: list[T] = []

    async def work() -> None:
        for _ in left:
            found.append(await open_one())  # noqa: PERF401 - several append

    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(work())
    return found


async def listening_pairs(process: Process, number: int) -> list[PairCaller]:
    """Sessions of 2024-11-05 after their handshake, each with its stream and no other connection."""

    async def one() -> PairCaller:
        caller = await pair(process.base)
        caller.fall_silent()
        return caller

    return await many(number, one)


async def left_sessions(process: Process, number: int) -> None:
    """Open sessions of 2025-11-25 and leave them behind without a word."""

    async def one() -> None:
        (await session(process.base)).vanish()

    await many(number, one)


async def bare_streams(process: Process, number: int) -> list[EventStream]:
    """Event streams that nobody ever says anything on."""

    async def one() -> EventStream:
        heard = asyncio.Event()
        stream = EventStream(listening(process.base), lambda _name, _data: heard.set())
        await connect(stream, process.base)
        await heard.wait()
        return stream

    return await many(number, one)


async def steadily(
    callers: Sequence[PairCaller], question: Question, *, period_s: float, for_s: float
) -> list[float]:
    """Let each caller ask once in every period, evenly spread; how long each call took, in seconds.

    A period more comes first and does not count: callers that were silent have to connect again.
    """
    took: list[float] = []
    numbers = count(1)
    started = time.monotonic()

    async def work(caller: PairCaller, first_s: float) -> None:
        for turn in range(round(for_s / period_s) + 1):
            await asyncio.sleep(started + first_s + turn * period_s - time.monotonic())
            asked = time.perf_counter()
            await caller.call(next(numbers), question)
            if turn:
                took.append(time.perf_counter() - asked)

    async with asyncio.TaskGroup() as group:
        for place, caller in enumerate(callers):
            group.create_task(work(caller, place / len(callers) * period_s))
    return took


async def hang_up(listeners: Iterable[PairCaller | EventStream]) -> None:
    """Close every connection at once."""
    for listener in listeners:
        if isinstance(listener, PairCaller):
            await listener.close()
        else:
            listener.close()
