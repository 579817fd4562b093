"""Adapters of the libraries that Fermata is compared with; each is as thin as the library allows.

Libraries are imported by name when an adapter is built: one that is missing is a row in the report, and the
simulation can put its clocks in place first.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from importlib import import_module
from types import SimpleNamespace
from typing import Any, Final

from benchmarks.server import OK, Answer
from benchmarks.subjects import Caller, Gate, Gated, Send, Subject

Build = Callable[[int, int], Gate]
FOREVER_S = 1e9


class AioLimiter:
    """aiolimiter's leaky bucket, asked as its documentation does."""

    def __init__(self, calls: float, window_s: float) -> None:
        self.take = import_module("aiolimiter").AsyncLimiter(calls, window_s).acquire


class Pyrate:
    """pyrate-limiter's own waiting, `try_acquire_async`.

    Its leaking thread is off: it only frees memory, and a real thread has no place in virtual time.
    """

    def __init__(self, calls: int, window_s: int, *, bucket: str, algorithm: str) -> None:
        pyrate = import_module("pyrate_limiter")
        rates = [pyrate.Rate(calls, window_s * 1000)]
        made = getattr(pyrate, bucket)(rates, algorithm=getattr(pyrate, algorithm)())
        self.take = pyrate.Limiter(pyrate.SingleBucketFactory(made, schedule_leak=False)).try_acquire_async


class Limits:
    """limits has no waiting: ask, and if told no, sleep until the reset time that it names, then ask again."""

    def __init__(self, calls: int, window_s: int, *, strategy: str) -> None:
        limits = import_module("limits")
        aio = import_module("limits.aio")
        self._limiter = getattr(aio.strategies, strategy)(aio.storage.MemoryStorage())
        self._item = limits.RateLimitItemPerSecond(calls, window_s)

    async def take(self) -> None:
        """Poll as its reset time says."""
        while not await self._limiter.hit(self._item, "key"):
            reset, _ = await self._limiter.get_window_stats(self._item, "key")
            await asyncio.sleep(max(0.001, reset - time.time()))


class Throttled:
    """throttled-py's own waiting: `limit` with a timeout, which sleeps and asks again every 0.2 to 0.5 s."""

    def __init__(self, calls: int, window_s: int, *, using: str) -> None:
        throttled = import_module("throttled.asyncio")
        quota = throttled.rate_limiter.per_duration(timedelta(seconds=window_s), limit=calls)
        store = throttled.MemoryStore()
        self.take = throttled.Throttled(key="key", timeout=FOREVER_S, using=using, quota=quota, store=store).limit


class Tekore:
    """No limiter: tekore's `RetryingSender`, the real one, on the simulated upstream. Each call sleeps alone."""

    def __init__(self) -> None:
        tekore = import_module("tekore")
        # The sender that it extends gets its request as is; here the request is the function that sends.
        self._sender = tekore.RetryingSender(sender=SimpleNamespace(is_async=True, send=self._send))

    @staticmethod
    async def _send(send: Send) -> SimpleNamespace:
        answer = await send()
        return SimpleNamespace(status_code=answer.status, headers={"Retry-After": str(answer.retry_after_s)})

    async def call(self, send: Send, caller: Caller) -> Answer | None:
        """See `Subject.call`."""
        try:
            async with asyncio.timeout(min(caller.within_s, FOREVER_S)):
                await self._sender.send(send)
        except TimeoutError:
            return None
        return Answer(OK)


class Spotipy:
    """No limiter: spotipy's `Retry` with the settings of its client decides, but sleeps on the loop.

    After three retries in vain it raises; the caller here gives that call up.
    """

    def __init__(self) -> None:
        import_module("logging").getLogger("spotipy.util").setLevel("ERROR")
        client = import_module("spotipy").Spotify
        self._response = import_module("urllib3").HTTPResponse
        self._gives_up = import_module("urllib3").exceptions.MaxRetryError
        self._retry = import_module("spotipy.util").Retry(
            total=client.max_retries,
            status=client.max_retries,
            read=False,
            backoff_factor=0.3,
            allowed_methods=frozenset(["GET"]),
            status_forcelist=client.default_retry_codes,
        )

    async def call(self, send: Send, caller: Caller) -> Answer | None:
        """See `Subject.call`."""
        try:
            async with asyncio.timeout(min(caller.within_s, FOREVER_S)):
                return await self._call(send)
        except (TimeoutError, self._gives_up):
            return None

    async def _call(self, send: Send) -> Answer:
        retry: Any = self._retry
        while (answer := await send()).status != OK:
            response = self._response(status=answer.status, headers={"Retry-After": str(answer.retry_after_s)})
            retry = retry.increment("GET", "/", response=response)
            await asyncio.sleep(retry.get_retry_after(response))
        return answer


GATES: Final[Mapping[str, Build]] = {
    "aiolimiter": AioLimiter,
    "pyrate log": partial(Pyrate, bucket="InMemoryBucket", algorithm="SlidingWindowLog"),
    "pyrate fixed": partial(Pyrate, bucket="InMemoryBucket", algorithm="FixedWindow"),
    "pyrate GCRA": partial(Pyrate, bucket="StateBucket", algorithm="GCRA"),
    "pyrate token": partial(Pyrate, bucket="StateBucket", algorithm="TokenBucket"),
    "limits moving": partial(Limits, strategy="MovingWindowRateLimiter"),
    "limits fixed": partial(Limits, strategy="FixedWindowRateLimiter"),
    "limits sliding": partial(Limits, strategy="SlidingWindowCounterRateLimiter"),
    "throttled token": partial(Throttled, using="token_bucket"),
    "throttled GCRA": partial(Throttled, using="gcra"),
    "throttled sliding": partial(Throttled, using="sliding_window"),
    "throttled fixed": partial(Throttled, using="fixed_window"),
    "throttled leaking": partial(Throttled, using="leaking_bucket"),
}
"""Everything that can make a caller wait, by name; built from calls and window in seconds."""


def _gated(build: Build) -> Callable[[int, int], Subject]:
    return lambda calls, window_s: Gated(build(calls, window_s))


SUBJECTS: Final[Mapping[str, Callable[[int, int], Subject]]] = {
    "tekore retries": lambda _calls, _window_s: Tekore(),
    "spotipy retries": lambda _calls, _window_s: Spotipy(),
    **{name: _gated(build) for name, build in GATES.items()},
    "aiolimiter N/2": lambda calls, window_s: Gated(AioLimiter(calls / 2, window_s)),
    "aiolimiter 1 by 1": lambda calls, window_s: Gated(AioLimiter(1, window_s / calls)),
}
"""Every peer of the simulation, by name; built from the upstream's calls and window in seconds."""
