"""An upstream, an ear and a cache on virtual time."""

import asyncio
from collections import Counter
from random import Random

from cache import (
    Answer,
    CacheConfig,
    CachePolicy,
    Flight,
    Found,
    Landing,
    Renewal,
    Result,
    TieredCache,
)

POLICY = CachePolicy(ttl_s=100, missing_ttl_s=10)
PATIENT = CachePolicy(ttl_s=100, stale_s=50, error_s=400)
PLAIN = Answer(200, b"{}")


class SaidNoError(Exception):
    """Spotify cannot be asked."""


class Upstream:
    """Counts its loads and answers what it is told to, or fails."""

    def __init__(self, answer: Answer = PLAIN, *, delay_s: float = 1) -> None:
        self.answer = answer
        self.delay_s = delay_s
        self.failure: Exception | None = None
        self.calls = 0
        self.known: list[Answer | None] = []
        self.background: list[bool] = []

    async def __call__(self, flight: Flight[Landing], known: Answer | None) -> Answer:
        flight.commit()
        self.calls += 1
        self.known.append(known)
        self.background.append(flight.background)
        await asyncio.sleep(self.delay_s)
        if self.failure is not None:
            raise self.failure
        return self.answer


class Ear:
    """Counts what the cache tells."""

    def __init__(self) -> None:
        self.results: Counter[Result] = Counter()
        self.renewals: Counter[Renewal] = Counter()
        self.filled_of: Counter[str] = Counter()

    def looked_up(self, label: str, result: Result) -> None:
        assert label == "x"
        self.results[result] += 1

    def renewed(self, label: str, outcome: Renewal) -> None:
        assert label == "x"
        self.renewals[outcome] += 1

    def filled(self, label: str) -> None:
        self.filled_of[label] += 1


def new_cache(config: CacheConfig | None = None, **extra: object) -> TieredCache:
    clock = asyncio.get_running_loop().time
    return TieredCache(
        config or CacheConfig(ttl_jitter=0),
        clock=clock,
        random=Random(1),
        excuses=(SaidNoError,),
        **extra,  # type: ignore[arg-type]
    )


async def fetch(
    cache: TieredCache, upstream: Upstream, *, policy: CachePolicy = POLICY, within_s: float = 1e9, key: str = "k"
) -> Found:
    deadline = asyncio.get_running_loop().time() + within_s
    return await cache.fetch(key, upstream, policy=policy, deadline=deadline, label="x")
