"""The shared tier as a whole: opened and closed at once, whether Redis is there or not."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from random import Random
from types import TracebackType
from typing import Any, Self

from redis.asyncio import Redis

from cache.shared.backoff import Backoff
from cache.shared.breaker import Breaker
from cache.shared.claims import Claims
from cache.shared.config import SharedConfig
from cache.shared.generations import SharedGenerations
from cache.shared.lane import Lane
from cache.shared.link import Command, Link
from cache.shared.listener import Listener
from cache.shared.names import Names
from cache.shared.observer import NullSharedObserver, SharedObserver
from cache.shared.server_clock import ServerClock
from cache.shared.store import RedisStore
from cache.shared.sweeper import Sweeper


def _ignore(owner: str, tag: str) -> None:
    """Tell nobody."""


class RedisTier:
    """Use it as an asynchronous context manager, in the task that owns it.

    Args:
        client: Made by `link.connect`, owned and closed by the caller.
        config: Times and bounds.
        namespace: Tells apart caches that share one Redis.
        clock: Monotonic seconds.
        random: Seeded differently in each process: two with the same numbers would take each other's stamps.
        on_lost: Called when changes may have been missed: drop what depends on them.
        on_emptied: Called when Redis was emptied: drop everything.
        on_purged: Called with the prefix of an owner of whom nothing must be kept; more than once.
        on_written: Called with an owner and a tag that another process advanced; both are empty if anything may
            have been advanced meanwhile.
        observer: Told what happens.
        sleep: Waits so many seconds between attempts to connect.

    Attributes:
        store: The tier's answers.
        generations: The stamps that go into their keys.

    Raises:
        ValueError: The client decodes what it reads.
    """

    def __init__(
        self,
        client: "Redis",
        config: SharedConfig,
        *,
        namespace: str,
        clock: Callable[[], float],
        random: Random,
        on_lost: Callable[[], None],
        on_emptied: Callable[[], None],
        on_purged: Callable[[str], None],
        on_written: Callable[[str, str], None] = _ignore,
        observer: SharedObserver | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        observer = observer or NullSharedObserver()
        fresh = partial(_token, random)
        names, time = Names(namespace), ServerClock(clock)
        breaker = Breaker(config.rest_s, clock=clock)
        self._open_wait_s = config.open_wait_s
        self._link = link = Link(client)
        reads, writes = _lanes(link, config, breaker=breaker, observer=observer, clock=clock)
        self.generations = SharedGenerations(names, reads, writes=writes, fresh=fresh, config=config)
        audience = _Audience(
            self.generations,
            breaker,
            on_lost=on_lost,
            on_emptied=on_emptied,
            on_purged=on_purged,
            on_written=on_written,
        )
        audience.sweeper = sweeper = Sweeper(names, writes, purged=audience.purged)
        claims = Claims(names, writes, fresh=fresh, config=config, clock=clock)
        self.store = RedisStore(names, reads, writes=writes, claims=claims, sweeper=sweeper, time=time)
        self._listener = Listener(
            partial(link.listening, config.silence_s),
            audience,
            names=names,
            time=time,
            config=config,
            clock=clock,
            backoff=Backoff(config, random=random.random, sleep=sleep),
            observer=observer,
        )

    @property
    def connected(self) -> bool:
        """Whether changes made elsewhere are heard of."""
        return self.generations.stamps.trusted

    async def __aenter__(self) -> Self:
        self._listener.start()
        with suppress(TimeoutError):
            async with asyncio.timeout(self._open_wait_s):
                await self._listener.tried.wait()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._listener.close()
        await self.generations.close()
        await self.store.close()
        await self._link.close()


def _token(random: Random) -> str:
    return f"{random.getrandbits(64):x}"


def _lanes(
    link: Link, config: SharedConfig, *, breaker: Breaker, observer: SharedObserver, clock: Callable[[], float]
) -> tuple[Lane[bytes], Lane[Command]]:
    lane: Any = partial(Lane, most=config.batch, breaker=breaker, observer=observer, clock=clock)
    reads: Lane[bytes] = lane("read", link.read, deadline_s=config.read_deadline_s)
    writes: Lane[Command] = lane("write", link.run, deadline_s=config.write_deadline_s)
    return reads, writes


class _Audience:
    """Passes on what the listener hears to everybody whom it concerns."""

    sweeper: Sweeper

    def __init__(
        self,
        generations: SharedGenerations,
        breaker: Breaker,
        *,
        on_lost: Callable[[], None],
        on_emptied: Callable[[], None],
        on_purged: Callable[[str], None],
        on_written: Callable[[str, str], None],
    ) -> None:
        self._generations = generations
        self._breaker = breaker
        self._on_lost = on_lost
        self._on_emptied = on_emptied
        self._on_purged = on_purged
        self._on_written = on_written

    async def ready(self, server: str) -> bool:
        # The server has just answered, so there is no point in letting it rest.
        self._breaker.worked()
        if not await self._generations.replay():
            return False
        self._generations.stamps.trust(server)
        self._on_written("", "")
        return True

    def lost(self) -> None:
        self._generations.stamps.distrust()
        self._on_lost()

    def emptied(self) -> None:
        self._generations.stamps.forget_all()
        self._on_emptied()

    def changed(self, key: str) -> None:
        self._generations.stamps.forget(key)

    def written(self, key: str, *, by: str) -> None:
        if by != self._generations.name:
            owner, _, tag = key.partition("\n")
            self._on_written(owner, tag)

    def purged(self, prefix: str) -> None:
        self._generations.stamps.forget_owner(prefix)
        self._on_purged(prefix)

    def beat(self) -> None:
        self._generations.beat()
        self.sweeper.beat()
