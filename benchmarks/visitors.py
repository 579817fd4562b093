"""Keeps gateways busy with reads and writes, whatever becomes of them, and notes how each request ended."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, count, cycle
from random import Random
from typing import Any, Final

import aiohttp

from benchmarks.ledger import Ledger
from ops.simulator.world.world import World

READS_PER_S: Final = 100
"""Over all gateways. They come when it is their time, however long those before take."""
SKEW: Final = 1.0
LOOK_S: Final = 0.02
"""Time between two looks at the library through one gateway: so exactly it is known when it shows a write."""
WRITE_S: Final = 0.5
WATCHED: Final = 30
GOOD: Final = (200, 204)
KEPT: Final = ("HIT", "STALE", "SHARED")
WRITER: Final = 0
"""The gateway that all writes go through."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A request: when it ended, how long it took, its status or 0, `X-Cache`, and whether it read a track."""

    at: float
    took_s: float
    status: int
    cache: str
    track: bool


class Visitors:
    """Readers of tracks, people who look at a library through every gateway, and one who changes it.

    Args:
        bases: Addresses of the gateways.
        http: Keeps connections alive.

    Attributes:
        visits: All requests so far.
        ledger: What became of the writes; there once `run` has looked at the library.
    """

    def __init__(self, bases: Sequence[str], http: aiohttp.ClientSession) -> None:
        self._bases = bases
        self._http = http
        tracks = [track.id for track in World.of(1).tracks]
        # Always the same requests, seeded on purpose.
        self._random = Random(1)  # noqa: S311  no secret
        self._random.shuffle(tracks)
        self._tracks = tracks
        self._uris = [f"spotify:track:{track}" for track in tracks[:WATCHED]]
        self.visits: list[Visit] = []
        self.ledger = Ledger([], gateways=len(bases))
        self._looking = asyncio.Event()
        self._looking.set()

    async def run(self) -> None:
        """Go on until cancelled."""
        states = await self._library(WRITER)
        if states is None:
            raise RuntimeError("the library cannot be read")
        self.ledger = Ledger(states, gateways=len(self._bases))
        async with asyncio.TaskGroup() as group:
            group.create_task(self._write_on())
            for gateway in range(len(self._bases)):
                group.create_task(self._look_on(gateway))
            await self._read_on(group)

    def look(self, *, away: bool) -> None:
        """Do not look at the library for a while, or look at it again."""
        if away:
            self._looking.clear()
        else:
            self._looking.set()

    async def _read_on(self, group: asyncio.TaskGroup) -> None:
        started = time.monotonic()
        for number, base, track in zip(count(), cycle(self._bases), self._popular(), strict=False):
            await asyncio.sleep(started + number / READS_PER_S - time.monotonic())
            group.create_task(self._visit("GET", f"{base}/v1/tracks/{track}", track=True))

    def _popular(self) -> Iterator[str]:
        weights = list(accumulate(1 / rank**SKEW for rank in range(1, len(self._tracks) + 1)))
        while True:
            yield from self._random.choices(self._tracks, cum_weights=weights, k=1000)

    async def _look_on(self, gateway: int) -> None:
        while True:
            await self._looking.wait()
            asked_at = time.monotonic()
            states = await self._library(gateway)
            if states is not None:
                self.ledger.shown(gateway, states, asked_at=asked_at, now=time.monotonic())
            await asyncio.sleep(LOOK_S)

    async def _library(self, gateway: int) -> list[bool] | None:
        url = f"{self._bases[gateway]}/v1/me/library/contains?uris={','.join(self._uris)}"
        return await self._visit("GET", url)  # type: ignore[no-any-return]  # that is what this route answers

    async def _write_on(self) -> None:
        while True:
            track = self.ledger.settled()
            if track is not None:
                write = self.ledger.begin(track, time.monotonic())
                url = f"{self._bases[WRITER]}/v1/me/library?uris={self._uris[track]}"
                await self._visit("PUT" if write.kept else "DELETE", url)
                self.ledger.acknowledged(write, WRITER, time.monotonic())
            await asyncio.sleep(WRITE_S)

    async def _visit(self, method: str, url: str, *, track: bool = False) -> Any:
        """Return the answer, None if it is no good or has no body."""
        started = time.monotonic()
        status, cache, body = 0, "", None
        try:
            async with self._http.request(method, url) as response:
                status, cache = response.status, response.headers.get("X-Cache", "")
                body = await response.json() if method == "GET" else await response.read()
        except aiohttp.ClientError:
            status = 0
        now = time.monotonic()
        self.visits.append(Visit(now, now - started, status, cache, track))
        return body if status in GOOD else None
