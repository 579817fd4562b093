"""What was answered is answered again only as long as, and to whom, the ordinary lane would say the same."""

import asyncio
from itertools import count
from typing import Any

import pytest

from gateway.principal import LOCAL
from gateway.transport import Response
from mcp_lanes import McpLanes, Server, both, call, essence, found, mcp_lanes, modern, post
from pipeline import answer

SEARCH = call("spotify_search", queries=["crush"], types=["track"])
SAVED = call("spotify_library", action="tracks_get")
CHECKED = call("spotify_library", action="tracks_contains", ids=["4iV5W9uYEdYUVa79Axb7Rh"])
SAVE = call("spotify_library", action="tracks_add", ids=["4iV5W9uYEdYUVa79Axb7Rh"])


class Spotify:
    """Answers each request differently, except whether a track is saved."""

    def __init__(self) -> None:
        self._numbers = count()
        self.saved = False

    def __call__(self, method: str, url: str) -> Response:
        number = next(self._numbers)
        if "search" in url:
            return found(url, name=f"Song {number}")
        if "contains" in url:
            return answer([self.saved])
        track = {"id": f"t{number}", "uri": f"spotify:track:t{number}", "name": f"Song {number}", "artists": []}
        return answer({"items": [{"track": track}], "total": 1} if method == "GET" else {})


async def settled(pair: McpLanes, data: bytes) -> list[Any]:
    """What both say once the cache has it, which costs the first who asks."""
    await pair.ordinary.ask(data)
    return [essence((await both(pair, data))[0]) for _ in range(4)]


@pytest.mark.parametrize("message", [SEARCH, SAVED, CHECKED], ids=["search", "saved", "checked"])
async def test_a_change_of_what_was_read_changes_the_answer(message: Any) -> None:
    spotify = Spotify()
    async with mcp_lanes(spotify) as pair:
        data = modern(message)
        before = await settled(pair, data)
        spotify.saved = True
        pair.client.disconnect(LOCAL.id)
        after = await settled(pair, data)
        assert len({repr(one) for one in before}) == len({repr(one) for one in after}) == 1
        # A search is made in the name of the app, which nobody disconnects.
        assert (before[0] != after[0]) is (message is not SEARCH)


async def test_a_write_is_seen_by_the_next_read() -> None:
    spotify = Spotify()
    async with mcp_lanes(spotify) as pair:
        for message in (SAVED, CHECKED):
            before = await settled(pair, modern(message))
            spotify.saved = not spotify.saved
            await pair.fast.ask(modern(SAVE))
            assert (await settled(pair, modern(message)))[0] != before[0]


async def test_whoever_asks_and_however_it_is_answered_alike() -> None:
    variants: list[dict[str, str]] = [
        {},
        {"X-Who": "ann"},
        {"X-Who": "stranger"},
        {"X-Dry-Run": "1"},
        {"X-Priority": "low"},
        {"X-Partial": "1"},
        {"X-Deadline-Ms": "50"},
        {"X-Deadline-Ms": "never"},
    ]
    async with mcp_lanes(Spotify()) as pair:
        for message in (SEARCH, SAVED, CHECKED):
            await settled(pair, modern(message))
            for headers in variants * 2:
                for path in ("/mcp", "/mcp/core/readonly", "/mcp/x/albums", "/mcp/full"):
                    await both(pair, modern(message, path=path, **headers))
        await settled(pair, modern(SEARCH))
        old = {**SEARCH, "params": {**SEARCH["params"], "name": "search_catalog"}}
        await settled(pair, modern(old))
        for arguments in (
            {"limit": 20},
            {"limit": 20.0},
            {"limit": "20"},
            {"dry_run": True},
            {"cache": False},
            {"x": 1},
        ):
            changed = call("spotify_search", queries=["crush"], types=["track"], **arguments)
            for _ in range(3):
                await pair.ordinary.ask(modern(changed))
                await both(pair, modern(changed))


def of(pair: McpLanes, side: str) -> Server:
    server: Server = getattr(pair, side)
    return server


@pytest.mark.parametrize("side", ["fast", "ordinary"])
async def test_a_stopping_server_answers_what_it_has_begun_and_begins_nothing_in_sessions(side: str) -> None:
    async with mcp_lanes() as pair:
        server = of(pair, side)
        headers = await server.session()
        begun = asyncio.create_task(server.ask(post(call("slow", id=7), **headers)))
        await asyncio.wait_for(server.toolbox.started.wait(), 5)
        stateless = asyncio.create_task(server.ask(modern(call("slow", id=8))))
        server.begin_shutdown()
        await asyncio.sleep(0)
        (refused,) = await server.ask(post(call("echo"), **headers))
        (served,) = await server.ask(modern(call("echo")))
        assert (refused.status, served.status) == (503, 200)
        server.toolbox.release.set()
        for asking in (begun, stateless):
            assert (await asyncio.wait_for(asking, 5))[0].status == 200
