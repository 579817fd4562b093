"""Keeps the talk between one client id's leased slots and their store going; never has two questions under way.

Nothing here decides what may leave: a keeper that is slow, stuck or dead lets leases run out, and nothing else.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import aclosing, suppress
from types import TracebackType
from typing import Any, Self

from limiter.alarm import TICK_S
from limiter.lease.config import LeaseConfig
from limiter.lease.messages import PauseReply, StoreError, ms
from limiter.lease.slots import LeasedSlots
from limiter.lease.store import LeaseStore

JITTER_S = 0.01

_AGAIN_S = 0.05


class Keeper:
    """Syncs while entered; leaving signs the node off. Enter and leave it in the task that owns it.

    Args:
        slots: whose slots to trade.
        store: where.
        lease: the same that the slots have.
        clock: monotonic seconds, the slots' own.
        random: numbers from [0, 1).
        changed: called after each answer, failure or end of a lease: whoever waits should look again.
    """

    def __init__(
        self,
        slots: LeasedSlots,
        store: LeaseStore,
        *,
        lease: LeaseConfig,
        clock: Callable[[], float],
        random: Callable[[], float],
        changed: Callable[[], None],
    ) -> None:
        self._slots = slots
        self._store = store
        self._lease = lease
        self._clock = clock
        self._random = random
        self._changed = changed
        self._urged = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._slots.wake = self._urged.set
        self._tasks = [asyncio.create_task(self._talk()), asyncio.create_task(self._listen())]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pending = set(self._tasks)
        while pending:
            # redis-py swallows a cancellation that comes while it connects, so it may have to be said again.
            for task in pending:
                task.cancel()
            _, pending = await asyncio.wait(pending, timeout=_AGAIN_S)
        await self._sign_off()
        for task in self._tasks:
            if not task.cancelled() and (failure := task.exception()) is not None:
                raise failure

    # Pauses. Each raises StoreError if the store does not answer.

    async def pause(self, scope: str, rest_s: float) -> PauseReply:
        """Stop every process for so long. A word that is lost on the way is said again with the next sync."""
        until = self._clock() + rest_s
        try:
            return await self._answer(self._store.pause(self._slots.node, scope, rest_ms=ms(rest_s)))
        except StoreError:
            self._slots.paused(scope, until)
            raise

    async def open(self, scope: str, *, mark: int, ramp: bool) -> bool:
        """End the pause with this mark everywhere; False if it is gone or a newer one came.

        Args:
            scope: whose pause.
            mark: which of them, as `LeasedSlots.pauses` told.
            ramp: it was the client id's, so all nodes start over with a quarter of the limit.
        """
        return (await self._answer(self._store.open(self._slots.node, scope, mark=mark, ramp=ramp))).done

    async def probe(self, scope: str, timeout_s: float) -> bool:
        """Be the one among all processes that tries the end of a pause."""
        return (await self._answer(self._store.probe(self._slots.node, scope, timeout_ms=ms(timeout_s)))).done

    async def give_up(self, scope: str) -> bool:
        """Let another process try it."""
        return (await self._answer(self._store.give_up(self._slots.node, scope))).done

    async def _answer(self, asked: Coroutine[Any, Any, PauseReply]) -> PauseReply:
        try:
            async with asyncio.timeout(self._lease.deadline_s):
                reply = await asked
        except TimeoutError:
            raise StoreError("the store did not answer in time") from None
        self._slots.urge()
        return reply

    # The talk

    async def _talk(self) -> None:
        while True:
            await self._until_due()
            question = self._slots.question(self._clock())
            try:
                async with asyncio.timeout(self._lease.deadline_s):
                    reply = await self._store.sync(question)
            except (StoreError, TimeoutError):
                self._slots.missed(self._clock())
                self._changed()
                await asyncio.sleep(self._lease.ttl_s * (0.5 + 0.5 * self._random()))
            else:
                self._slots.heard(reply, self._clock())
                self._changed()

    async def _until_due(self) -> None:
        slots = self._slots
        while True:
            self._urged.clear()
            now = self._clock()
            at = slots.sync_at(now)
            if at <= now:
                break
            with suppress(TimeoutError):
                async with asyncio.timeout(max(TICK_S, at - now)):
                    await self._urged.wait()
        if slots.crowded:
            # Who asks first gets the slot that several wait for; a few random ms keep that from being the nearest.
            await asyncio.sleep(JITTER_S * self._random())

    async def _listen(self) -> None:
        while True:
            with suppress(StoreError):
                async with aclosing(self._store.pushes()) as pushes:
                    async for push in pushes:
                        self._slots.pushed(push, self._clock())
            await asyncio.sleep(self._lease.ttl_s * (1.0 + self._random()))

    async def _sign_off(self) -> None:
        if self._slots.has_joined:
            with suppress(StoreError, TimeoutError):
                async with asyncio.timeout(self._lease.deadline_s):
                    await self._store.leave(self._slots.farewell(self._clock()))
