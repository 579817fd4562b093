"""A shelf in Redis: one script makes every change, so that the counts are in step with what is kept."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Final, TypeVar
from urllib.parse import quote

from redis.asyncio import Redis
from redis.exceptions import RedisError

from gateway.auth.shelf import Exchange, Place
from gateway.auth.vault import VaultError

T = TypeVar("T")

_AT_ONCE: Final = 16
"""Commands under way at once. Each takes a connection, and of hundreds opened together some come too late."""

# KEYS: the value, and an index of its kind by when each ends. ARGV: `if` or `any`; what must be there, the new
# value, its milliseconds, each empty for none; its name in the index. What has ended leaves the index a few at a
# time. It answers whether it was done, and what it found. It needs Redis 6.2 or Valkey.
_CHANGE: Final = """
local found = redis.call('GET', KEYS[1]) or ''
if ARGV[1] == 'if' and found ~= ARGV[2] then return {0, found} end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local over = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', 0, 16)
if #over > 0 then redis.call('ZREM', KEYS[2], unpack(over)) end
if ARGV[3] == '' then
  redis.call('DEL', KEYS[1])
  redis.call('ZREM', KEYS[2], ARGV[5])
elseif ARGV[4] == '' then
  redis.call('SET', KEYS[1], ARGV[3])
  redis.call('ZADD', KEYS[2], '+inf', ARGV[5])
else
  redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[4])
  redis.call('ZADD', KEYS[2], now + ARGV[4], ARGV[5])
end
return {1, found}
"""
_COUNT: Final = """
local time = redis.call('TIME')
return redis.call('ZCOUNT', KEYS[1], time[1] * 1000 + math.floor(time[2] / 1000), '+inf')
"""


class RedisShelf:
    """See `Shelf`.

    Args:
        client: Made by `cache.shared.link.connect`, owned and closed by the caller.
        namespace: Tells apart gateways that share one Redis and nothing else; any text.
        deadline_s: Within how many seconds an answer has to come.
    """

    def __init__(self, client: "Redis", *, namespace: str, deadline_s: float = 2.0) -> None:
        self._client = client
        self._change: Any = client.register_script(_CHANGE)
        self._count: Any = client.register_script(_COUNT)
        # Quoted, so that no namespace is the beginning of another or ends the tag, which keeps it all on one node
        # of a cluster. Empty braces would not be a tag, and a lone % is what nothing is quoted as.
        self._base = f"fermata:vault:{{{quote(namespace, safe='') or '%'}}}:"
        self._deadline_s = deadline_s
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def read(self, place: Place) -> bytes | None:
        """See `Shelf.read`."""
        found: Any = await self._answer(partial(self._client.get, self._value(place)))
        return found or None

    async def replace(self, place: Place, new: bytes | None, *, ttl_s: float | None) -> bytes | None:
        """See `Shelf.replace`."""
        answer = await self._changed(place, "any", b"", new, ttl_s)
        return answer.found

    async def exchange(
        self, place: Place, new: bytes | None, *, expected: bytes | None, ttl_s: float | None
    ) -> Exchange:
        """See `Shelf.exchange`."""
        return await self._changed(place, "if", expected or b"", new, ttl_s)

    async def count(self, kind: str) -> int:
        """See `Shelf.count`; exact."""
        return int(await self._answer(partial(self._count, keys=[self._index(kind)])))

    async def trouble(self) -> str:
        """Return what endangers all that is kept, and what to do about it; empty if nothing is known to."""
        try:
            memory: Any = await self._answer(partial(self._client.info, "memory"))
        except VaultError:
            # Some servers do not let clients ask. Whether there is one at all, the next use tells.
            return ""
        policy = memory.get("maxmemory_policy", "noeviction")
        if policy == "noeviction" or not memory.get("maxmemory"):
            return ""
        return (
            "the Redis with sign-ins and tokens may drop them when its memory is full (maxmemory-policy "
            f"{policy}): set noeviction there, and give the cache another Redis by FERMATA_CACHE_REDIS_URL"
        )

    async def close(self) -> None:
        """Do nothing; the client is its owner's."""

    async def _changed(
        self, place: Place, condition: str, expected: bytes, new: bytes | None, ttl_s: float | None
    ) -> Exchange:
        names = [self._value(place), self._index(place.kind)]
        ttl = "" if ttl_s is None else max(1, round(ttl_s * 1000))
        arguments = [condition, expected, new or b"", ttl, place.name]
        done, found = await self._answer(partial(self._change, keys=names, args=arguments))
        return Exchange(bool(done), found or None)

    async def _answer(self, ask: Callable[[], Awaitable[T]]) -> T:
        try:
            # The turn is waited for within the time, too: with a server that hangs, the line only grows.
            async with asyncio.timeout(self._deadline_s), self._turns:
                return await ask()
        except (RedisError, OSError) as error:
            # TimeoutError is an OSError. Nothing that Redis says of a failure repeats what it was sent.
            reason = str(error) or "no answer in time"
            raise VaultError(
                f"the Redis with sign-ins and tokens cannot be used ({reason}): see whether the server of "
                "REDIS_URL runs, can be reached, and takes writes"
            ) from error

    def _value(self, place: Place) -> str:
        return f"{self._base}v:{place.name}"

    def _index(self, kind: str) -> str:
        return f"{self._base}k:{kind}"
