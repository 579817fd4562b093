"""What the cache promises whatever is asked of it and whatever fails (a random walk against a plain record)."""

import asyncio
from dataclasses import dataclass
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from cache import Answer, CacheConfig, CachePolicy, Flight, Landing, Owners, TieredCache, cache_key, owner_prefix
from shared_store import SharedStore
from virtual_time import run

POLICY = CachePolicy(ttl_s=10, stale_s=5, error_s=30)
OWNERS = Owners(b"secret")
USERS = ("", "ada", "bob")


class DownError(Exception):
    """Spotify cannot be asked."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens, at the process of that number."""

    process: int
    what: str
    user: str
    path: str
    wait_s: float


STEPS = st.builds(
    Step,
    process=st.integers(0, 1),
    what=st.sampled_from(["read", "read", "read", "read", "down", "up", "purge", "store down", "store up"]),
    user=st.sampled_from(USERS),
    path=st.sampled_from(["/a", "/b"]),
    wait_s=st.sampled_from([0.0, 0.05, 0.3, 3.0, 11.0, 21.0]),
)


class World:
    """Spotify, which says to each user something else each time, and two processes."""

    def __init__(self) -> None:
        self.clock = asyncio.get_running_loop().time
        self.shared = SharedStore()
        self.down = False
        self.flying: set[tuple[int, str]] = set()
        self.said_at: dict[bytes, float] = {}
        self.purged_at: dict[str, float] = {}
        config = CacheConfig(ttl_jitter=0, max_bytes=3000, max_entries=4)
        self.caches = [
            TieredCache(config, clock=self.clock, random=Random(1), store=self.shared, excuses=(DownError,))
            for _ in range(2)
        ]

    async def read(self, step: Step) -> None:
        owner = OWNERS.of(step.user)
        key = cache_key(owner, step.path, query=(), profile="development")
        began, purged_at = self.clock(), self.purged_at.get(owner, 0.0)

        async def load(flight: Flight[Landing], known: Answer | None) -> Answer:
            del known
            flight.commit()
            assert (step.process, key) not in self.flying
            self.flying.add((step.process, key))
            try:
                await asyncio.sleep(0.1)
                if self.down:
                    raise DownError
                body = f"{step.user} {step.path} {len(self.said_at)}".encode()
                self.said_at[body] = self.clock()
                return Answer(200, body)
            finally:
                self.flying.remove((step.process, key))

        cache = self.caches[step.process]
        try:
            found = await cache.fetch(key, load, policy=POLICY, deadline=began + 60, label="x")
        except DownError:
            return
        finally:
            assert cache.used_bytes <= 3000
            assert len(cache) <= 4
        age_s = self.clock() - self.said_at[found.answer.body]
        assert found.answer.body.startswith(f"{step.user} {step.path} ".encode())
        # The clock of hits is up to a twentieth of a second behind.
        limits = {"hit": 10.05, "shared": 10.05, "stale": 40.05, "joined": 0.2, "miss": 0.2}
        assert age_s <= limits[found.result]
        assert abs(found.age_s - age_s) <= 0.1
        if found.result in {"hit", "shared"}:
            assert self.said_at[found.answer.body] >= purged_at

    async def take(self, step: Step) -> None:
        match step.what:
            case "read":
                await self.read(step)
            case "purge":
                owner = OWNERS.of(step.user)
                self.caches[step.process].purge(owner_prefix(owner))
                # A shared tier tells every process once it has deleted all.
                await asyncio.sleep(0.01)
                for cache in self.caches:
                    cache.forget(owner_prefix(owner))
                self.purged_at[owner] = self.clock()
            case "down" | "up":
                self.down = step.what == "down"
            case _:
                self.shared.down = step.what == "store down"


@given(st.lists(STEPS, max_size=60))
def test_no_answer_is_older_than_its_policy_allows_nor_anybody_elses_and_one_load_runs_at_a_time(
    steps: list[Step],
) -> None:
    async def main() -> None:
        world = World()
        under_way = []
        for step in steps:
            under_way.append(asyncio.create_task(world.take(step)))
            await asyncio.sleep(step.wait_s)
        await asyncio.gather(*under_way)
        for cache in world.caches:
            await cache.close()

    run(main())
