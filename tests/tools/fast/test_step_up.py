"""What a token lacks is told by both lanes alike, and what one token may read is no answer to another."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from gateway.principal import LOCAL
from mcp_lanes import Server, both, call, essence, listing, mcp_lanes, modern, next_data, post
from pipeline import CountingTokens, answer

SAVED = call("spotify_library", action="tracks_get")
SAVE = call("spotify_library", id="s", action="tracks_add", ids=["4iV5W9uYEdYUVa79Axb7Rh"])
READER = {"X-Scopes": "user-library-read"}
NOBODY = {"X-Scopes": " "}
BOTH = pytest.mark.parametrize("side", ["fast", "ordinary"])


async def test_a_403_names_the_scopes_and_echoes_the_id() -> None:
    async with mcp_lanes() as pair:
        refused, _ = await both(pair, modern(SAVE, **READER))
        assert refused.status == 403
        assert refused["WWW-Authenticate"] == (
            'Bearer error="insufficient_scope", scope="user-library-modify", '
            'resource_metadata="https://gateway.test/mcp"'
        )
        told = json.loads(refused.body)
        assert (told["id"], told["error"]["code"]) == ("s", -32600)
        assert "user-library-modify" in told["error"]["message"]
        assert pair.transport.sent == []


async def test_a_401_has_its_challenge_from_both_lanes() -> None:
    async with mcp_lanes() as pair:
        refused, fast = await both(pair, modern(SAVED, **{"X-Who": "stranger"}))
        assert (refused.status, fast) == (401, False)
        assert refused["WWW-Authenticate"] == (
            'Bearer resource_metadata="https://gateway.test/mcp", scope="user-library-read"'
        )


async def test_tools_are_listed_whatever_a_token_allows() -> None:
    async with mcp_lanes() as pair:
        whole, narrow = [await both(pair, modern(listing(), **badge)) for badge in ({}, NOBODY)]
        assert whole[0].body == narrow[0].body


@pytest.mark.parametrize("version", ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"])
async def test_sessions_are_told_alike_and_go_on_with_a_better_token(version: str) -> None:
    async with mcp_lanes() as pair:
        told: dict[str, list[Any]] = {}
        for side in ("fast", "ordinary"):
            server: Server = getattr(pair, side)
            headers = await server.session(version, **READER)
            narrow = {**headers, **NOBODY}
            answers = await server.ask(
                post(call("echo"), **narrow), post(SAVED, **narrow), post(SAVE, **headers), post(SAVED, **headers)
            )
            told[side] = [essence(one) for one in answers]
            assert [one.status for one in answers] == [200, 403, 403, 200]
        assert told["fast"] == told["ordinary"]


@asynccontextmanager
async def stream(server: Server) -> AsyncIterator[tuple[aiohttp.ClientSession, str]]:
    base = f"http://127.0.0.1:{server.port}"
    async with aiohttp.ClientSession() as http, http.get(f"{base}/sse", headers=READER) as events:
        yield http, base + await next_data(events)


@BOTH
async def test_the_pair_is_told_on_the_post(side: str) -> None:
    async with mcp_lanes() as pair, stream(getattr(pair, side)) as (http, endpoint):
        for badge, status in ((NOBODY, 403), (READER, 202), ({**READER, "X-Client": "other"}, 404)):
            async with http.post(endpoint, json=SAVED, headers=badge) as response:
                assert response.status == status
                if status == 403:
                    assert 'gateway.test/sse"' in response.headers["WWW-Authenticate"]
                    assert (await response.json())["id"] == SAVED["id"]


async def test_what_is_remembered_of_one_token_says_nothing_of_another() -> None:
    async with mcp_lanes() as pair:
        for badge, status, fast in [(READER, 200, True), (NOBODY, 403, False)] * 3:
            seen, was_fast = await both(pair, modern(SAVED, **badge))
            assert (seen.status, was_fast) == (status, fast)


@pytest.mark.parametrize("who", [{"X-Client": "other"}, {"X-Who": "bob"}])
async def test_a_session_of_another_program_is_not_found_before_scopes_are_looked_at(who: dict[str, str]) -> None:
    async with mcp_lanes() as pair:
        for server in (pair.fast, pair.ordinary):
            headers = await server.session(**{"X-Client": "mine", **READER})
            foreign, own = await server.ask(
                post(SAVED, **{**headers, **NOBODY, **who}), post(SAVED, **{**headers, **NOBODY})
            )
            assert (foreign.status, own.status) == (404, 403)


async def test_what_one_token_has_read_is_no_answer_to_another_of_the_same_person() -> None:
    wide = LOCAL._replace(scopes=frozenset({"user-library-read"}))
    users = {wide: CountingTokens()}
    # Without a challenge nothing stops the call before its tool, which is the case that would leak.
    async with mcp_lanes(lambda *_: answer({"items": [], "total": 7}), steps_up=False, users=users) as pair:
        await pair.ordinary.ask(modern(SAVED, **READER))
        for _ in range(4):
            seen, fast = await both(pair, modern(SAVED, **READER))
            assert fast
            assert b'"total":7' in seen.body
        for badge in (NOBODY, {}, {**READER, "X-Client": "other"}):
            refused, _ = await both(pair, modern(SAVED, **badge))
            assert b'"total":7' not in refused.body
            assert b'"isError":true' in refused.body
