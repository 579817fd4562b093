"""The limiter of this process, alone or sharing its budget through Redis, with what outlives the process.

Without Redis two processes on one folder would each spend the whole budget, so the second is refused.
"""

import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, closing, contextmanager

import structlog

from limiter import JournalInUseError, LimiterObserver, LimitKey, LocalLimiter
from limiter.lease.store import connect
from limiter.shared import SharedLimiter
from limiter.sqlite_journal import SqliteJournal
from ops.settings import Settings

_log = structlog.stdlib.get_logger("fermata")


class Budget:
    """A limiter as the settings want it. Open it before the first call.

    Args:
        settings: the process's.
        clock: monotonic seconds.
        observer: hears of every grant, refusal, outcome and pause.

    Attributes:
        limiter: decides when a call may leave.
        key: the client id's part of it, of any family.
    """

    def __init__(
        self, settings: Settings, observer: LimiterObserver, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._settings = settings
        self._url = settings.redis_url.get_secret_value()
        self._redis = connect(self._url) if self._url else None
        self.key = LimitKey(settings.upstream.account, settings.upstream.client_id, "search")
        self.limiter: LocalLimiter
        if self._redis is None:
            self.limiter = LocalLimiter(settings.limiter, clock=clock, observer=observer)
        else:
            self.limiter = SharedLimiter(
                settings.limiter,
                self._redis,
                # A new one for each life: the store still counts what an earlier one sent.
                node=uuid.uuid4().hex,
                clock=clock,
                lease=settings.lease,
                observer=observer,
            )

    @property
    def trouble(self) -> str:
        """Why calls cannot leave as they should, or an empty text."""
        if self.limiter.reachable(self.key):
            return ""
        return "the Redis of REDIS_URL cannot be reached, so only a small share of the budget can be used"

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Keep it open.

        Raises:
            JournalInUseError: Another process without Redis works on the same folder.
        """
        async with AsyncExitStack() as stack:
            stack.enter_context(self._remembering())
            if isinstance(self.limiter, SharedLimiter) and self._redis is not None:
                stack.push_async_callback(self._redis.aclose)
                await stack.enter_async_context(self.limiter)
                await self.limiter.join(self.key.account, self.key.client_id)
            stack.push_async_callback(self.limiter.close)
            yield

    @contextmanager
    def _remembering(self) -> Iterator[None]:
        config = self._settings.limiter
        doubt_s = config.window_s + config.abort_guard_s
        try:
            journal = SqliteJournal(
                self._settings.limiter_journal,
                doubt_s=doubt_s,
                report=lambda problem: _log.warning("limiter.journal", problem=problem),
            )
        except JournalInUseError:
            if self._redis is None:
                raise
            # The store remembers for all of them.
            yield
            return
        with closing(journal):
            cautious = journal.lost and self._redis is None
            if cautious:
                _log.warning("limiter.cautious", seconds=doubt_s)
            self.limiter.restore(journal, cautious=cautious)
            yield
