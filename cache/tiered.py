"""Finds an answer in process, in the shared tier, in flight or upstream; a hit in process never awaits."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import Random

from cache.config import CacheConfig
from cache.entry import Answer, Entry
from cache.memory import MemoryStore
from cache.observer import CacheObserver, NullObserver, Result
from cache.policy import CachePolicy
from cache.singleflight import Flight, SingleFlight
from cache.store import NullStore, Store

Load = Callable[[Flight[tuple[Entry, Result]]], Awaitable[Answer]]
"""Fetches an answer before `flight.deadline`, and commits the flight once that has cost something."""


@dataclass(frozen=True, slots=True)
class Found:
    """An answer, how it was come by, and its age in seconds."""

    answer: Answer
    result: Result
    age_s: float


class TieredCache:
    """The cache that callers see: two tiers and a flight table in front of a load.

    Args:
        config: Bounds.
        clock: Monotonic seconds.
        random: Source of the jitter.
        shared: The tier that other processes see.
        observer: Told of every look-up.
    """

    def __init__(
        self,
        config: CacheConfig,
        *,
        clock: Callable[[], float],
        random: Random,
        shared: Store | None = None,
        observer: CacheObserver | None = None,
    ) -> None:
        self._config = config
        self._clock = clock
        self._random = random
        self._memory = MemoryStore(config.max_bytes)
        self._shared = shared or NullStore()
        self._observer = observer or NullObserver()
        self._flights: SingleFlight[tuple[Entry, Result]] = SingleFlight(clock)

    @property
    def used_bytes(self) -> int:
        """Bytes that the in-process tier holds."""
        return self._memory.used_bytes

    def __len__(self) -> int:
        return len(self._memory)

    def peek(self, key: str) -> Answer | None:
        """Return the answer that a hit in process would give now; it is no look-up, for statistics or eviction."""
        entry = self._memory.peek(key, self._clock())
        return None if entry is None else entry.answer

    def fresh(self, key: str, label: str) -> Found | None:
        """Return the answer of `key` if it is a hit in process; anything else does not count as a look-up."""
        now = self._clock()
        entry = self._memory.get(key, now)
        if entry is None:
            return None
        self._observer.looked_up(label, "hit")
        return Found(entry.answer, "hit", now - entry.stored_at)

    async def fetch(self, key: str, load: Load, *, policy: CachePolicy, deadline: float, label: str) -> Found:
        """Return the answer of `key`, loading it at most once however many ask.

        Raises:
            FlightTimeoutError: `deadline` passed first.
            Exception: What `load` raised.
        """
        if (found := self.fresh(key, label)) is not None:
            return found

        async def fill(flight: Flight[tuple[Entry, Result]]) -> tuple[Entry, Result]:
            return await self._fill(key, load, flight, policy=policy)

        (entry, source), led = await self._flights.do(key, fill, deadline=deadline)
        result: Result = source if led else "joined"
        self._observer.looked_up(label, result)
        return Found(entry.answer, result, self._clock() - entry.stored_at)

    async def _fill(
        self, key: str, load: Load, flight: Flight[tuple[Entry, Result]], *, policy: CachePolicy
    ) -> tuple[Entry, Result]:
        shared = await self._shared.get(key)
        if shared is not None:
            answer, fresh_s = shared
            return self._keep(key, answer, ttl_s=fresh_s), "shared"
        answer = await load(flight)
        ttl_s = policy.ttl_for(answer.status) * self._random.uniform(1 - self._config.ttl_jitter, 1)
        entry = self._keep(key, answer, ttl_s=ttl_s)
        if ttl_s > 0:
            await self._shared.put(key, answer, ttl_s=ttl_s)
        return entry, "miss"

    def _keep(self, key: str, answer: Answer, *, ttl_s: float) -> Entry:
        now = self._clock()
        entry = Entry(answer, now, now + ttl_s)
        if ttl_s > 0:
            self._memory.put(key, entry)
        return entry

    async def close(self) -> None:
        """End every load and release the shared tier."""
        await self._flights.close()
        await self._shared.close()
