"""The `Store` in Redis: a slow or stopped server costs a few requests a quarter of a second, and then nothing."""

from cache.entry import Answer
from cache.shared.claims import Claims
from cache.shared.codec import Record, decode, encode, span_ms
from cache.shared.lane import Lane
from cache.shared.link import Command
from cache.shared.names import Names
from cache.shared.server_clock import ServerClock
from cache.shared.sweeper import Sweeper
from cache.store import Stored


class RedisStore:
    """See `Store`. Until the server has told its time, it knows nothing and keeps nothing.

    Args:
        names: Of the namespace.
        reads: Carries names, and brings values.
        writes: Carries commands.
        claims: Says who loads what.
        sweeper: Deletes what is kept of an owner.
        time: The server's.
    """

    def __init__(
        self,
        names: Names,
        reads: Lane[bytes],
        *,
        writes: Lane[Command],
        claims: Claims,
        sweeper: Sweeper,
        time: ServerClock,
    ) -> None:
        self._names = names
        self._reads = reads
        self._writes = writes
        self._time = time
        self._claims = claims
        self._sweeper = sweeper

    async def get(self, key: str) -> Stored | None:
        """See `Store.get`."""
        if not self._time.known:
            return None
        data = await self._reads.ask(self._names.entry(key))
        record = decode(data) if isinstance(data, bytes) else None
        if record is None:
            return None
        # A writer whose bounds are wider may have fetched it "after" now. It is never younger than new.
        age_ms = max(0, self._time.latest_ms() - record.fetched_ms)
        if age_ms >= record.kept_ms:
            return None
        return Stored(
            answer=record.answer,
            age_s=age_ms / 1000,
            fresh_s=(record.fresh_ms - age_ms) / 1000,
            kept_s=(record.kept_ms - age_ms) / 1000,
        )

    async def put(self, key: str, answer: Answer, *, fresh_s: float, kept_s: float) -> None:
        """See `Store.put`."""
        kept_ms = span_ms(kept_s)
        if not kept_ms or not self._time.known:
            return
        data = encode(Record(answer, self._time.earliest_ms(), span_ms(fresh_s), kept_ms))
        if data is not None:
            await self._writes.ask(("SET", self._names.entry(key), data, "PX", kept_ms))

    async def claim(self, key: str) -> bool:
        """See `Store.claim`."""
        return await self._claims.claim(key)

    async def release(self, key: str) -> None:
        """See `Store.release`."""
        await self._claims.release(key)

    async def purge(self, prefix: str) -> None:
        """See `Store.purge`."""
        await self._sweeper.purge(prefix)

    async def close(self) -> None:
        """See `Store.close`; the connections are the tier's."""
        await self._sweeper.close()
        await self._claims.close()
        await self._writes.close()
        await self._reads.close()
