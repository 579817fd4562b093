"""The workloads of the simulation: each is a coroutine on a virtual loop that returns its figures.

A scenario is the same for every subject, and depends on nothing but its setting and its seed. Latencies are from
the caller's wish to the answer, network included.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from math import inf
from random import Random
from typing import Final, Literal, TypeAlias

from benchmarks.figures import percentile, worst_window
from benchmarks.peers import SUBJECTS
from benchmarks.server import Answer, Ban, Cells, Log, Rule, Server, Tolerant
from benchmarks.subjects import Caller, Ours, Subject
from limiter import LimiterConfig, Priority

Figures: TypeAlias = dict[str, float]
Variant: TypeAlias = Literal["exact", "harsh", "cells"]

OURS: Final = "ours"
WORKERS: Final = 64
DOWNLINK_S: Final = 0.02
# Everybody starts with a full window, so a steady state is measured from the second one on.
WARM_UP_WINDOWS: Final = 1
MEASURED_S: Final = 300.0
OF_USE_S: Final = 2.0
BULK: Final = Caller("bulk", Priority.CRAWL)
# One-second cells make a call count up to a second longer.
GUARDS_S: Final[Mapping[Variant, float]] = {"exact": 0.05, "harsh": 0.05, "cells": 1.05}


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """The upstream's limit, how it counts, the network before it, and the seed of everything random."""

    calls: int = 180
    window_s: int = 30
    variant: Variant = "exact"
    jitter_s: float = 0.2
    seed: int = 1
    priority: Priority = Priority.CRAWL
    load: float = 1.0
    patient: bool = False


class Stage:
    """One subject before one upstream, on the running loop."""

    def __init__(self, subject: str, setting: Setting, *, rule: Rule | None = None) -> None:
        self.loop = asyncio.get_running_loop()
        self.start = self.loop.time()
        self.setting = setting
        self.random = Random(setting.seed)  # noqa: S311  no secret
        self.server = Server(rule or _rule(setting))
        self.steady = self.start + WARM_UP_WINDOWS * setting.window_s
        self.end = self.steady + MEASURED_S
        self.subject = _subject(subject, setting)
        self._tasks: list[asyncio.Task[None]] = []

    async def send(self) -> Answer:
        """One call: a random time up, the server's decision, a fixed time down."""
        await asyncio.sleep(self.random.uniform(0, self.setting.jitter_s))
        answer = self.server.arrive(self.loop.time())
        await asyncio.sleep(DOWNLINK_S)
        return answer

    async def timed(self, caller: Caller) -> float:
        """Seconds that a call took from wish to answer; inf if it got none."""
        since = self.loop.time()
        answer = await self.subject.call(self.send, caller)
        return self.loop.time() - since if answer is not None else inf

    def spawn(self, work: Callable[[], Awaitable[None]], *, count: int = 1) -> None:
        """Start `count` tasks that go on until the stage is cleared."""
        for _ in range(count):
            self._tasks.append(asyncio.create_task(_as_coroutine(work)))

    async def saturate(self, caller: Caller = BULK) -> None:
        """One greedy worker: the next call as soon as the last is answered."""
        while True:
            await self.subject.call(self.send, caller)

    async def arrivals(self, rate: float, visit: Callable[[], Awaitable[None]]) -> None:
        """Random arrivals, `rate` per second on average, each a task of its own."""
        while True:
            await asyncio.sleep(self.random.expovariate(rate))
            self.spawn(visit)

    async def until(self, at: float) -> None:
        """Let the time pass; whatever fails meanwhile fails here."""
        await asyncio.sleep(at - self.loop.time())
        for task in self._tasks:
            if task.done():
                task.result()
        self._tasks = [task for task in self._tasks if not task.done()]

    async def clear(self) -> None:
        """End everything that was started."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()

    @property
    def used(self) -> float:
        """Share of what the window allows that was served in the measured time."""
        served = self.server.served_between(self.steady, self.end)
        return served / (self.setting.calls * MEASURED_S / self.setting.window_s)


async def _as_coroutine(work: Callable[[], Awaitable[None]]) -> None:
    await work()


def _rule(setting: Setting) -> Rule:
    if setting.variant == "cells":
        return Cells(setting.calls, setting.window_s)
    return Log(setting.calls, setting.window_s, harsh=setting.variant == "harsh")


def _subject(name: str, setting: Setting) -> Subject:
    if name != OURS:
        return SUBJECTS[name](setting.calls, setting.window_s)
    config = LimiterConfig(
        calls=setting.calls, window_s=setting.window_s, guard_s=GUARDS_S[setting.variant], max_waiting=100_000
    )
    return Ours(config, random=Random(setting.seed).random)  # noqa: S311  no secret


async def bulk(subject: str, setting: Setting) -> Figures:
    """Greedy workers of one class, and nobody else."""
    stage = Stage(subject, setting)
    stage.spawn(partial(stage.saturate, Caller("bulk", setting.priority)), count=WORKERS)
    await stage.until(stage.end)
    await stage.clear()
    return {"refused": len(stage.server.refused), "used": stage.used}


async def idle(subject: str, setting: Setting) -> Figures:
    """Saturated, then quiet for a window and a half, then saturated again: 429s after the quiet time."""
    stage = Stage(subject, setting)
    stage.spawn(stage.saturate, count=WORKERS)
    await stage.until(stage.start + 2 * setting.window_s)
    await stage.clear()
    await stage.until(stage.loop.time() + 1.5 * setting.window_s)
    before = len(stage.server.refused)
    stage.spawn(stage.saturate, count=WORKERS)
    await stage.until(stage.loop.time() + 2 * setting.window_s)
    await stage.clear()
    return {"refused": len(stage.server.refused) - before}


async def flood(subject: str, setting: Setting) -> Figures:
    """600 greedy workers on a server that refuses nobody: the worst window that the subject itself allows."""
    stage = Stage(subject, setting, rule=Tolerant())
    stage.spawn(stage.saturate, count=600)
    # Without a limiter there is no end to it; twenty windows' worth of calls say enough.
    while stage.loop.time() < stage.start + 3 * setting.window_s:
        await stage.until(stage.loop.time() + 0.5)
        if len(stage.server.served) > 20 * setting.calls:
            break
    await stage.clear()
    return {"worst": worst_window(stage.server.served, setting.window_s)}


async def beside_crawl(subject: str, setting: Setting) -> Figures:
    """Interactive calls, a tenth of the budget, beside a crawl that would use all of it."""
    stage = Stage(subject, setting)
    took: list[float] = []

    async def visit() -> None:
        counts = stage.steady <= stage.loop.time() < stage.end
        seconds = await stage.timed(Caller("person", Priority.INTERACTIVE))
        if counts:
            took.append(seconds)

    stage.spawn(stage.saturate, count=WORKERS)
    stage.spawn(partial(stage.arrivals, 0.1 * setting.calls / setting.window_s, visit))
    await stage.until(stage.end)
    await _linger(stage)
    return {
        "refused": len(stage.server.refused),
        "used": stage.used,
        "p50": percentile(took, 0.5),
        "p99": percentile(took, 0.99),
    }


async def _linger(stage: Stage) -> None:
    # Whoever still waits at the end waited long, so leaving them out would flatter: give them five windows more.
    await stage.until(stage.end + 5 * stage.setting.window_s)
    await stage.clear()


async def deadlines(subject: str, setting: Setting) -> Figures:
    """Calls of one class at `load` times the budget, of use for two seconds each.

    Callers give up when it is too late, except patient ones, who do not say that there is a deadline.
    """
    stage = Stage(subject, setting)
    caller = Caller("person", setting.priority, within_s=inf if setting.patient else OF_USE_S)
    wished, in_time = [0], [0]
    refused_after: list[float] = []

    async def visit() -> None:
        since = stage.loop.time()
        if not stage.steady <= since < stage.end:
            await stage.timed(caller)
            return
        wished[0] += 1
        seconds = await stage.timed(caller)
        in_time[0] += seconds <= OF_USE_S
        if seconds == inf:
            refused_after.append(stage.loop.time() - since)

    capacity = setting.calls / setting.window_s
    stage.spawn(partial(stage.arrivals, setting.load * capacity, visit))
    await stage.until(stage.end + OF_USE_S)
    await stage.clear()
    return {
        "goodput": in_time[0] / min(wished[0], capacity * MEASURED_S),
        "refused_after": percentile(refused_after, 0.5),
    }


async def promises(subject: str, setting: Setting) -> Figures:
    """The same, but the limiter is asked for the wait before, and the real one is held against it (ours only)."""
    stage = Stage(subject, setting)
    caller = Caller("person", setting.priority, within_s=OF_USE_S)
    ours = stage.subject
    if not isinstance(ours, Ours):
        raise TypeError(f"{subject} promises nothing")
    errors: list[float] = []

    async def visit() -> None:
        since, promised = stage.loop.time(), ours.promise_s(caller)

        async def send() -> Answer:
            if stage.steady <= since < stage.end:
                errors.append(abs(stage.loop.time() - since - promised))
            return await stage.send()

        await ours.call(send, caller)

    stage.spawn(partial(stage.arrivals, setting.load * setting.calls / setting.window_s, visit))
    await stage.until(stage.end + OF_USE_S)
    await stage.clear()
    return {"p50": percentile(errors, 0.5), "p99": percentile(errors, 0.99), "count": len(errors)}


async def fairness(subject: str, setting: Setting) -> Figures:
    """One user with 64 workers and ten with a call every ten seconds each, all of one class."""
    stage = Stage(subject, setting)
    took: list[float] = []

    def visit(user: str) -> Callable[[], Awaitable[None]]:
        async def visiting() -> None:
            counts = stage.steady <= stage.loop.time() < stage.end
            seconds = await stage.timed(Caller(user, Priority.CRAWL))
            if counts:
                took.append(seconds)

        return visiting

    stage.spawn(stage.saturate, count=WORKERS)
    for number in range(10):
        stage.spawn(partial(stage.arrivals, 0.1, visit(f"light {number}")))
    await stage.until(stage.end)
    await _linger(stage)
    return {"used": stage.used, "p50": percentile(took, 0.5), "p99": percentile(took, 0.99)}


async def banned(subject: str, setting: Setting) -> Figures:
    """64 clients with a call every twenty seconds each; from the second window on a ban that every call prolongs.

    `told` are the calls sent once somebody had heard of the ban, and the one that heard: what a limiter can help.
    """
    rule = Ban(at=asyncio.get_running_loop().time() + setting.window_s)
    stage = Stage(subject, setting, rule=rule)
    heard, sent = [inf], [0]

    async def send() -> Answer:
        at = stage.loop.time()
        answer = await stage.send()
        if answer.retry_after_s:
            sent[0] += at >= heard[0] or heard[0] == inf
            heard[0] = min(heard[0], stage.loop.time())
        return answer

    async def client() -> None:
        while True:
            await asyncio.sleep(stage.random.expovariate(1 / 20))
            await stage.subject.call(send, Caller("client", Priority.BACKGROUND))

    stage.spawn(client, count=WORKERS)
    await stage.until(stage.start + 2 * MEASURED_S)
    await stage.clear()
    back = next((at for at in stage.server.served if at > rule.at), inf)
    return {"told": sent[0], "arrived": len(stage.server.refused), "back": back - stage.start}


async def unknown(subject: str, setting: Setting) -> Figures:
    """Four hours of greedy workers on a window of unknown size; ours begins at 30 and may look up to 1000."""
    if subject != OURS:
        raise TypeError(f"{subject} does not look")
    stage = Stage(subject, setting)
    config = LimiterConfig(calls=30, window_s=setting.window_s, discover_up_to=1000)
    stage.subject = Ours(config, random=stage.random.random)
    stage.spawn(stage.saturate, count=WORKERS)
    hours = 4
    await stage.until(stage.start + hours * 3600)
    await stage.clear()
    served = stage.server.served_between(stage.start, stage.start + hours * 3600)
    return {
        "refused": len(stage.server.refused),
        "used": served / (setting.calls * hours * 3600 / setting.window_s),
    }


SCENARIOS: Final[Mapping[str, Callable[[str, Setting], Awaitable[Figures]]]] = {
    scenario.__name__: scenario
    for scenario in (bulk, idle, flood, beside_crawl, deadlines, promises, fairness, banned, unknown)
}
