"""The store of sessions in Redis; all that it keeps has a time to live, and no renewal overtakes an end."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from random import Random
from typing import Any, Final

from mcp_types import RequestId
from redis.asyncio import Redis
from redis.asyncio.connection import AbstractConnection

from cache.shared.backoff import Backoff
from cache.shared.breaker import Breaker
from cache.shared.config import SharedConfig
from cache.shared.lane import UNANSWERED, Lane
from cache.shared.link import Command, Link
from cache.shared.observer import NullSharedObserver
from cache.tasks import Tasks
from tools.shared_sessions.codec import decode, encode
from tools.shared_sessions.names import Names
from tools.shared_sessions.news import News, cancelling, ending
from tools.transport.caller import Owner
from tools.transport.store import Audience, Lease, Renewal, SessionRecord

ENDED_S: Final = 120.0
"""For so long the store remembers that a session was ended: longer than any process takes to hear of it that can
reach Redis at all."""

_ENDED: Final = b""
_SLACK_MS: Final = 1000  # between what two processes reckon of the same time to live
_MOST_UNTOLD: Final = 1000

_RENEW: Final = """
local kept = redis.call('GET', KEYS[1])
if kept == '' then return 0 end
if not kept then redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
elseif redis.call('PTTL', KEYS[1]) < tonumber(ARGV[2]) then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 1
"""
_RELEASE: Final = """
local kept = redis.call('GET', KEYS[1])
if kept and kept ~= '' and redis.call('PTTL', KEYS[1]) <= tonumber(ARGV[1]) then redis.call('DEL', KEYS[1]) end
return 1
"""


class RedisSessionStore:
    """See `SessionStore`.

    Args:
        client: Made by `cache.shared.link.connect`, owned and closed by the caller.
        namespace: Tells apart gateways that share one Redis and nothing else.
        owner_of: Turns a text that says whose a session is into one of which only this app can find that out.
        clock: Monotonic seconds.
        random: Spreads the attempts to connect again.
        config: Times.
        sleep: Waits so many seconds between attempts to connect.
    """

    def __init__(
        self,
        client: "Redis",
        *,
        namespace: str,
        owner_of: Callable[[str], str],
        clock: Callable[[], float],
        random: Random,
        config: SharedConfig = SharedConfig(read_deadline_s=0.5),  # noqa: B008 - it is frozen
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._client = client
        self._names = Names(namespace, owner_of=owner_of)
        self._config = config
        self._backoff = Backoff(config, random=random.random, sleep=sleep)
        self._breaker = Breaker(config.rest_s, clock=clock)
        self._link = link = Link(client)
        lane: Any = partial(
            Lane, most=config.batch, breaker=self._breaker, observer=NullSharedObserver(), clock=clock
        )
        self._reads: Lane[Command] = lane("read", link.run, deadline_s=config.read_deadline_s)
        self._writes: Lane[Command] = lane("write", link.run, deadline_s=config.write_deadline_s)
        self._tasks = Tasks()
        self._untold: dict[str, None] = {}

    def key(self, session_id: str) -> str:
        """See `SessionStore.key`."""
        return self._names.key(session_id)

    @asynccontextmanager
    async def opened(self, audience: Audience) -> AsyncIterator[None]:
        """See `SessionStore.opened`. Redis need not be there."""
        news = News(
            self._connection,
            self._names.channel,
            audience=audience,
            config=self._config,
            backoff=self._backoff,
            answered=self._breaker.worked,
        )
        news.start()
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._config.open_wait_s):
                    await news.tried.wait()
            yield
        finally:
            await news.close()
            await self._tasks.close()
            await self._reads.close()
            await self._writes.close()
            await self._link.close()

    async def renew(self, leases: Sequence[Lease]) -> Sequence[Renewal]:
        """See `SessionStore.renew`."""
        for key in tuple(self._untold):
            await self.end(key)
        renewals: list[Renewal] = []
        for start in range(0, len(leases), self._config.batch):
            some = leases[start : start + self._config.batch]
            renewals += await asyncio.gather(*(self._renewed(lease) for lease in some))
        return renewals

    async def load(self, key: str, *, owner: Owner, selection: str) -> SessionRecord | None:
        """See `SessionStore.load`."""
        data = await self._reads.ask(("GET", self._names.session(key)))
        if not isinstance(data, bytes) or data == _ENDED or key in self._untold:
            return None
        return decode(data, owned_by=self._names.owner(owner), owner=owner, selection=selection)

    def release(self, key: str, *, ttl_s: float) -> None:
        """See `SessionStore.release`."""
        self._send(("EVAL", _RELEASE, 1, self._names.session(key), _ms(ttl_s) + _SLACK_MS))

    async def end(self, key: str) -> None:
        """See `SessionStore.end`. What cannot be told now is told with the next renewal."""
        self._untold[key] = None
        if len(self._untold) > _MOST_UNTOLD:
            del self._untold[next(iter(self._untold))]
        mark = self._writes.ask(("SET", self._names.session(key), _ENDED, "PX", _ms(ENDED_S)))
        # After the mark: who hears of the end, and asks, must not find the session.
        if _answered(await mark) and _answered(
            await self._writes.ask(("PUBLISH", self._names.channel, ending(key)))
        ):
            self._untold.pop(key, None)

    def cancel(self, key: str, request_id: RequestId) -> None:
        """See `SessionStore.cancel`."""
        word = cancelling(key, request_id)
        if word is not None:
            self._send(("PUBLISH", self._names.channel, word))

    async def _renewed(self, lease: Lease) -> Renewal:
        data = encode(lease.record, owned_by=self._names.owner(lease.record.owner))
        if data is None or lease.ttl_s <= 0 or lease.key in self._untold:
            return "unanswered"
        answer = await self._writes.ask(
            ("EVAL", _RENEW, 1, self._names.session(lease.key), data, _ms(lease.ttl_s))
        )
        if not _answered(answer):
            return "unanswered"
        return "kept" if answer else "ended"

    def _send(self, command: Command) -> None:
        self._tasks.start(self._writes.ask(command), name="tools.sessions.send")

    def _connection(self) -> AbstractConnection:
        pool = self._client.connection_pool
        silence_s = self._config.silence_s
        changed = {"protocol": 2, "socket_timeout": silence_s, "socket_connect_timeout": silence_s}
        made: AbstractConnection = pool.connection_class(**{**pool.connection_kwargs, **changed})
        return made


def _answered(answer: object) -> bool:
    return answer is not UNANSWERED and not isinstance(answer, Exception)


def _ms(seconds: float) -> int:
    return max(1, round(seconds * 1000))
