"""Finds an answer in process, in the shared tier, in flight or upstream; a hit in process never awaits.

Whatever a caller gets was said by Spotify to whoever owns the key, and no longer ago than its policy allows.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from random import Random
from typing import Any, NamedTuple

from cache.clock import CoarseClock
from cache.config import CacheConfig, Eviction
from cache.entry import Answer, Entry
from cache.filler import Filler, Landing, Load
from cache.lru import LruShelf
from cache.observer import CacheObserver, NullObserver, Renewal, Result
from cache.policy import CachePolicy
from cache.s3fifo import S3FifoShelf
from cache.shelf import Shelf
from cache.singleflight import Flight, FlightTimeoutError, SingleFlight
from cache.store import NullStore, Store
from cache.tasks import Tasks


# Named tuples, here and in the gateway's reply, because a hit makes one of each: frozen dataclasses of as many
# fields take 1.6 us together, these 0.7.
class Found(NamedTuple):
    """An answer, how it was come by, and its age in seconds; `key` is the one that it was found under."""

    answer: Answer
    result: Result
    age_s: float
    key: str


@dataclass(frozen=True, slots=True)
class Seed:
    """An answer that came inside another one.

    Attributes:
        key: Under which it is kept.
        answer: What is kept.
        policy: For how long.
        label: Of what it is, for statistics.
        shared: Whether it is worth a place in the shared tier.
    """

    key: str
    answer: Answer
    policy: CachePolicy
    label: str
    shared: bool = True


@dataclass(frozen=True, slots=True)
class _Want:
    """What a caller asks for that is not at hand; see `TieredCache.fetch`."""

    key: str
    load: Load
    policy: CachePolicy
    deadline: float
    label: str
    urgency: int


class TieredCache:
    """The cache that callers see: two tiers and a flight table in front of a load.

    Args:
        config: Bounds and habits.
        clock: Monotonic seconds.
        random: Source of the jitter.
        store: The tier that other processes see.
        excuses: Errors of a load in whose place an older answer is good enough.
        observer: Told of every look-up.
    """

    def __init__(
        self,
        config: CacheConfig,
        *,
        clock: Callable[[], float],
        random: Random,
        store: Store | None = None,
        excuses: tuple[type[Exception], ...] = (),
        observer: CacheObserver | None = None,
    ) -> None:
        self._config = config
        self._clock = clock
        self._coarse = CoarseClock(clock)
        self._shelf = _shelf(config)
        self._store = store or NullStore()
        self._chores = Tasks()
        self._filler = Filler(
            config, shelf=self._shelf, store=self._store, chores=self._chores, clock=clock, random=random
        )
        self._excuses: tuple[type[Exception], ...] = (FlightTimeoutError, *excuses)
        self._observer = observer or NullObserver()
        self._flights: SingleFlight[Landing] = SingleFlight(clock)

    @property
    def used_bytes(self) -> int:
        """Bytes that the in-process tier holds."""
        return self._shelf.used_bytes

    @property
    def evictions(self) -> int:
        """Entries that had to make room for others."""
        return self._shelf.evictions

    @property
    def flights(self) -> int:
        """Loads under way."""
        return len(self._flights)

    def __len__(self) -> int:
        return len(self._shelf)

    def peek(self, key: str) -> Answer | None:
        """Return the answer that a hit in process would give now; it is no look-up, for statistics or eviction."""
        now = self._clock()
        entry = self._shelf.peek(key, now)
        return None if entry is None or entry.fresh_until <= now else entry.answer

    def fresh(self, key: str, label: str, *, errors: bool = True) -> Found | None:
        """Return the answer of `key` if it is a hit in process; anything else does not count as a look-up.

        `errors` says whether an answer that is an error is one.
        """
        now = self._coarse.now or self._coarse.read()
        entry = self._shelf.get(key, now)
        if entry is None or entry.fresh_until <= now:
            return None
        if not errors and entry.answer.status >= HTTPStatus.BAD_REQUEST:
            return None
        self._observer.looked_up(label, "hit")
        # The coarse clock may be behind the one that stored it.
        return Found(entry.answer, "hit", max(0.0, now - entry.stored_at), key)

    async def fetch(
        self,
        key: str,
        load: Load,
        *,
        policy: CachePolicy,
        deadline: float,
        label: str,
        urgency: int = 0,
        others: Sequence[str] = (),
    ) -> Found:
        """Return the answer of `key`, loading it at most once however many ask.

        Args:
            key: What is asked for.
            load: Fetches it.
            policy: How long the answer may be used.
            deadline: When this caller gives up.
            label: From a closed set, for statistics.
            urgency: Of this caller; 0 is the most urgent. A load reads that of its flight.
            others: Keys whose answers do as well, if one is fresh in some tier and `key` is not fresh in process.

        Raises:
            FlightTimeoutError: `deadline` passed first, and nothing older may be served.
            Exception: What `load` raised, if nothing older may be served.
        """
        for one in (key, *others):
            if (found := self.fresh(one, label)) is not None:
                return found
        want = _Want(key, load, policy, deadline, label, urgency)
        if (found := self._renewing(want)) is not None:
            return found
        # Not inside the flight: whoever joins it may not take these.
        if (found := await self._elsewhere(others, policy, label)) is not None:
            return found

        return await self._landed(want)

    def seed(self, seeds: Iterable[Seed], flight: Flight[Landing]) -> None:
        """Keep answers that came inside the one that `flight` loaded, unless the known ones are young enough."""
        now = self._clock()
        for seed in seeds:
            known = self._shelf.peek(seed.key, now)
            needless = known is not None and known.fresh_until > now + seed.policy.ttl_s / 2
            if not needless and not flight.outdated:
                self._filler.keep(seed.key, seed.answer, seed.policy, shared=seed.shared)
                self._observer.filled(seed.label)

    def forget(self, prefix: str = "") -> None:
        """Drop from this process what is kept under keys that begin with `prefix`, and what is being loaded."""
        self._flights.outdate(prefix)
        self._filler.dropped()
        if prefix:
            self._shelf.discard_owner(prefix)
        else:
            self._shelf.clear()

    def purge(self, prefix: str) -> None:
        """Delete what is kept under keys that begin with `prefix`: here at once, then in every process."""
        self.forget(prefix)
        self._chores.start(self._purge(prefix, self._chores.under_way), name="cache.chore")

    async def close(self) -> None:
        """End every load and release the shared tier."""
        await self._flights.close()
        await self._chores.finish()
        await self._store.close()
        self._coarse.close()

    async def _landed(self, want: _Want) -> Found:
        """Return what the flight of a key brings, or what stands in for it."""
        key, label = want.key, want.label

        async def fill(flight: Flight[Landing]) -> Landing:
            return await self._filler.fill(key, want.load, flight=flight, policy=want.policy)

        try:
            (entry, source), led = await self._flights.do(key, fill, deadline=want.deadline, urgency=want.urgency)
        except self._excuses:
            kept = self._shelf.peek(key, self._clock())
            if kept is None:
                raise
            self._rest(kept, want.deadline)
            return self._found(key, kept, "stale", label)
        if source == "stale" and led and self._shelf.peek(key, self._clock()) is not entry:
            # There was no room for it, so the next reader will not find that it wants renewing.
            self._renew(entry, want)
        return self._found(key, entry, source if led or source == "stale" else "joined", label)

    def _renewing(self, want: _Want) -> Found | None:
        """Return what may be served past its time, and see to it that somebody asks for better."""
        now = self._clock()
        entry = self._shelf.peek(want.key, now)
        if entry is None:
            return None
        rests = entry.refresh_at > now and want.deadline <= entry.tried_for
        if entry.stale_until <= now and not rests:
            return None
        if entry.refresh_at <= now:
            self._renew(entry, want)
        return self._found(want.key, entry, "stale", want.label)

    def _renew(self, entry: Entry, want: _Want) -> None:
        """Ask for better than `entry` in the background, unless somebody is at it."""

        async def renew(flight: Flight[Landing]) -> Landing:
            outcome: Renewal = "failed"
            try:
                landing = await self._filler.fill(want.key, want.load, flight=flight, policy=want.policy)
                outcome = "elsewhere" if landing[1] == "shared" else "renewed"
            finally:
                # Begun again for somebody in a hurry, it has not failed.
                if not flight.hurried:
                    self._ended(entry, outcome, flight, want.label)
            return landing

        self._flights.start(want.key, renew, deadline=self._clock() + self._config.refresh_s)

    def _ended(self, entry: Entry, outcome: Renewal, flight: Flight[Landing], label: str) -> None:
        if outcome == "failed":
            self._rest(entry, flight.deadline)
        self._observer.renewed(label, outcome)

    async def _purge(self, prefix: str, chores: "frozenset[asyncio.Task[Any]]") -> None:
        # An answer on its way to the shared tier would arrive behind the purge, and stay.
        if chores:
            await asyncio.wait(chores)
        await self._store.purge(prefix)

    def _rest(self, entry: Entry, tried_until: float) -> None:
        """Let nobody ask for a while who would give up no later than somebody did who asked in vain."""
        retry_s = self._config.retry_s
        entry.refresh_at = self._clock() + retry_s
        # During the rest those with the same patience give up later by that much at most.
        entry.tried_for = max(entry.tried_for, tried_until + retry_s)

    async def _elsewhere(self, keys: Sequence[str], policy: CachePolicy, label: str) -> Found | None:
        landings = await asyncio.gather(*(self._filler.look(key, policy) for key in keys))
        for key, landing in zip(keys, landings, strict=True):
            if landing is not None:
                return self._found(key, *landing, label)
        return None

    def _found(self, key: str, entry: Entry, result: Result, label: str) -> Found:
        self._observer.looked_up(label, result)
        return Found(entry.answer, result, self._clock() - entry.stored_at, key)


def _shelf(config: CacheConfig) -> Shelf:
    shelves: dict[Eviction, Callable[..., Shelf]] = {"s3fifo": S3FifoShelf, "lru": LruShelf}
    return shelves[config.eviction](max_bytes=config.max_bytes, max_entries=config.max_entries)
