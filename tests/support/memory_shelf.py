"""A shelf of this process, open to whoever wants to tamper with it."""

from collections.abc import Callable
from math import inf

from gateway.auth.shelf import Exchange, Place


class MemoryShelf:
    """See `Shelf`; `kept` holds what is there and when it ends."""

    def __init__(self, *, wall_clock: Callable[[], float] = lambda: 0.0) -> None:
        self.kept: dict[Place, tuple[bytes, float]] = {}
        self.closed = False
        self._wall_clock = wall_clock

    async def read(self, place: Place) -> bytes | None:
        value, ends = self.kept.get(place, (None, 0.0))
        return value if ends > self._wall_clock() else None

    async def replace(self, place: Place, new: bytes | None, *, ttl_s: float | None) -> bytes | None:
        found = await self.read(place)
        self.kept.pop(place, None)
        if new is not None:
            self.kept[place] = new, inf if ttl_s is None else self._wall_clock() + ttl_s
        return found

    async def exchange(
        self, place: Place, new: bytes | None, *, expected: bytes | None, ttl_s: float | None
    ) -> Exchange:
        found = await self.read(place)
        if found == expected:
            await self.replace(place, new, ttl_s=ttl_s)
        return Exchange(found == expected, found)

    async def count(self, kind: str) -> int:
        return sum(place.kind == kind for place in self.kept)

    async def close(self) -> None:
        self.closed = True
