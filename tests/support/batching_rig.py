"""Reads of tracks and of other things, one by one and many at once, for tests of the batcher."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from cache import Flight
from gateway.batcher import Batcher
from gateway.catalogue import CATALOGUE
from gateway.client import SpotifyClient
from gateway.loader import Identity, Loaded, unasked
from gateway.params import render
from gateway.principal import LOCAL
from gateway.steps import Reply
from limiter import Priority
from pipeline import (
    CountingTokens,
    ScriptedTransport,
    ids_of,
)

CONTROL, INTERACTIVE, BACKGROUND, CRAWL = Priority
TOKENS = CountingTokens()
W = 30.05


def ids(count: int, start: int = 0) -> list[str]:
    return [f"{number:022}" for number in range(start, start + count)]


async def several(client: SpotifyClient, wanted: Sequence[str], **extra: Any) -> Reply:
    return await client.call("get-several-tracks", [("ids", list(wanted))], principal=LOCAL, **extra)


async def track(client: SpotifyClient, one: str, **extra: Any) -> Reply:
    return await client.call("get-track", [("id", one)], principal=LOCAL, **extra)


async def load(
    batcher: Batcher,
    one: str,
    *,
    flight: Flight[Any] | None = None,
    priority: Priority = INTERACTIVE,
    deadline: float = 1e6,
    endpoint: str = "get-track",
    wasted: Callable[[int], None] = unasked,
    **arguments: str,
) -> Loaded:
    entry = CATALOGUE[endpoint]
    return await batcher.load(
        entry,
        render(entry, {"id": one, **arguments}),
        identity=Identity(TOKENS),
        flight=flight or Flight(deadline),
        priority=priority,
        wasted=wasted,
    )


async def all_of(calls: Sequence[Awaitable[Any]]) -> list[Any]:
    return await asyncio.gather(*calls, return_exceptions=True)


def shared(transport: ScriptedTransport) -> list[int]:
    """How many ids each call carried."""
    return [len(ids_of(url)) for _, url in transport.sent]
