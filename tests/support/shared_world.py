"""Processes that share stamps through a Redis that loses requests, replies, connections and its memory.

Everybody reads and writes parts of one account, and keeps what was read under its stamp: in a tier of his own, and
in one that all share and that never forgets. What is random is drawn from one seed, so a story can be told again.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from math import inf
from random import Random
from typing import Any

from redis.exceptions import ConnectionError as RedisConnectionError

from cache.shared.breaker import Breaker
from cache.shared.config import SharedConfig
from cache.shared.generations import SharedGenerations
from cache.shared.lane import Lane
from cache.shared.link import Command
from cache.shared.names import Names
from cache.shared.observer import Mode, NullSharedObserver

OWNER = "u:1"
TAGS = ("library", "playlists")
NAMES = Names("n")
SILENCE_S = 1.5
HEARD_S = 2.5
"""A told change is heard of by everybody within this: the longest way of a word, or the notice of a loss."""

Version = tuple[tuple[str, int], ...]


def now() -> float:
    return asyncio.get_running_loop().time()


class FakeRedis:
    """Runs commands whole, and tells who listens; `run` names its life."""

    def __init__(self, mode: Mode) -> None:
        self.mode = mode
        self.run = 1
        self.values: dict[bytes, bytes] = {}
        self.ears: list[Process] = []

    def execute(self, command: Command) -> object:
        """Do one command."""
        name, *rest = command
        key: Any = rest[0]
        if name == "GET":
            return self.values.get(key)
        if name == "SET":
            if "NX" in rest and key in self.values:
                return None
            self.values[key] = str(rest[1]).encode()
            self.changed(key)
            return True
        if name == "UNLINK":
            return self.forget(key)
        assert name == "PUBLISH"
        if self.mode == "messages":
            message: Any = rest[1]
            for ear in self.ears:
                ear.send(message[1:].rpartition(b"\n")[0].decode())
        return 1

    def forget(self, key: bytes) -> int:
        """Delete, expire or evict a key."""
        found = self.values.pop(key, None)
        if found is not None:
            self.changed(key)
        return int(found is not None)

    def changed(self, key: bytes) -> None:
        if self.mode == "tracking":
            for ear in self.ears:
                ear.send(NAMES.stamped(key))

    def flush(self) -> None:
        """Forget everything."""
        self.values.clear()
        if self.mode == "tracking":
            for ear in self.ears:
                ear.send(None)


class Process:
    """One process: its generations, the way to Redis, and what it keeps."""

    def __init__(self, world: "World", number: int) -> None:
        self.world = world
        self.random = Random(f"{world.seed} {number}")
        self.reachable = True
        self.losses = 0.0
        self.kept: dict[tuple[tuple[str, ...], str], Version] = {}
        self.seen: Counter[str] = Counter()
        self._words: asyncio.Queue[tuple[float, str | None]] = asyncio.Queue()
        self._arrival = 0.0
        config = SharedConfig(most_untold=3, most_stamps=3)
        breaker = Breaker(config.rest_s, clock=now)
        common: Any = {"most": 50, "breaker": breaker, "observer": NullSharedObserver(), "clock": now}
        self.reads: Lane[bytes] = Lane("read", self._read, deadline_s=config.read_deadline_s, **common)
        self.writes: Lane[Command] = Lane("write", self._run, deadline_s=config.write_deadline_s, **common)
        self.generations = SharedGenerations(
            NAMES,
            self.reads,
            writes=self.writes,
            fresh=lambda: f"{self.random.getrandbits(64):x}",
            config=config,
        )

    # The way there and back

    async def _read(self, names: Sequence[bytes]) -> Sequence[object]:
        return await self._run([("GET", name) for name in names])

    async def _run(self, commands: Sequence[Command]) -> Sequence[object]:
        run = self.world.redis.run
        await self._travel(run)
        replies = [self.world.redis.execute(command) for command in commands]
        await self._travel(run)
        return replies

    async def _travel(self, run: int) -> None:
        await asyncio.sleep(self.random.choice([0.0, 0.001, 0.01, 0.1]))
        fate = self.random.random()
        if not self.reachable or self.world.redis.run != run or fate < self.losses / 2:
            raise RedisConnectionError
        if fate < self.losses:
            await asyncio.sleep(1e6)

    # What it hears

    def send(self, word: str | None) -> None:
        """A word about a key leaves the server, or that everything was forgotten."""
        self._arrival = max(self._arrival, now() + self.random.choice([0.0, 0.001, 0.1]))
        self._words.put_nowait((self._arrival, word))

    async def listen(self) -> None:
        """Listen for ever."""
        stamps, redis = self.generations.stamps, self.world.redis
        while True:
            await asyncio.sleep(self.random.uniform(0.05, 0.5))
            if not self.reachable:
                continue
            run = redis.run
            self._words = asyncio.Queue()
            redis.ears.append(self)
            if await self.generations.replay() and redis.run == run:
                stamps.trust(str(run))
                await self._hear(run)
                stamps.distrust()
            redis.ears.remove(self)

    async def _hear(self, run: int) -> None:
        broken_at = inf
        while now() < broken_at + SILENCE_S and self.world.redis.run == run:
            try:
                async with asyncio.timeout(0.5):
                    arrival, word = await self._words.get()
                    await asyncio.sleep(max(0.0, arrival - now()))
            except TimeoutError:
                word = ""
            # One word lost on the way is the end of all that follow, and only its silence tells of that.
            if not self.reachable:
                broken_at = min(broken_at, now())
            if broken_at < inf:
                continue
            if word is None:
                self.generations.stamps.forget_all()
            elif word:
                self.generations.stamps.forget(word)
            else:
                self.generations.beat()

    def reset(self) -> None:
        """The server ends, and with it every connection to it."""
        self.generations.stamps.distrust()

    # What it does

    async def read(self) -> None:
        """Read something, and hold it against what this process must know by now."""
        tags = self.random.choice([TAGS, TAGS[:1], TAGS[1:]])
        generations = self.generations
        # Who is cut off hears nothing of the others, and knows it.
        told = self.world.told if generations.stamps.trusted else (lambda *_: 0)
        floor = {tag: max(self.seen[tag], told(tag, now() - HEARD_S)) for tag in tags}
        stamp = generations.stamp(OWNER, tags) or await generations.learn(OWNER, tags)
        key = (tags, stamp)
        found = self.kept.get(key) or self.world.shared.get(key)
        if found is None:
            await asyncio.sleep(self.random.uniform(0, 0.2))
            found = tuple((tag, self.world.versions[tag]) for tag in tags)
            await asyncio.sleep(self.random.uniform(0, 0.2))
            self.world.shared[key] = found
            self.world.loads += 1
        self.kept[key] = found
        self.world.reads += 1
        for tag, version in found:
            assert version >= floor[tag], f"{tag} is {version}, and was {floor[tag]} long ago"

    async def write(self) -> None:
        """Change something upstream, and say so."""
        tag = self.random.choice(TAGS)
        self.world.versions[tag] += 1
        version = self.world.versions[tag]
        advancing = asyncio.create_task(self.generations.advance(OWNER, [tag]))
        await asyncio.sleep(0)
        # Forgotten before the first await, so from here on this process must not serve anything older.
        self.seen[tag] = max(self.seen[tag], version)
        if self.random.random() < 0.1:
            advancing.cancel()
        await asyncio.wait({advancing})
        while any(key.endswith(tag) or key == "\n" for key in self.generations.stamps.untold()):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        self.world.tellings.append((now(), tag, version))

    async def live(self) -> None:
        """Read and write for ever."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.listen())
            while True:
                await asyncio.sleep(self.random.expovariate(20))
                work = self.write() if self.random.random() < 0.1 else self.read()
                group.create_task(work)


class World:
    """All processes, their Redis, the upstream's truth, and who was told of what when."""

    def __init__(self, mode: Mode, *, seed: int, processes: int = 3) -> None:
        self.seed = seed
        self.random = Random(seed)
        self.redis = FakeRedis(mode)
        self.versions: Counter[str] = Counter()
        self.shared: dict[tuple[tuple[str, ...], str], Version] = {}
        self.tellings: list[tuple[float, str, int]] = []
        self.reads = self.loads = 0
        self.processes = [Process(self, number) for number in range(processes)]

    def told(self, tag: str, at: float) -> int:
        """The latest version that everybody had been told of by then."""
        return max((version for when, of, version in self.tellings if of == tag and when <= at), default=0)

    async def live(self, seconds: float) -> None:
        """Let all of them live for a while, and disturb them."""
        async with asyncio.TaskGroup() as group:
            living = [group.create_task(one.live()) for one in self.processes]
            end = now() + seconds
            while now() < end:
                await asyncio.sleep(self.random.expovariate(0.5))
                self._disturb()
            for task in living:
                task.cancel()
        for one in self.processes:
            await one.generations.close()
            await one.writes.close()
            await one.reads.close()

    def _disturb(self) -> None:
        redis, victim = self.redis, self.random.choice(self.processes)
        match self.random.choice(["cut", "cut", "loss", "flush", "evict", "restart", "restore"]):
            case "cut":
                victim.reachable = not victim.reachable
            case "loss":
                victim.losses = 0.2 - victim.losses
            case "flush":
                redis.flush()
            case "evict":
                for key in list(redis.values):
                    redis.forget(key)
            case "restart":
                self._restart({})
            case "restore":
                old = dict(redis.values)
                asyncio.get_running_loop().call_later(3, self._restart, old)

    def _restart(self, values: dict[bytes, bytes]) -> None:
        self.redis.run += 1
        self.redis.values = values
        for one in self.processes:
            one.reset()
