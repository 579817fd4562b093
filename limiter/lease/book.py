"""What one client id tells the other processes of its account, and hears from them: pauses and the day's calls.

A pause that one process met holds for all, one of them tries its end, and its answer opens it for all. What is met
here takes effect here at once; the store is told meanwhile, and what it says later is the last word.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from functools import partial
from typing import Any, TypeAlias

from limiter.account import Account
from limiter.book import Book
from limiter.lease.keeper import Keeper
from limiter.lease.messages import StoreError
from limiter.lease.slots import LeasedSlots
from limiter.pause import Pause
from limiter.shard import Shard

Errand: TypeAlias = Callable[[], Coroutine[Any, Any, object]]


class SharedBook:
    """A `Book` that also tells the store. Enter its keeper before the first call, and `close` it after the last.

    Args:
        book: what to write down here, for a restart.
        slots: the client id's.
        keeper: their keeper.
        account: whose families it shares.
        client_id: the client id.
        probe_timeout_s: how long a prober may take.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        book: Book,
        slots: LeasedSlots,
        keeper: Keeper,
        *,
        account: Account,
        client_id: str,
        probe_timeout_s: float,
        clock: Callable[[], float],
    ) -> None:
        self._book = book
        self._slots = slots
        self._keeper = keeper
        self._account = account
        self._client = f"client:{client_id}"
        self._probe_timeout_s = probe_timeout_s
        self._clock = clock
        self._errands: set[asyncio.Task[None]] = set()
        self._probing: set[str] = set()
        # Of each pause that the store told: its mark, by which a new one is known.
        self._marks: dict[str, int] = {}

    def took(self, family: str) -> None:
        """See `Book.took`."""
        self._book.took(family)
        self._slots.called(family)

    def answered(self) -> None:
        """See `Book.answered`."""
        self._book.answered()

    def lost(self) -> None:
        """See `Book.lost`."""
        self._book.lost()

    def unused(self) -> None:
        """See `Book.unused`."""
        self._book.unused()

    def paused(self, scope: str, rest_s: float) -> None:
        """See `Book.paused`."""
        self._book.paused(scope, rest_s)
        self._run(partial(self._keeper.pause, self._name(scope), rest_s))

    def resumed(self, scope: str) -> None:
        """See `Book.resumed`."""
        self._book.resumed(scope)
        name = self._name(scope)
        if name in self._marks:
            self._run(partial(self._keeper.open, name, mark=self._marks[name], ramp=not scope))

    def gave_up(self, scope: str) -> None:
        """See `Book.gave_up`."""
        self._run(partial(self._keeper.give_up, self._name(scope)))

    def heard(self, shard: Shard, now: float) -> None:
        """The store said something, or was not reached: do here what was done elsewhere, and look who may go."""
        self._count_the_day(now)
        for scope, pause in self._pauses(shard):
            self._agree(scope, pause, now)
            if shard.waiting and pause.needs_leave(now):
                self._ask_for_leave(scope, pause, shard, now)
        self._marks = {name: pause.mark for name, pause in self._slots.pauses.items()}
        self._account.changed()

    async def close(self) -> None:
        """Drop what was still to be told."""
        for errand in self._errands:
            errand.cancel()
        await asyncio.gather(*self._errands, return_exceptions=True)

    def remind(self, scope: str, rest_s: float, shard: Shard) -> None:
        """Tell the store of a pause that an earlier process wrote down, and keep to it meanwhile."""
        self._slots.paused(self._name(scope), self._clock() + rest_s)
        pause = self._account.family(scope).pause if scope else shard.pause
        pause.begin(self._clock() + rest_s)
        self._account.changed()

    def _count_the_day(self, now: float) -> None:
        for name, calls in self._slots.sums.items():
            day = self._account.family(name).day
            day.elsewhere = max(0, calls - (day.used(now) - day.elsewhere))

    def _agree(self, scope: str, pause: Pause, now: float) -> None:
        name = self._name(scope)
        told = self._slots.pauses.get(name)
        if told is None:
            # One that the store has not heard of yet is no news of its end.
            if name in self._marks and not pause.is_open:
                pause.end()
                self._book.resumed(scope)
        elif told.mark != self._marks.get(name):
            pause.begin(told.until)
            self._book.paused(scope, told.until - now)

    def _ask_for_leave(self, scope: str, pause: Pause, shard: Shard, now: float) -> None:
        told = self._slots.pauses.get(self._name(scope))
        if told is not None and told.probed_until <= now and scope not in self._probing:
            self._run(partial(self._probe, scope, pause, shard))

    async def _probe(self, scope: str, pause: Pause, shard: Shard) -> None:
        self._probing.add(scope)
        try:
            if await self._keeper.probe(self._name(scope), self._probe_timeout_s):
                pause.allow()
                shard.review()
                if pause.revoke():
                    # Whoever wanted to go has left meanwhile.
                    await self._keeper.give_up(self._name(scope))
        finally:
            self._probing.discard(scope)

    def _pauses(self, shard: Shard) -> Iterator[tuple[str, Pause]]:
        for name in self._slots.pauses:
            if name.startswith("family:"):
                self._account.family(name.removeprefix("family:"))
        yield "", shard.pause
        yield from [(family.name, family.pause) for family in self._account.families.values()]

    def _name(self, scope: str) -> str:
        return f"family:{scope}" if scope else self._client

    def _run(self, errand: Errand) -> None:
        task = asyncio.get_running_loop().create_task(_quietly(errand))
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)


async def _quietly(errand: Errand) -> None:
    # A pause that could not be told goes out with the next sync; for the rest the store's own timeouts make up.
    with suppress(StoreError):
        await errand()
