"""Over the wire, with the official client."""

import asyncio
from typing import Any

import pytest
from mcp import Client

from mcp_lanes import McpLanes, found, mcp_lanes
from pipeline import refused

QUERIES = ["a", "b", "a", "bad", "c"]


def connected(pair: McpLanes, mode: Any) -> Client:
    return Client(f"http://127.0.0.1:{pair.fast.port}/mcp", mode=mode)


@pytest.mark.parametrize("mode", ["2026-07-28", "auto", "legacy"])
@pytest.mark.parametrize("name", ["spotify_search", "search_catalog"])
async def test_each_query_that_is_over_is_told_and_the_answer_is_the_same_as_without(mode: Any, name: str) -> None:
    seen: list[tuple[float, float | None]] = []

    async def progressed(progress: float, total: float | None, message: str | None) -> None:
        assert message is None
        seen.append((progress, total))

    def script(_: str, url: str) -> Any:
        return refused(400, "Bad query") if "q=bad" in url else found(url)

    asked: dict[str, Any] = {"queries": QUERIES, "types": ["track"]}
    async with asyncio.timeout(20), mcp_lanes(script) as pair, connected(pair, mode) as client:
        told = await client.call_tool(name, asked, progress_callback=progressed)
        silent = await client.call_tool(name, asked)
    assert seen == [(step, len(QUERIES)) for step in range(1, len(QUERIES) + 1)]
    assert told.structured_content is not None
    assert silent.structured_content is not None
    assert [batch["ok"] for batch in told.structured_content["batches"]] == [True, True, True, False, True]
    assert told.structured_content["upstream_calls"] == 4
    # A 400 is no answer to keep.
    assert silent.structured_content == {**told.structured_content, "upstream_calls": 1}
