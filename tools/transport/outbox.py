"""Queues messages for one reader; it never holds more than its limits, and a reader too slow for that is lost."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final, Protocol, Self

KEEP_ALIVE: Final = b": keep-alive\n\n"
"""A comment line: proxies see traffic, event-stream parsers skip it."""

MOST_BYTES: Final = 16 * 1024 * 1024
"""The number of messages alone bounds no memory, as an answer may have hundreds of kilobytes."""


class Channel(Protocol):
    """Something a message can be put on without waiting."""

    @property
    def open(self) -> bool:
        """Whether a message put now can still reach the client."""
        ...

    def put(self, message: bytes) -> None:
        """Send `message`, or drop it when the channel is not open."""
        ...


Straight = Callable[[bytes], bool]
"""Sends a chunk at once, or refuses and has done nothing."""


def never(_: bytes) -> bool:
    """Refuse."""
    return False


class Outbox:
    """Server-sent events on their way to one reader.

    `put` never waits, so that a handler cannot be held up by a client that stopped reading. When `limit`
    events are waiting already, or would hold more than `most_bytes` with one more, everything is dropped and
    `on_overflow` is called once. A single event may have any size.
    """

    def __init__(self, *, limit: int, on_overflow: Callable[[], None], most_bytes: int = MOST_BYTES) -> None:
        self._limit = limit
        self._most_bytes = most_bytes
        self._bytes = 0
        self._on_overflow = on_overflow
        self._events: deque[bytes] = deque()
        self._wake = asyncio.Event()
        self._straight: Straight = never
        self._closed = False
        self._on_close: Callable[[], None] = do_nothing

    @classmethod
    def shut(cls) -> Self:
        """An outbox that nobody reads: it drops every message."""
        outbox = cls(limit=0, on_overflow=do_nothing)
        outbox.close()
        return outbox

    @property
    def open(self) -> bool:
        """Whether messages are still taken."""
        return not self._closed

    def put(self, message: bytes, *, event: str = "message") -> None:
        """Queue `message`, which holds no line break."""
        if self._closed:
            return
        self._bytes += len(message)
        if len(self._events) >= self._limit or (self._events and self._bytes > self._most_bytes):
            self._clear()
            self.close()
            self._on_overflow()
            return
        chunk = b"event: %b\ndata: %b\n\n" % (event.encode(), message)
        if not self._events and self._straight(chunk):
            self._bytes = 0
            return
        self._events.append(chunk)
        self._wake.set()

    def close(self) -> None:
        """Take no more; what is queued can still be read."""
        if not self._closed:
            self._closed = True
            self._wake.set()
            self._on_close()

    def on_close(self, act: Callable[[], None]) -> None:
        """Have `act`, and nothing else, called once by `close`; at once if it is closed already."""
        self._on_close = act
        if self._closed:
            act()

    async def take(self, *, patience_s: float, straight: Straight = never) -> bytes:
        """Return everything queued as one chunk, `KEEP_ALIVE` after `patience_s`, or nothing at the end.

        While it waits, messages that `straight` takes are not queued at all: to wake a task for each takes
        longer than to write it.
        """
        self._straight = straight
        try:
            async with asyncio.timeout(patience_s):
                await self._wake.wait()
        except TimeoutError:
            return KEEP_ALIVE
        finally:
            self._straight = never
        if not self._closed:
            self._wake.clear()
        chunk = b"".join(self._events)
        self._clear()
        return chunk

    def _clear(self) -> None:
        self._events.clear()
        self._bytes = 0


def do_nothing() -> None:
    """Do nothing."""
