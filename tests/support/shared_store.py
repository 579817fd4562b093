"""A shared tier in a dictionary, which several caches of one test may use as if they were processes."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field

from cache import Answer, Stored


@dataclass
class SharedStore:
    """Keeps and claims on the running loop's clock; counts what it is asked; `down` makes it know nothing."""

    lease_s: float = 5.0
    rtt_s: float = 0.001
    down: bool = False
    kept: dict[str, tuple[Answer, float, float, float]] = field(default_factory=dict)
    claims: dict[str, float] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)

    async def get(self, key: str) -> Stored | None:
        now = await self._trip("get")
        if self.down or key not in self.kept:
            return None
        answer, stored_at, fresh_until, kept_until = self.kept[key]
        if kept_until <= now:
            return None
        return Stored(answer=answer, age_s=now - stored_at, fresh_s=fresh_until - now, kept_s=kept_until - now)

    async def put(self, key: str, answer: Answer, *, fresh_s: float, kept_s: float) -> None:
        now = await self._trip("put")
        if not self.down:
            self.kept[key] = (answer, now, now + fresh_s, now + kept_s)

    async def claim(self, key: str) -> bool:
        now = await self._trip("claim")
        if self.down or self.claims.get(key, 0.0) <= now:
            self.claims[key] = now + self.lease_s
            return True
        return False

    async def release(self, key: str) -> None:
        await self._trip("release")
        self.claims.pop(key, None)

    async def purge(self, prefix: str) -> None:
        await self._trip("purge")
        for key in [key for key in self.kept if key.startswith(prefix)]:
            del self.kept[key]

    async def close(self) -> None:
        """The caches of a test share it, so it stays."""

    async def _trip(self, what: str) -> float:
        self.asked[what] += 1
        await asyncio.sleep(self.rtt_s)
        return asyncio.get_running_loop().time()
