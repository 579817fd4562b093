"""Adapters of the caches that Fermata's is compared with, and of its own; each is as thin as the library allows.

Libraries are imported by name when an adapter is built, so that one that is missing is a remark in the report.
"""

import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from importlib import import_module
from typing import Any, Final

from cache.clock import CoarseClock
from cache.entry import Answer, Entry
from cache.lru import LruShelf
from cache.s3fifo import S3FifoShelf
from cache.shelf import Shelf

NO_BOUND: Final = 1 << 62
TTL_S: Final = 600

Ask = Callable[[int], bool]
"""Looks a key up, keeps it if it was missing, and says whether it was there."""


@dataclass(frozen=True, slots=True)
class Timed:
    """Loops over one cache; there is nothing in a loop but the library's own call.

    Attributes:
        read: looks all keys up.
        write: keeps a value for each key.
        value: makes what is kept of a body.
    """

    read: Callable[[Sequence[str]], Awaitable[None]]
    write: Callable[[Sequence[str], Sequence[Any]], Awaitable[None]]
    value: Callable[[bytes], Any] = lambda body: body


def ours(shelf: Shelf) -> Timed:
    """A shelf as the tiered cache uses it: with the coarse clock."""
    clock = CoarseClock(time.monotonic)

    async def read(keys: Sequence[str]) -> None:
        get = shelf.get
        for key in keys:
            get(key, clock.now or clock.read())

    async def write(keys: Sequence[str], entries: Sequence[Any]) -> None:
        put = shelf.put
        for key, entry in zip(keys, entries, strict=True):
            put(key, entry)

    def value(body: bytes) -> Entry:
        # Moments of its own, as in life: one for all would always be in the processor's cache.
        until = time.monotonic() + TTL_S
        return Entry(Answer(200, body), until - TTL_S, until, until, until)

    return Timed(read, write, value)


def mapping(cache: MutableMapping[str, Any]) -> Timed:
    """What looks like a dict: `get`, and assignment."""

    async def read(keys: Sequence[str]) -> None:
        get = cache.get
        for key in keys:
            get(key)

    async def write(keys: Sequence[str], values: Sequence[Any]) -> None:
        for key, value in zip(keys, values, strict=True):
            cache[key] = value

    return Timed(read, write)


def subscripted(cache: MutableMapping[str, Any]) -> Timed:
    """The same, looked up with brackets: cheaper where `get` is written in Python, but a miss raises."""

    async def read(keys: Sequence[str]) -> None:
        for key in keys:
            cache[key]

    return replace(mapping(cache), read=read)


def theine(size: int, *, ttl: timedelta | None) -> Timed:
    """W-TinyLFU of theine with its Rust core, without locks."""
    cache = import_module("theine").Cache(size, nolock=True)

    async def read(keys: Sequence[str]) -> None:
        get = cache.get
        for key in keys:
            get(key)

    async def write(keys: Sequence[str], values: Sequence[Any]) -> None:
        put = cache.set
        for key, value in zip(keys, values, strict=True):
            put(key, value, ttl)

    return Timed(read, write)


def awaited(cache: Any, **ttl: float) -> Timed:
    """What has coroutines `get` and `set`."""

    async def read(keys: Sequence[str]) -> None:
        get = cache.get
        for key in keys:
            await get(key)

    async def write(keys: Sequence[str], values: Sequence[Any]) -> None:
        put = cache.set
        for key, value in zip(keys, values, strict=True):
            await put(key, value, **ttl)

    return Timed(read, write)


def cashews(size: int) -> Timed:
    """The memory of cashews, without its sweep for what has expired: that would only add to its figures."""
    cache = import_module("cashews").Cache()
    cache.setup("mem://", size=size, check_interval=0)
    return awaited(cache, expire=TTL_S)


def cachetools(name: str, size: int, *further: Any) -> MutableMapping[Any, Any]:
    """One of cachetools' caches."""
    cache: MutableMapping[Any, Any] = getattr(import_module("cachetools"), name)(size, *further)
    return cache


def _expires_at(_key: str, _value: bytes, now: float) -> float:
    return now + TTL_S


S3FIFO: Final = "ours, s3fifo"
OUR_LRU: Final = "ours, lru"
FLOOR: Final = "dict"
LRU: Final = "cachetools LRUCache"
TTL: Final = "cachetools TTLCache"

TIMED: Final[Mapping[str, Callable[[int], Timed]]] = {
    S3FIFO: lambda size: ours(S3FifoShelf(max_bytes=NO_BOUND, max_entries=size)),
    OUR_LRU: lambda size: ours(LruShelf(max_bytes=NO_BOUND, max_entries=size)),
    FLOOR: lambda _size: mapping({}),
    LRU: lambda size: mapping(cachetools("LRUCache", size)),
    "cachetools LRUCache[]": lambda size: subscripted(cachetools("LRUCache", size)),
    TTL: lambda size: mapping(cachetools("TTLCache", size, TTL_S)),
    "cachetools TLRUCache": lambda size: mapping(cachetools("TLRUCache", size, _expires_at)),
    "lru-dict": lambda size: mapping(import_module("lru").LRU(size)),
    "theine": partial(theine, ttl=None),
    "theine, TTL": partial(theine, ttl=timedelta(seconds=TTL_S)),
    "aiocache": lambda _size: awaited(import_module("aiocache").SimpleMemoryCache(), ttl=TTL_S),
    "cashews": cashews,
}
"""Everybody whose hits are timed, by name; built from the number of entries. A dict and aiocache have no bound."""
SLOW: Final = ("aiocache", "cashews")
"""Who takes microseconds, and so needs fewer repetitions to be seen."""


def shelved(shelf: Shelf) -> Ask:
    """One of ours, without time."""

    def ask(key: int) -> bool:
        name = str(key)
        if shelf.get(name, 0.0) is not None:
            return True
        shelf.put(name, Entry(Answer(200, b""), 0.0, 1.0, 1.0, 1.0))
        return False

    return ask


def mapped(cache: MutableMapping[int, bool]) -> Ask:
    """What looks like a dict."""

    def ask(key: int) -> bool:
        if cache.get(key):
            return True
        cache[key] = True
        return False

    return ask


def tiny_lfu(size: int) -> Ask:
    """W-TinyLFU of theine."""
    cache = import_module("theine").Cache(size, nolock=True)

    def ask(key: int) -> bool:
        if cache.get(key)[1]:
            return True
        cache.set(key, key)
        return False

    return ask


REPLAYED: Final[Mapping[str, Callable[[int], Ask]]] = {
    S3FIFO: lambda size: shelved(S3FifoShelf(max_bytes=NO_BOUND, max_entries=size)),
    OUR_LRU: lambda size: shelved(LruShelf(max_bytes=NO_BOUND, max_entries=size)),
    LRU: lambda size: mapped(cachetools("LRUCache", size)),
    "theine": tiny_lfu,
}
"""Everybody whose hits are counted, by name; built from the number of entries."""
