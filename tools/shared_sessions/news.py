"""A connection on which this process hears what others ended; that it is lost is noticed within two seconds."""

import asyncio
from collections.abc import Callable
from typing import Any, Final

import orjson
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import InvalidResponse

from cache.shared.backoff import Backoff
from cache.shared.config import SharedConfig
from cache.shared.hearing import Hearing
from tools.transport.store import Audience

_MOST_ID_BYTES: Final = 1024


class News:
    """Listens while it is running, and connects again for ever.

    Args:
        connection: Makes a connection that is not connected yet.
        channel: Where to listen.
        audience: Who is told.
        config: Times.
        backoff: Waits before the next attempt.
        answered: Called whenever the server has shown that it lives.
    """

    def __init__(
        self,
        connection: Callable[[], AbstractConnection],
        channel: str,
        *,
        audience: Audience,
        config: SharedConfig,
        backoff: Backoff,
        answered: Callable[[], None],
    ) -> None:
        self._channel = channel
        self._audience = audience
        self._config = config
        self._answered = answered
        self._hearing = Hearing(
            connection, self._listen, lost=_unheard, backoff=backoff, name="tools.sessions.listen"
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
            await connection.connect()  # type: ignore[no-untyped-call]  # redis-py's own omission
            await connection.send_command("SUBSCRIBE", self._channel, check_health=False)
            if not _says(await connection.read_response(), b"subscribe"):
                raise InvalidResponse("the server did not let us listen")
        self._answered()
        self._audience.joined()
        self._hearing.works()
        try:
            await self._hear(connection)
        finally:
            self._audience.parted()

    async def _hear(self, connection: AbstractConnection) -> None:
        config = self._config
        silent = 0
        while True:
            word = await connection.read_response(timeout=config.heartbeat_s)
            if _says(word, b"message"):
                self._take(word[2])
            # Counted, because a loop that stood still for seconds finds one read timed out and the answer there.
            silent = 0 if word is not None else silent + 1
            if silent * config.heartbeat_s >= config.silence_s:
                raise TimeoutError
            if silent:
                await connection.send_command("PING", check_health=False)

    def _take(self, data: bytes) -> None:
        match _decoded(data):
            case {"end": str(key)}:
                self._audience.ended(key)
            case {"cancel": str(key), "id": int() | str() as request_id}:
                self._audience.cancelled(key, request_id)


def ending(key: str) -> bytes:
    """The word that a session was ended."""
    return orjson.dumps({"end": key})


def cancelling(key: str, request_id: int | str) -> bytes | None:
    """The word that a call was cancelled; None if its id is too long to be passed on to everybody."""
    word = orjson.dumps({"cancel": key, "id": request_id})
    return word if len(word) <= _MOST_ID_BYTES else None


def _decoded(data: bytes) -> Any:
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        return None


def _says(word: Any, kind: bytes) -> bool:
    return isinstance(word, list) and bool(word) and word[0] == kind


def _unheard(_: str) -> None:
    """Tell nobody: whatever is wrong with Redis, the sessions of this process go on."""
