"""The limiter of several processes: they lease each client id's slots from one Redis, and share its pauses."""

import random as _random
from collections.abc import Callable
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

from redis.asyncio import Redis

from limiter.book import JournalBook
from limiter.config import LimiterConfig
from limiter.key import LimitKey
from limiter.lease.book import SharedBook
from limiter.lease.config import LeaseConfig
from limiter.lease.keeper import Keeper
from limiter.lease.slots import LeasedSlots
from limiter.lease.store import RedisLeaseStore
from limiter.local import LocalLimiter
from limiter.observer import NULL_OBSERVER, LimiterObserver
from limiter.shard import Shard


class SharedLimiter(LocalLimiter):
    """See `LocalLimiter`. Join every client id before its first call. Enter the limiter, and leave it at the end.

    Args:
        config: sizes and times; the same in all processes.
        redis: made by `connect`, owned and closed by the caller.
        lease: times and shares of the leases; the same in all processes.
        node: name of this process, in letters, digits, _ and -; never used by another one, nor by an earlier one.
        clock: monotonic seconds; deadlines are times on it.
        random: numbers from [0, 1).
        observer: hears of every grant, refusal, outcome and pause.
    """

    def __init__(
        self,
        config: LimiterConfig,
        redis: Redis,
        *,
        node: str,
        clock: Callable[[], float],
        lease: LeaseConfig | None = None,
        random: Callable[[], float] = _random.random,
        observer: LimiterObserver = NULL_OBSERVER,
    ) -> None:
        super().__init__(config, clock=clock, random=random, observer=observer, guarded=True)
        self._redis = redis
        self._lease = lease or LeaseConfig()
        self._node = node
        self._stack = AsyncExitStack()

    async def join(self, account: str, client_id: str) -> None:
        """Begin to share a client id's slots."""
        key = LimitKey(account, client_id, "")
        shared = self._account(account)
        slots = LeasedSlots(self._config, self._lease, node=self._node, clock=self._clock)
        store = RedisLeaseStore(self._redis, account, client_id)

        def changed() -> None:
            book.heard(shard, self._clock())

        keeper = Keeper(slots, store, lease=self._lease, clock=self._clock, random=self._random, changed=changed)
        written = JournalBook(self._journal, account, client_id, config=self._config)
        book = SharedBook(
            written,
            slots,
            keeper,
            account=shared,
            client_id=client_id,
            probe_timeout_s=self._config.probe_timeout_s,
            clock=self._clock,
        )
        shard = self._add_shard(key, slots, book)
        for scope, rest_s in written.rests():
            # Redis may have forgotten it; if not, the later end holds.
            book.remind(scope, rest_s, shard)
        await self._stack.enter_async_context(keeper)
        self._stack.push_async_callback(book.close)

    def _new_shard(self, key: LimitKey) -> Shard:
        raise LookupError(f"join {key.account} / {key.client_id} before its first call")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
        await self._stack.aclose()
