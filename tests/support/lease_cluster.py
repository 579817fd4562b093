"""Processes that share slots over the real script, an upstream that counts, and all that can go wrong.

Nothing here is kind: a call arrives whenever it may, replies get lost or come twice, processes die between any two
steps, and the store forgets. What is random is drawn from one seed, so every story can be told again.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from random import Random
from typing import Any, Self

from limiter.config import LimiterConfig
from limiter.lease.config import LeaseConfig
from limiter.lease.keeper import Keeper
from limiter.lease.messages import LeaseReply, PauseReply, StoreError
from limiter.lease.slots import LeasedSlots
from limiter.lease.store import LeaseStore, Push, StoreKeys, parse_push
from lua_store import LuaStore

KEYS = StoreKeys.of("account", "client")
SERVER_AHEAD_S = 1.7e9


def now() -> float:
    return asyncio.get_running_loop().time()


class Link(LeaseStore):
    """One process's way to the store.

    Attributes:
        up: whether it leads there.
        deaf: no push comes through.
        loses: share of the questions, and of the answers, that are lost.
        repeats: share of the questions that arrive once more, up to two seconds later.
        slow_s: longest time of one way.
    """

    def __init__(self, store: LuaStore, random: Random) -> None:
        self.up = True
        self.deaf = False
        self.loses = 0.0
        self.repeats = 0.0
        self.slow_s = 0.002
        self.syncs = 0
        self._store = store
        self._random = random
        self._heard: asyncio.Queue[str] = asyncio.Queue()
        store.listeners.append(self._heard.put_nowait)

    async def sync(self, question: str) -> LeaseReply:
        self.syncs += 1
        return LeaseReply.parse(await self._send("sync", question))

    async def leave(self, question: str) -> None:
        LeaseReply.parse(await self._send("leave", question))

    async def pause(self, node: str, scope: str, *, rest_ms: int) -> PauseReply:
        return await self._change("pause", f'"node":"{node}","scope":"{scope}","rest":{rest_ms}')

    async def open(self, node: str, scope: str, *, mark: int, ramp: bool) -> PauseReply:
        ramps = "true" if ramp else "false"
        return await self._change("open", f'"node":"{node}","scope":"{scope}","mark":{mark},"ramp":{ramps}')

    async def probe(self, node: str, scope: str, *, timeout_ms: int) -> PauseReply:
        return await self._change("probe", f'"node":"{node}","scope":"{scope}","timeout":{timeout_ms}')

    async def give_up(self, node: str, scope: str) -> PauseReply:
        return await self._change("give_up", f'"node":"{node}","scope":"{scope}"')

    async def pushes(self) -> AsyncGenerator[Push, None]:
        yield Push("here", "", here=True)
        while True:
            word = await self._heard.get()
            if self.up and not self.deaf and self._random.random() >= self.loses:
                await asyncio.sleep(self._random.uniform(0, self.slow_s))
                yield parse_push(word, KEYS)

    async def _change(self, operation: str, fields: str) -> PauseReply:
        return PauseReply.parse(await self._send(operation, "{" + fields + "}"))

    async def _send(self, operation: str, question: str) -> Any:
        await self._travel()
        if self._random.random() < self.repeats:
            late = self._random.uniform(0, 2)
            asyncio.get_running_loop().call_later(late, self._store.run, KEYS, operation, question)
        answer = self._store.run(KEYS, operation, question)
        await self._travel()
        return answer

    async def _travel(self) -> None:
        if not self.up:
            raise StoreError("unreachable")
        await asyncio.sleep(self._random.uniform(0, self.slow_s))
        if self._random.random() < self.loses:
            await asyncio.sleep(3600)


@dataclass
class Process:
    """A node, its callers in line, and the calls it has under way."""

    slots: LeasedSlots
    link: Link
    keeper: Keeper
    world: "World"
    urgent: int = 0
    bulk: int = 0
    sent: int = 0
    calls: set[asyncio.Task[None]] = field(default_factory=set)
    alive: bool = True

    def ask(self, *, urgent: int = 0, bulk: int = 0) -> None:
        self.urgent += urgent
        self.bulk += bulk
        self.serve()

    def serve(self) -> None:
        """What a shard does with its line."""
        if not self.alive:
            return
        slots = self.slots
        while self.urgent and slots.take(now()):
            self.urgent -= 1
            self._go(bulk=False)
        while self.bulk and slots.take_bulk(now(), backlog=self.bulk > 1):
            self.bulk -= 1
            self._go(bulk=True)
        slots.demand(now(), urgent=self.urgent, bulk=self.bulk)
        at = slots.wake_at(now(), urgent=self.urgent > 0, bulk=self.bulk > 0)
        if at < now() + 3600:
            asyncio.get_running_loop().call_at(max(at, now() + 0.001), self.serve)

    def _go(self, *, bulk: bool) -> None:
        self.sent += 1
        task = asyncio.create_task(self._call(bulk=bulk))
        self.calls.add(task)
        task.add_done_callback(self.calls.discard)

    async def _call(self, *, bulk: bool) -> None:
        world, random, slots = self.world, self.world.random, self.slots
        fate = random.random()
        if fate < world.voids:
            await asyncio.sleep(random.choice([0.0, 0.1]))
            slots.void(bulk=bulk)
            self.serve()
            return
        takes = random.choice(world.takes)
        if fate > 1 - world.losses:
            takes = world.lease.call_timeout_s
            world.arrives(random.choice([0.0, takes, takes + world.window.abort_guard_s]))
            await asyncio.sleep(takes)
            slots.lose(now())
        else:
            world.arrives(random.choice([0.0, takes, random.uniform(0, takes)]))
            await asyncio.sleep(takes)
            slots.settle(now())
        self.serve()


class World:
    """All processes, their store, and the upstream that counts what arrives.

    Args:
        window: the same for all. lease: the same for all. seed: of everything random.
    """

    def __init__(self, window: LimiterConfig, lease: LeaseConfig, *, seed: int = 0) -> None:
        self.window = window
        self.lease = lease
        self.random = Random(seed)
        self.store = LuaStore(lambda: now() + SERVER_AHEAD_S)
        self.processes: list[Process] = []
        self.arrivals: list[float] = []
        self.takes: tuple[float, ...] = (0.02, 0.1, 0.4)
        self.losses = 0.0
        self.voids = 0.0
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for process in self.processes:
            for call in process.calls:
                call.cancel()
        await self._stack.aclose()

    async def start(self) -> Process:
        """Start one more process."""
        slots = LeasedSlots(self.window, self.lease, node=f"node{len(self.processes)}", clock=now)
        link = Link(self.store, self.random)
        keeper = Keeper(
            slots,
            link,
            lease=self.lease,
            clock=now,
            random=self.random.random,
            changed=lambda: process.serve(),  # noqa: PLW0108  it does not exist yet
        )
        process = Process(slots, link, keeper, self)
        self.processes.append(process)
        await self._stack.enter_async_context(keeper)
        return process

    def kill(self, process: Process) -> None:
        """End a process between two steps; what it sent arrives all the same."""
        process.alive = False
        process.link.up = False
        process.urgent = process.bulk = 0
        for call in process.calls:
            call.cancel()

    def arrives(self, after_s: float) -> None:
        """A call reaches the upstream, whatever becomes of its sender."""
        at = now() + after_s
        asyncio.get_running_loop().call_at(at, self.arrivals.append, at)

    def worst(self) -> int:
        """Most arrivals in any one window."""
        times = sorted(self.arrivals)
        most, oldest = 0, 0
        for newest, at in enumerate(times):
            # A slot may be used again to the very instant, which sums of floats miss by their last digit.
            while times[oldest] <= at - self.window.window_s + 1e-9:
                oldest += 1
            most = max(most, newest - oldest + 1)
        return most
