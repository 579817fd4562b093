"""A connection on which this process hears what others changed; that it is lost is noticed within two seconds.

It tells the server's time as well: its signs of life are answers to TIME.
"""

import asyncio
import re
from collections.abc import Callable
from typing import Any, Final, Protocol

from redis.asyncio.connection import AbstractConnection
from redis.exceptions import InvalidResponse, ResponseError

from cache.shared.backoff import Backoff
from cache.shared.config import SharedConfig
from cache.shared.generations import STAMP_WORD
from cache.shared.hearing import Hearing
from cache.shared.names import Names, decoded
from cache.shared.observer import Mode, SharedObserver
from cache.shared.server_clock import ServerClock
from cache.shared.sweeper import PURGE_WORD

_RUN: Final = re.compile(rb"run_id:(\w{1,16})")
_TIME_PARTS: Final = 2  # seconds and microseconds


class Audience(Protocol):
    """Who is told what the listener hears. Every method but `ready` returns at once."""

    async def ready(self, server: str) -> bool:
        """Get even with the server; False if that failed. From its end on all changes are heard.

        Args:
            server: Names this run of the server, or is empty if it does not say or there may be several.
        """

    def lost(self) -> None:
        """Take note that changes may be missed from now on."""

    def emptied(self) -> None:
        """Take note that the server was emptied."""

    def changed(self, key: str) -> None:
        """Take note that a stamp changed."""

    def written(self, key: str, *, by: str) -> None:
        """Take note that a process of that name changed something on purpose; its stamp was changed before."""

    def purged(self, prefix: str) -> None:
        """Take note that an owner was purged."""

    def beat(self) -> None:
        """Take note that the server lives."""


class Listener:
    """Listens from `start` to `close`, and connects again for ever.

    Args:
        connection: Makes a connection that is not connected yet.
        audience: Who is told.
        names: Of the namespace.
        time: Told what the server says.
        config: Times.
        clock: Monotonic seconds.
        backoff: Waits before the next attempt.
        observer: Told of connections won and lost.
    """

    def __init__(
        self,
        connection: Callable[[], AbstractConnection],
        audience: Audience,
        *,
        names: Names,
        time: ServerClock,
        config: SharedConfig,
        clock: Callable[[], float],
        backoff: Backoff,
        observer: SharedObserver,
    ) -> None:
        self._audience = audience
        self._names = names
        self._time = time
        self._config = config
        self._clock = clock
        self._observer = observer
        self._tracking = False
        self._hearing = Hearing(
            connection, self._listen, lost=observer.lost, backoff=backoff, name="cache.shared.listen"
        )

    @property
    def tried(self) -> asyncio.Event:
        """Set after the first attempt to connect, however it ended."""
        return self._hearing.tried

    def start(self) -> None:
        """Begin to listen."""
        self._hearing.start()

    async def close(self) -> None:
        """End it."""
        await self._hearing.close()

    async def _listen(self, connection: AbstractConnection) -> None:
        async with asyncio.timeout(2 * self._config.silence_s):
            server = await self._greet(connection)
        if not await self._audience.ready(server):
            raise ConnectionError("the server did not take in what it has to know")
        self._observer.listening(self._mode)
        self._hearing.works()
        try:
            await self._hear(connection)
        finally:
            self._audience.lost()

    @property
    def _mode(self) -> Mode:
        return "tracking" if self._tracking else "messages"

    async def _greet(self, connection: AbstractConnection) -> str:
        # redis-py has no other way to hear of invalidations: without a handler it drops them.
        parser: Any = connection._parser  # noqa: SLF001  see above
        parser.set_invalidation_push_handler(_itself)
        await connection.connect()  # type: ignore[no-untyped-call]  # redis-py's own omission
        asked_at = self._clock()
        self._note_time(await self._ask(connection, "TIME"), asked_at)
        try:
            about = bytes(await self._ask(connection, "INFO", "server"))
        except ResponseError:
            about = b""
        alone = b"redis_mode:standalone" in about
        self._tracking = alone and await self._track(connection)
        await connection.send_command("SUBSCRIBE", self._names.channel, check_health=False)
        while not _says(await connection.read_response(push_request=True), b"subscribe"):
            pass
        run = _RUN.search(about)
        return run[1].decode() if alone and run else ""

    async def _track(self, connection: AbstractConnection) -> bool:
        try:
            await self._ask(connection, "CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", self._names.stamps)
        except ResponseError:
            # Old, renamed or forbidden. Writers say what they change as well.
            return False
        return True

    async def _ask(self, connection: AbstractConnection, *command: str | bytes) -> Any:
        await connection.send_command(*command, check_health=False)
        return await connection.read_response()

    async def _hear(self, connection: AbstractConnection) -> None:
        config = self._config
        asked_at = self._clock()
        waiting = False
        silent = 0
        while True:
            word = await connection.read_response(timeout=config.heartbeat_s, push_request=True)
            # Counted, because a loop that stood still for seconds finds one read timed out and the answer there.
            silent = 0 if word is not None else silent + 1
            if silent * config.heartbeat_s >= config.silence_s:
                raise TimeoutError
            if _is_time(word):
                waiting = False
                self._note_time(word, asked_at)
                self._audience.beat()
            else:
                self._take(word)
            if not waiting and self._clock() - asked_at >= config.heartbeat_s:
                waiting, asked_at = True, self._clock()
                await connection.send_command("TIME", check_health=False)

    def _note_time(self, answer: Any, asked_at: float) -> None:
        if not _is_time(answer):
            raise InvalidResponse("the server's time is no time")
        self._time.heard(int(answer[0]) + int(answer[1]) / 1e6, asked_at=asked_at, heard_at=self._clock())

    def _take(self, word: Any) -> None:
        if _says(word, b"invalidate"):
            self._invalidate(word[1])
        elif _says(word, b"message"):
            kind, data = word[2][:1], word[2][1:]
            if kind == PURGE_WORD:
                self._observer.invalidated("purge", 1)
                self._audience.purged(decoded(data))
            elif kind == STAMP_WORD:
                self._hear_of(*data.rpartition(b"\n")[::2])

    def _hear_of(self, key: bytes, teller: bytes) -> None:
        if not self._tracking:
            self._observer.invalidated("stamp", 1)
            self._audience.changed(decoded(key))
        # Only writers say this. That a stamp was made, expired or was evicted is an invalidation as well.
        self._audience.written(decoded(key), by=decoded(teller))

    def _invalidate(self, names: list[bytes] | None) -> None:
        if names is None:
            self._observer.invalidated("everything", 1)
            self._audience.emptied()
            return
        self._observer.invalidated("stamp", len(names))
        for name in names:
            self._audience.changed(self._names.stamped(name))


async def _itself(push: Any) -> Any:
    return push


def _says(word: Any, kind: bytes) -> bool:
    return isinstance(word, list) and bool(word) and word[0] == kind


def _is_time(word: Any) -> bool:
    # The only thing that is heard without a name in front.
    return (
        isinstance(word, list)
        and len(word) == _TIME_PARTS
        and all(isinstance(part, bytes) and part.isdigit() for part in word)
    )
