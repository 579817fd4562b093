"""The limiter of a single process: routes every key to the shard that owns its window."""

import random as _random
from collections.abc import Callable
from functools import partial

from limiter.config import LimiterConfig
from limiter.errors import Refused
from limiter.key import LimitKey, Priority
from limiter.limiter import Limiter, LimitStatus
from limiter.observer import NULL_OBSERVER, LimiterObserver
from limiter.permit import Permit
from limiter.quotas import Quotas
from limiter.shard import Shard


class LocalLimiter(Limiter):
    """Counts every client id of every account by itself; the quota of a family is paused for the whole account.

    Args:
        config: sizes and times, the same for every client id.
        clock: monotonic seconds; deadlines are times on it.
        random: numbers from [0, 1).
        observer: hears of every grant, refusal, outcome and pause.
    """

    def __init__(
        self,
        config: LimiterConfig,
        *,
        clock: Callable[[], float],
        random: Callable[[], float] = _random.random,
        observer: LimiterObserver = NULL_OBSERVER,
    ) -> None:
        self._observer = observer
        self._closed = False
        self._new_shard = partial(Shard, config, clock=clock, random=random, observer=observer)
        self._new_quotas = partial(Quotas, probe_timeout_s=config.probe_timeout_s)
        # Neither dict is ever pruned: accounts and client ids come from the settings, so no caller can add one,
        # and dropping a window would forget calls that the upstream still counts.
        self._shards: dict[tuple[str, str], Shard] = {}
        self._quotas: dict[str, Quotas] = {}

    async def acquire(self, key: LimitKey, *, priority: Priority, deadline: float) -> Permit:
        """See `Limiter.acquire`. While a slot is free this neither suspends nor reads the clock."""
        if self._closed:
            self._observer.refused(key, priority, reason="shutdown")
            raise Refused("shutdown")
        shard = self._shards.get((key.account, key.client_id)) or self._shard(key)
        return shard.try_take(key, priority) or await shard.wait(key, priority, deadline=deadline)

    def predict(self, key: LimitKey, *, priority: Priority = Priority.INTERACTIVE, calls: int = 1) -> float:
        """See `Limiter.predict`. There is one line for all, so the priority makes no difference yet."""
        del priority
        return self._shard(key).eta_s(key.family, calls)

    def status(self, key: LimitKey) -> LimitStatus:
        """See `Limiter.status`."""
        return self._shard(key).status(key.family)

    def resize(self, key: LimitKey, calls: int) -> None:
        """Change the number of slots of the key's client id; calls already counted stay counted.

        Raises:
            ValueError: fewer than one slot.
        """
        self._shard(key).resize(calls)

    async def close(self) -> None:
        """See `Limiter.close`."""
        self._closed = True
        for shard in self._shards.values():
            shard.close()

    def _shard(self, key: LimitKey) -> Shard:
        name = (key.account, key.client_id)
        shard = self._shards.get(name)
        if shard is None:
            if key.account not in self._quotas:
                self._quotas[key.account] = self._new_quotas()
            quotas = self._quotas[key.account]
            shard = self._shards[name] = self._new_shard(quotas)
            quotas.tell(shard.review)
        return shard
