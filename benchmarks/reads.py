"""Many single reads at once through the whole pipeline, on virtual time: how many are answered, how soon.

The upstream counts exactly and answers single and batch reads of tracks; a call takes 0.1 to 0.2 s.
"""

import asyncio
from bisect import bisect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from http import HTTPStatus
from itertools import accumulate
from random import Random
from typing import Final, TypeAlias

import orjson
from yarl import URL

from benchmarks.figures import percentile
from benchmarks.server import OK, Log, Server
from cache import CacheConfig, LocalGenerations, Owners, TieredCache
from gateway.auth.accounts import Account
from gateway.batcher import Batcher
from gateway.catalogue import CATALOGUE
from gateway.client import ClientConfig, SpotifyClient
from gateway.endpoint import Profile
from gateway.errors import SpotifyError
from gateway.identity import Identities
from gateway.loader import Loader
from gateway.observer import NullObserver
from gateway.principal import LOCAL, Principal
from gateway.reader import Reader
from gateway.transport import Response
from gateway.upstream import Upstream, UpstreamConfig
from limiter import LimiterConfig, LocalLimiter, Priority, RetryPolicy

Figures: TypeAlias = dict[str, float]

CALLS: Final = 180
PAGE: Final = 50
WINDOW_S: Final = 30
UPLINK_S: Final = (0.08, 0.18)
DOWNLINK_S: Final = 0.02
SOON_S: Final = 10.0
JSON: Final[Mapping[str, str]] = {"content-type": "application/json"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reads:
    """Who reads what.

    Attributes:
        rate: Reads per second, at random times.
        zipf: How unequally they fall on the tracks; 0 is equally.
        batches: Whether reads may share calls.
        fills: Whether lists fill the cache of single reads.
        pages: Pages of 50 tracks of a playlist that are read before, with the tracks that are read most.
        profile: What the app may do.
        tracks: How many there are.
        lasting_s: For how long there are new ones.
        seed: Of everything random.
    """

    rate: float = 100.0
    zipf: float = 0.8
    batches: bool = True
    fills: bool = True
    pages: int = 0
    profile: Profile = Profile.EXTENDED
    tracks: int = 100_000
    lasting_s: float = 60.0
    seed: int = 1


class Network:
    """A `Transport` to an upstream with an exact window, on the running loop."""

    def __init__(self, random: Random) -> None:
        self.server = Server(Log(CALLS, WINDOW_S))
        self._random = random

    async def send(
        self, method: str, url: str, *, headers: Mapping[str, str], data: bytes | None = None
    ) -> Response:
        """Exchange one request for one answer; see `Transport`."""
        del method, headers, data
        await asyncio.sleep(self._random.uniform(*UPLINK_S))
        answer = self.server.arrive(asyncio.get_running_loop().time())
        await asyncio.sleep(DOWNLINK_S)
        if answer.status != OK:
            return Response(answer.status, {**JSON, "retry-after": str(answer.retry_after_s)}, b"{}")
        return Response(HTTPStatus.OK, JSON, orjson.dumps(_document(URL(url, encoded=True))))


class _Tokens:
    async def token(self, *, deadline: float) -> str:
        del deadline
        return "token"

    def reject(self, token: str) -> None:
        del token

    def accept(self, token: str) -> None:
        del token


class _Accounts:
    """Everybody has signed in."""

    def of(self, principal: Principal) -> Account:
        return Account(principal.id, _Tokens())

    def settled(self, principal: Principal) -> bool:
        del principal
        return True

    async def settle(self, principal: Principal) -> None:
        raise NotImplementedError(principal)

    def invite(self, principal: Principal, scopes: Sequence[str]) -> str:
        raise NotImplementedError(principal, scopes)


class _Notes:
    def lacks(self, endpoint: str) -> bool:
        del endpoint
        return False

    def note(self, endpoint: str) -> None:
        del endpoint


def _document(url: URL) -> object:
    if url.name == "items":
        first = int(url.query.get("offset", 0))
        return {"items": [{"item": _track(f"{number:022}")} for number in range(first, first + PAGE)]}
    ids = url.query.get("ids")
    return _track(url.name) if ids is None else {"tracks": [_track(one) for one in ids.split(",")]}


def _track(name: str) -> dict[str, object]:
    return {"id": name, "type": "track", "uri": f"spotify:track:{name}", "album": {}, "external_ids": {}}


async def reads(setting: Reads) -> Figures:
    """Play the reads and return what became of them.

    `served` is the share answered within `SOON_S` and within the time of the run; `p50` and `p99` are seconds of
    those. `calls` is what the upstream served of them, `before` what it served of the lists that were read first,
    and `refused` its 429s.
    """
    # Of its own, so that the same reads are asked for whatever becomes of them.
    random = Random(~setting.seed)  # noqa: S311  no secret
    network = Network(random)
    loop = asyncio.get_running_loop()
    async with AsyncExitStack() as stack:
        client = _client(setting, network, random, stack)
        for page in range(setting.pages):
            await client.call(
                "get-playlists-items",
                [("playlist_id", f"{0:022}"), ("limit", PAGE), ("offset", page * PAGE)],
                principal=LOCAL,
                priority=Priority.BACKGROUND,
            )
        start = loop.time()
        took: list[float] = []

        async def read(track: int) -> None:
            since = loop.time()
            try:
                await client.call("get-track", [("id", f"{track:022}")], principal=LOCAL, deadline_s=SOON_S)
            except SpotifyError:
                return
            took.append(loop.time() - since)

        asked = await _play(setting, read)
        return {
            "asked": asked,
            "served": len(took) / asked,
            "p50": percentile(took, 0.5),
            "p99": percentile(took, 0.99),
            "calls": network.server.served_between(start),
            "before": network.server.served_between(0) - network.server.served_between(start),
            "refused": len(network.server.refused),
        }


async def _play(setting: Reads, read: Callable[[int], Awaitable[None]]) -> int:
    """Begin reads for the whole run, end those that outlast it, and return how many there were."""
    random = Random(setting.seed)  # noqa: S311  no secret
    loop = asyncio.get_running_loop()
    popularity = list(accumulate(1 / rank**setting.zipf for rank in range(1, setting.tracks + 1)))
    end = loop.time() + setting.lasting_s
    tasks: list[asyncio.Future[None]] = []
    while (gap_s := random.expovariate(setting.rate)) + loop.time() < end:
        await asyncio.sleep(gap_s)
        tasks.append(asyncio.ensure_future(read(bisect(popularity, random.random() * popularity[-1]))))
    await asyncio.sleep(end - loop.time())
    for task in tasks:
        if task.done():
            task.result()
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return len(tasks)


def _client(setting: Reads, network: Network, random: Random, stack: AsyncExitStack) -> SpotifyClient:
    clock = asyncio.get_running_loop().time
    upstream = Upstream(
        UpstreamConfig(api_url="https://api.test/v1", account="account", client_id="client"),
        transport=network,
        limiter=LocalLimiter(LimiterConfig(calls=CALLS), clock=clock, random=random.random),
        retry=RetryPolicy(),
        clock=clock,
        sleep=asyncio.sleep,
        random=random.random,
        observer=NullObserver(),
    )
    loader: Loader = upstream
    if setting.batches:
        loader = batcher = Batcher(
            upstream, catalogue=CATALOGUE, profile=setting.profile, notebook=_Notes(), clock=clock
        )
        stack.push_async_callback(batcher.close)
    catalogue = {name: entry if setting.fills else replace(entry, fills=()) for name, entry in CATALOGUE.items()}
    cache = TieredCache(CacheConfig(), clock=clock, random=random)
    stack.push_async_callback(cache.close)
    reader = Reader(
        setting.profile,
        catalogue=catalogue,
        cache=cache,
        generations=LocalGenerations(),
        owners=Owners(b""),
        loader=loader,
        is_development=lambda: setting.profile is Profile.DEVELOPMENT,
    )
    return SpotifyClient(
        ClientConfig(profile=setting.profile),
        catalogue=catalogue,
        reader=reader,
        loader=loader,
        identities=Identities(_Tokens(), _Accounts()),
        notebook=_Notes(),
        clock=clock,
        random=random.random,
    )
