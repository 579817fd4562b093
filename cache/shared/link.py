"""What the tier asks of redis-py; on a cluster no command names more than one key."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, TypeAlias

from redis.asyncio import Redis
from redis.asyncio.connection import AbstractConnection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ClusterCrossSlotError, RedisError
from redis.exceptions import ConnectionError as RedisConnectionError

Command: TypeAlias = tuple[str | bytes | int, ...]


def connect(url: str) -> "Redis":
    """A client for this tier: it answers bytes, fails fast, and asks nothing twice. The caller closes it.

    It has no socket timeout: lanes have their own deadlines, and with one redis-py makes a task of every write. It
    speaks RESP2: with RESP3 the pool of redis-py 8 hands out connections that the server closed long ago.

    Raises:
        ValueError: This is not the URL of a Redis.
    """
    return Redis.from_url(
        url, retry=Retry(NoBackoff(), 0), socket_timeout=None, socket_connect_timeout=1.0, protocol=2
    )


class Link:
    """Sends what lanes carry.

    Reads have connections of their own, as many as are ever under way at once: past redis-py's pool and records a
    read of one key costs a third less.

    Args:
        client: Made by `connect`.

    Raises:
        ValueError: The client decodes what it reads; an answer is bytes.
    """

    def __init__(self, client: "Redis") -> None:
        if client.connection_pool.connection_kwargs.get("decode_responses"):
            raise ValueError("the client of the shared cache must not decode responses; make it with connect()")
        self._client: Any = client
        self._apart = False
        self._idle: list[AbstractConnection] = []

    async def read(self, names: Sequence[bytes]) -> Sequence[object]:
        """Return the values of these names, each bytes or None.

        Raises:
            RedisError: The server did not answer, or refused.
        """
        if not self._apart:
            try:
                return await self._read_together(names)
            except ClusterCrossSlotError:
                # What is a cluster stays one.
                self._apart = True
        return await self.run([("GET", name) for name in names])

    async def run(self, commands: Sequence[Command]) -> Sequence[object]:
        """Return the answers to these commands in their order; an error is an answer, too.

        Raises:
            RedisError: The server did not answer.
        """
        pipeline: Any = self._client.pipeline(transaction=False)
        for command in commands:
            pipeline.execute_command(*command)
        replies: Sequence[object] = await pipeline.execute(raise_on_error=False)
        return replies

    def listening(self, timeout_s: float) -> AbstractConnection:
        """A connection of its own to the same server, not yet made; nothing on it may take longer than this."""
        return self._made(protocol=3, socket_timeout=timeout_s, socket_connect_timeout=timeout_s)

    async def close(self) -> None:
        """Close the connections of its own."""
        while self._idle:
            with suppress(RedisError, OSError):
                await self._idle.pop().disconnect()

    async def _read_together(self, names: Sequence[bytes]) -> Sequence[object]:
        if self._idle:
            try:
                return await self._mget(self._idle.pop(), names)
            except RedisConnectionError:
                # The server closed it while it was idle, and most likely the others. Reading twice does no harm.
                await self.close()
        return await self._mget(self._made(), names)

    async def _mget(self, connection: AbstractConnection, names: Sequence[bytes]) -> Sequence[object]:
        try:
            packed = connection.pack_command("MGET", *names)
            await connection.send_packed_command(packed, check_health=False)
            replies: Sequence[object] = await connection.read_response()
        except BaseException:
            # A reply that is still to come would be taken for the next one's.
            await connection.disconnect(nowait=True)
            raise
        self._idle.append(connection)
        return replies

    def _made(self, **changed: Any) -> AbstractConnection:
        pool = self._client.connection_pool
        connection: AbstractConnection = pool.connection_class(**{**pool.connection_kwargs, **changed})
        return connection
