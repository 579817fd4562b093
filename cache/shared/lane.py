"""Questions of one loop tick leave as one batch; each is answered by its deadline, with an answer or with none.

Cancelling who asks changes nothing for the batch, which belongs to the lane.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, Generic, TypeVar

from redis.exceptions import RedisError

from cache.shared.breaker import Breaker
from cache.shared.observer import Kind, Outcome, SharedObserver
from cache.tasks import AGAIN_S, Tasks

MOST_UNDER_WAY: Final = 4
"""Batches on the way at once, each on its own connection. What comes meanwhile makes the next one larger."""

Item = TypeVar("Item")


class Unanswered(Enum):
    """What comes back where Redis said nothing: it failed, was too slow, or was not asked because it just did."""

    UNANSWERED = "unanswered"


UNANSWERED: Final = Unanswered.UNANSWERED


@dataclass(slots=True, eq=False)
class _Batch(Generic[Item]):
    since: float
    timer: asyncio.TimerHandle
    items: list[Item] = field(default_factory=list)
    futures: list[asyncio.Future[Any]] = field(default_factory=list)
    task: asyncio.Task[None] | None = None
    settled: bool = False


class Lane(Generic[Item]):
    """Carries questions of one kind. Use it on one loop.

    Args:
        kind: What the observer calls it.
        send: Answers as many questions as it is given, in their order; an answer may be an exception.
        deadline_s: How long a batch may take, counted from its first question.
        most: Questions in one batch.
        breaker: Asked before a batch is begun, told how it ended.
        observer: Told of every batch.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        kind: Kind,
        send: Callable[[Sequence[Item]], Awaitable[Sequence[object]]],
        *,
        deadline_s: float,
        most: int,
        breaker: Breaker,
        observer: SharedObserver,
        clock: Callable[[], float],
    ) -> None:
        self._kind = kind
        self._send = send
        self._deadline_s = deadline_s
        self._most = most
        self._breaker = breaker
        self._observer = observer
        self._clock = clock
        self._waiting: deque[_Batch[Item]] = deque()
        self._under_way = 0
        self._tasks = Tasks()
        self._closed = False

    async def ask(self, item: Item) -> Any:
        """Return the answer to one question, which may be an exception, or `UNANSWERED`."""
        waiting = self._waiting
        joined = waiting[-1] if waiting and len(waiting[-1].items) < self._most else None
        batch = joined or self._begun()
        if batch is None:
            return UNANSWERED
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        batch.items.append(item)
        batch.futures.append(future)
        return await future

    async def close(self) -> None:
        """Leave every question unanswered that is open, and answer none from now on."""
        self._closed = True
        while self._waiting:
            self._settle(self._waiting.popleft(), None, "skipped")
        await self._tasks.close()

    def _begun(self) -> _Batch[Item] | None:
        if self._closed:
            return None
        if not self._breaker.admits():
            self._observer.batch_sent(self._kind, 1, outcome="skipped", seconds=0.0)
            return None
        loop = asyncio.get_running_loop()
        batch: _Batch[Item] = _Batch(self._clock(), loop.call_later(self._deadline_s, lambda: self._expire(batch)))
        self._waiting.append(batch)
        # Runs after everything that this turn of the loop has still to do, so all who ask in it share the batch.
        loop.call_soon(self._flush)
        return batch

    def _flush(self) -> None:
        while self._waiting and self._under_way < MOST_UNDER_WAY:
            batch = self._waiting.popleft()
            self._under_way += 1
            batch.task = self._tasks.start(self._carry(batch), name=f"cache.shared.{self._kind}")

    async def _carry(self, batch: _Batch[Item]) -> None:
        try:
            replies = await self._send(batch.items)
        except (RedisError, OSError):
            self._settle(batch, None, "error")
        else:
            refused = any(isinstance(reply, Exception) for reply in replies)
            self._settle(batch, replies, "error" if refused else "ok")
        finally:
            # Whatever else may end this, nobody waits for ever.
            self._settle(batch, None, "error")
            batch.timer.cancel()
            self._under_way -= 1
            self._flush()

    def _expire(self, batch: _Batch[Item]) -> None:
        self._settle(batch, None, "timeout")
        if batch.task is None:
            self._waiting.remove(batch)
        elif not batch.task.done():
            batch.task.cancel()
            # A batch that never ends would keep its place, and four of them the lane.
            batch.timer = asyncio.get_running_loop().call_later(AGAIN_S, self._expire, batch)

    def _settle(self, batch: _Batch[Item], replies: Sequence[object] | None, outcome: Outcome) -> None:
        if batch.settled:
            return
        batch.settled = True
        batch.timer.cancel()
        if replies is None:
            self._breaker.failed()
        else:
            self._breaker.worked()
        seconds = self._clock() - batch.since
        self._observer.batch_sent(self._kind, len(batch.items), outcome=outcome, seconds=seconds)
        answers = [UNANSWERED] * len(batch.items) if replies is None else replies
        for future, answer in zip(batch.futures, answers, strict=True):
            if not future.done():
                future.set_result(answer)
