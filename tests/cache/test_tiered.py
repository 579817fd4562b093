import asyncio
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cache import Answer, CacheConfig, CachePolicy, Flight, Result, TieredCache, cache_key
from cache.entry import Entry
from cache.memory import MemoryStore
from virtual_time import run

POLICY = CachePolicy(ttl_s=100, negative_ttl_s=10)


class Upstream:
    """Counts its loads and answers what it is told to."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.calls = 0

    async def __call__(self, flight: Flight[tuple[Entry, Result]]) -> Answer:
        flight.commit()
        self.calls += 1
        await asyncio.sleep(1)
        return self.answer


class SharedStore:
    """A shared tier in a dictionary."""

    def __init__(self) -> None:
        self.kept: dict[str, tuple[Answer, float]] = {}

    async def get(self, key: str) -> tuple[Answer, float] | None:
        return self.kept.get(key)

    async def put(self, key: str, answer: Answer, *, ttl_s: float) -> None:
        self.kept[key] = (answer, ttl_s)

    async def close(self) -> None:
        self.kept.clear()


def new_cache(**extra: object) -> TieredCache:
    config = CacheConfig(ttl_jitter=0)
    clock = asyncio.get_running_loop().time
    return TieredCache(config, clock=clock, random=Random(1), **extra)  # type: ignore[arg-type]


async def fetch(cache: TieredCache, upstream: Upstream) -> str:
    found = await cache.fetch("k", upstream, policy=POLICY, deadline=1e9, label="x")
    assert found.answer is upstream.answer
    return found.result


def test_a_second_read_costs_nothing_until_the_entry_expires() -> None:
    async def main() -> None:
        cache, upstream = new_cache(), Upstream(Answer(200, b"{}"))
        assert await fetch(cache, upstream) == "miss"
        assert await fetch(cache, upstream) == "hit"
        await asyncio.sleep(99)
        assert await fetch(cache, upstream) == "hit"
        await asyncio.sleep(1)
        assert await fetch(cache, upstream) == "miss"
        assert upstream.calls == 2

    run(main())


def test_a_peek_finds_what_is_fresh_and_leaves_no_trace() -> None:
    class Lookups:
        def __init__(self) -> None:
            self.count = 0

        def looked_up(self, label: str, result: Result) -> None:
            assert (label, result) == ("x", "miss")
            self.count += 1

    async def main() -> None:
        lookups = Lookups()
        cache, upstream = new_cache(observer=lookups), Upstream(Answer(200, b"{}"))
        assert cache.peek("k") is None
        await fetch(cache, upstream)
        assert cache.peek("k") is upstream.answer
        await asyncio.sleep(100)
        assert cache.peek("k") is None
        assert (lookups.count, len(cache)) == (1, 1)

    run(main())


def test_a_peek_does_not_keep_an_entry_from_eviction() -> None:
    store = MemoryStore(1000)
    for name in ("a", "b"):
        store.put(name, Entry(Answer(200, b""), 0, 100))
    assert store.peek("a", 1) is not None
    store.put("c", Entry(Answer(200, b""), 0, 100))
    assert (store.peek("a", 1), store.peek("b", 1) is not None) == (None, True)


def test_fifty_identical_reads_make_one_call() -> None:
    async def main() -> None:
        cache, upstream = new_cache(), Upstream(Answer(200, b"{}"))
        results = await asyncio.gather(*(fetch(cache, upstream) for _ in range(50)))
        assert upstream.calls == 1
        assert sorted(results) == ["joined"] * 49 + ["miss"]

    run(main())


@pytest.mark.parametrize(("status", "kept_s"), [(404, 10), (403, 0), (500, 0)])
def test_only_what_will_not_heal_by_itself_is_remembered(status: int, kept_s: int) -> None:
    async def main() -> None:
        cache, upstream = new_cache(), Upstream(Answer(status, b"{}"))
        await fetch(cache, upstream)
        assert await fetch(cache, upstream) == ("hit" if kept_s else "miss")

    run(main())


def test_what_another_process_has_fetched_is_not_fetched_again() -> None:
    async def main() -> None:
        shared, upstream = SharedStore(), Upstream(Answer(200, b"{}"))
        assert await fetch(new_cache(shared=shared), upstream) == "miss"
        other = new_cache(shared=shared)
        assert await fetch(other, upstream) == "shared"
        assert await fetch(other, upstream) == "hit"
        assert upstream.calls == 1

    run(main())


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 3000), st.integers(1, 50)), max_size=200))
def test_the_store_never_exceeds_its_bytes_nor_returns_what_has_expired(
    steps: list[tuple[int, int, int]],
) -> None:
    store, model = MemoryStore(10_000), dict[str, Entry]()
    for now, (key, size, ttl) in enumerate(steps):
        name = str(key)
        found = store.get(name, now)
        assert found is None or (found is model[name] and found.expires_at > now)
        entry = Entry(Answer(200, bytes(size)), now, now + ttl)
        store.put(name, entry)
        model[name] = entry
        assert store.used_bytes <= 10_000


def test_a_value_cannot_pass_for_another_parameter() -> None:
    def key(*query: tuple[str, str]) -> str:
        return cache_key("GET", "/search", query=query, profile="development", owner="pub")

    assert key(("q", "a&market=US")) != key(("q", "a"), ("market", "US"))
    assert key(("q", "a"), ("market", "US")) == key(("market", "US"), ("q", "a"))


@pytest.mark.parametrize("ttl_s", [-1, 8 * 24 * 3600])
def test_a_policy_beyond_the_hard_cap_is_refused(ttl_s: float) -> None:
    with pytest.raises(ValueError, match="ttl_s"):
        CachePolicy(ttl_s=ttl_s)
