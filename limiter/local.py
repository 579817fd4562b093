"""The limiter of a single process: routes every key to the shard that owns its window."""

import random as _random
from collections.abc import Callable
from functools import partial
from typing import Final

from limiter.account import Account
from limiter.book import NULL_BOOK, Book, JournalBook, remember
from limiter.config import LimiterConfig
from limiter.discovery import Discovery, DiscoveryConfig
from limiter.journal import NULL_JOURNAL, Journal
from limiter.key import LimitKey, Priority
from limiter.limiter import Limiter, LimitStatus
from limiter.local_slots import LocalSlots
from limiter.observer import NULL_OBSERVER, LimiterObserver
from limiter.path import Path
from limiter.permit import Permit
from limiter.search import NO_SEARCH, LimitSearch, Search
from limiter.shard import Shard
from limiter.slots import Slots

_MOST_PATHS: Final = 10_000
"""Users come and go without end; beyond so many, all paths are forgotten and made anew when needed."""


class LocalLimiter(Limiter):
    """Counts every client id of every account by itself; the quota of a family belongs to the whole account.

    Args:
        config: sizes and times, the same for every client id.
        clock: monotonic seconds; deadlines are times on it.
        random: numbers from [0, 1).
        observer: hears of every grant, refusal, outcome and pause.
        guarded: other processes share the pauses.
    """

    def __init__(
        self,
        config: LimiterConfig,
        *,
        clock: Callable[[], float],
        random: Callable[[], float] = _random.random,
        observer: LimiterObserver = NULL_OBSERVER,
        guarded: bool = False,
    ) -> None:
        self._config = config
        self._clock = clock
        self._random = random
        self._observer = observer
        self._journal: Journal = NULL_JOURNAL
        self._cautious = False
        self._guarded = guarded
        self._closed = False
        # Neither dict is ever pruned: accounts and client ids come from the settings, so no caller can add one,
        # and dropping a window would forget calls that the upstream still counts.
        self._shards: dict[tuple[str, str], Shard] = {}
        self._accounts: dict[str, Account] = {}
        self._paths: dict[LimitKey, Path] = {}

    def restore(self, journal: Journal, *, cautious: bool = False) -> None:
        """Before the first call: go on where an earlier process left off, and write down what a later one needs.

        Args:
            journal: owned and closed by the caller.
            cautious: it may be incomplete, so every window counts as full until it has passed once.
        """
        if self._shards:
            raise RuntimeError("restore what an earlier process left before the first call, not after it")
        self._journal = journal
        self._cautious = cautious

    async def acquire(self, key: LimitKey, priority: Priority, *, deadline: float) -> Permit:
        """See `Limiter.acquire`. While a slot is free this neither suspends nor reads the clock."""
        try:
            path = self._paths[key]
        except KeyError:
            path = self._path(key)
        stock = path.stock
        if stock.direct > priority and stock.free > 0:
            stock.free -= 1
            if stock.heard:
                path.shard.tell(path, priority)
            permit = Permit()
            permit.path = path
            permit.reported = False
            return permit
        return await path.shard.acquire(path, priority, deadline=deadline)

    def predict(self, key: LimitKey, *, priority: Priority = Priority.INTERACTIVE, calls: int = 1) -> float:
        """See `Limiter.predict`."""
        path = self._path(key)
        return path.shard.eta_s(path, priority, calls)

    def status(self, key: LimitKey) -> LimitStatus:
        """See `Limiter.status`."""
        path = self._path(key)
        return path.shard.status(path)

    def reachable(self, key: LimitKey) -> bool:
        """Whoever counts the slots of the key's client id can be asked."""
        return self._path(key).shard.reachable

    def resize(self, key: LimitKey, calls: int) -> None:
        """Change the number of slots of the key's client id; calls already counted stay counted.

        Raises:
            ValueError: fewer than one slot.
        """
        self._path(key).shard.resize(calls)

    def resize_day(self, key: LimitKey, calls: int) -> None:
        """Change the day quota of the key's family on its account; 0 stops counting."""
        path = self._path(key)
        path.family.day.resize(calls)
        self._accounts[key.account].changed()

    async def close(self) -> None:
        """See `Limiter.close`."""
        self._closed = True
        for shard in self._shards.values():
            shard.close()

    def _path(self, key: LimitKey) -> Path:
        path = self._paths.get(key)
        if path is None:
            if len(self._paths) >= _MOST_PATHS:
                self._forget_paths()
            shard = self._shards.get((key.account, key.client_id)) or self._new_shard(key)
            family = self._account(key.account).family(key.family)
            path = self._paths[key] = Path(key, shard, family, shard.shares.of(key))
        return path

    def _forget_paths(self) -> None:
        # Permits and callers in line hold their own, so only the way to find them is lost.
        self._paths.clear()
        for shard in self._shards.values():
            shard.shares.prune(self._clock())

    def _search(self, slots: Slots, key: LimitKey, now: float) -> Search:
        config = self._config
        if not config.discover_up_to:
            return NO_SEARCH
        discovery = Discovery(
            DiscoveryConfig(window_s=config.window_s), start=config.calls, cap=config.discover_up_to
        )
        name = f"{key.account}/{key.client_id}"
        return LimitSearch(discovery, slots, journal=self._journal, name=name, burst=config.pace_burst, now=now)

    def _account(self, name: str) -> Account:
        account = self._accounts.get(name)
        if account is None:
            known = partial(remember, journal=self._journal, account=name, clock=self._clock)
            account = self._accounts[name] = Account(self._config, remember=known, guarded=self._guarded)
        return account

    def _new_shard(self, key: LimitKey) -> Shard:
        now = self._clock()
        book = JournalBook(self._journal, key.account, key.client_id, config=self._config)
        slots = LocalSlots(self._config, away=book.everything(now) if self._cautious else book.restore(now))
        written = NULL_BOOK if self._journal is NULL_JOURNAL else book
        shard = self._add_shard(key, slots, written, search=self._search(slots, key, now))
        if rest_s := book.rest_s():
            shard.rest(rest_s)
        return shard

    def _add_shard(self, key: LimitKey, slots: Slots, book: Book, *, search: Search = NO_SEARCH) -> Shard:
        account = self._account(key.account)
        shard = self._shards[key.account, key.client_id] = Shard(
            slots,
            account,
            config=self._config,
            clock=self._clock,
            random=self._random,
            observer=self._observer,
            book=book,
            search=search,
            guarded=self._guarded,
        )
        account.tell(shard.review)
        if self._closed:
            shard.close()
        return shard
