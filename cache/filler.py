"""Fills one key: from the shared tier, from another process's load, or upstream; each process asks for it once.

What was purged while it was being loaded is handed to those who wait for it, and kept nowhere.
"""

import asyncio
from collections.abc import Awaitable, Callable
from random import Random
from typing import TypeAlias

from cache.config import CacheConfig
from cache.entry import Answer, Entry
from cache.observer import Result
from cache.policy import CachePolicy, Spans
from cache.shelf import Shelf
from cache.singleflight import Flight
from cache.store import Store
from cache.tasks import Tasks

Landing = tuple[Entry, Result]

_SLOWER = 1.5
_SLOWEST = 10
"""A load that takes long waits for the budget, and will take longer: looking often would only cost Redis."""

_Put: TypeAlias = asyncio.Task[None]

Load = Callable[[Flight[Landing], Answer | None], Awaitable[Answer]]
"""Fetches an answer before `flight.deadline`, and commits the flight once that has cost something.

It is given what is known already, if that has a validator: when nothing has changed, it returns that very object.
"""


class Filler:
    """Carries answers from where they are to where they are found faster.

    Args:
        config: Bounds and habits.
        shelf: The tier in process.
        store: The tier that other processes see.
        chores: Runs what a reply need not wait for.
        clock: Monotonic seconds.
        random: Source of the jitter.
    """

    def __init__(
        self,
        config: CacheConfig,
        *,
        shelf: Shelf,
        store: Store,
        chores: Tasks,
        clock: Callable[[], float],
        random: Random,
    ) -> None:
        self._config = config
        self._shelf = shelf
        self._store = store
        self._chores = chores
        self._clock = clock
        self._random = random
        self._drops = 0

    def dropped(self) -> None:
        """Take note that something was dropped from the shelf, and must not come back with a look under way."""
        self._drops += 1

    async def fill(self, key: str, load: Load, *, flight: Flight[Landing], policy: CachePolicy) -> Landing:
        """Return the answer of `key`, which is not fresh in process.

        Raises:
            Exception: What `load` raised.
        """
        if not policy.keeps:
            return self._entry(await load(flight, None), policy.spans_for(0)), "miss"
        if (landing := await self.look(key, policy, flight=flight)) is not None:
            return landing
        pause_s = self._config.poll_s
        while not await self._store.claim(key):
            # Another process is at it. It keeps its claim for as long as it lives, so this ends.
            await asyncio.sleep(pause_s)
            pause_s = min(_SLOWEST * self._config.poll_s, _SLOWER * pause_s)
            if (landing := await self.look(key, policy, flight=flight)) is not None:
                return landing
        put: _Put | None = None
        try:
            # Between the look and the claim, the one who had it may have stored its answer and given it up.
            landing = await self.look(key, policy, flight=flight)
            if landing is None:
                landing, put = await self._ask(key, load, flight=flight, policy=policy)
            return landing
        finally:
            self._chores.start(self._give_up(key, put), name="cache.chore")

    async def look(
        self, key: str, policy: CachePolicy, *, flight: Flight[Landing] | None = None
    ) -> Landing | None:
        """Return what the shared tier has, if it may be served; what is too old for that is kept for bad times."""
        drops = self._drops
        stored = await self._store.get(key)
        if stored is None:
            return None
        # A flight knows of its own key; a look by itself heeds whatever was dropped, which is rare.
        outdated = flight.outdated if flight else drops != self._drops
        now = self._clock()
        entry = Entry(
            stored.answer,
            stored_at=now - stored.age_s,
            fresh_until=now + stored.fresh_s,
            stale_until=now + stored.fresh_s + policy.stale_s,
            kept_until=now + stored.kept_s,
        )
        known = self._shelf.peek(key, now)
        if (known is None or known.stored_at < entry.stored_at) and not outdated:
            self._shelf.put(key, entry)
        if entry.fresh_until > now:
            return entry, "shared"
        # A renewal wants better than this; a caller does not, and the next one finds it in process and renews it.
        return (entry, "stale") if entry.stale_until > now and flight and not flight.background else None

    def keep(self, key: str, answer: Answer, policy: CachePolicy, *, shared: bool = True) -> None:
        """Put `answer`, just come from Spotify, in the tier in process and, a little later, in the shared one."""
        self._keep(key, answer, policy, shared=shared)

    def _keep(
        self, key: str, answer: Answer, policy: CachePolicy, *, shared: bool = True
    ) -> tuple[Entry, _Put | None]:
        spans = self._within_bounds(policy.spans_for(answer.status))
        entry = self._entry(answer, spans)
        if not spans.fresh_s:
            return entry, None
        self._shelf.put(key, entry)
        if not shared:
            return entry, None
        putting = self._store.put(key, answer, fresh_s=spans.fresh_s, kept_s=spans.kept_s)
        return entry, self._chores.start(putting, name="cache.chore")

    async def _ask(
        self, key: str, load: Load, *, flight: Flight[Landing], policy: CachePolicy
    ) -> tuple[Landing, _Put | None]:
        known = self._shelf.peek(key, self._clock())
        answer = await load(flight, known.answer if known is not None and known.answer.etag else None)
        if flight.outdated:
            return (self._entry(answer, policy.spans_for(0)), "miss"), None
        entry, put = self._keep(key, answer, policy)
        return (entry, "miss"), put

    async def _give_up(self, key: str, put: _Put | None) -> None:
        """Release the claim, but not before the answer is there: whoever gets it then would load once more."""
        if put is not None:
            await asyncio.wait({put})
        await self._store.release(key)

    def _entry(self, answer: Answer, spans: Spans) -> Entry:
        now = self._clock()
        return Entry(
            answer,
            stored_at=now,
            fresh_until=now + spans.fresh_s,
            stale_until=now + spans.stale_s,
            kept_until=now + spans.kept_s,
        )

    def _within_bounds(self, spans: Spans) -> Spans:
        """Shorten the spans a little at random, since what came together must not end together, and to the cap."""
        jitter_s = spans.fresh_s * self._random.uniform(0, self._config.ttl_jitter)
        most = self._config.keep_s
        return Spans(
            *(min(most, max(0.0, span_s - jitter_s)) for span_s in (spans.fresh_s, spans.stale_s, spans.kept_s))
        )
