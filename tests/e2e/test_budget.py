import asyncio
import time
from contextlib import AsyncExitStack

import aiohttp
import pytest
from mcp import Client

from house import House, running
from ops.simulator import SimulatorConfig, parse_faults

# A window of two seconds is as exact as one of thirty and does not make the suite wait.
QUICK = SimulatorConfig(limit=100, window_s=2.0)


async def clients(house: House, stack: AsyncExitStack, count: int) -> list[Client]:
    modes = ("auto", "legacy")
    return [
        await stack.enter_async_context(Client(f"{house.base}/mcp", mode=modes[number % 2]))
        for number in range(count)
    ]


async def search(client: Client, *queries: str) -> list[dict[str, object]]:
    result = await client.call_tool("spotify_search", {"queries": list(queries), "types": ["track"], "limit": 5})
    assert result.structured_content is not None
    return list(result.structured_content["batches"])


async def test_120_searches_of_20_clients_all_succeed_and_the_quota_is_never_tripped() -> None:
    async with running(QUICK) as house, AsyncExitStack() as stack:
        queries = [f"song {number}" for number in range(120)]
        shares = zip(await clients(house, stack, 20), [queries[n::20] for n in range(20)], strict=True)
        answers = await asyncio.gather(*(search(client, *share) for client, share in shares))
        batches = [batch for answer in answers for batch in answer]
        assert len(batches) == 120
        assert all(batch["ok"] for batch in batches)
        assert house.log.count(path_prefix="/v1/search") == 120
        assert house.log.refused == 0
        assert house.log.worst_window(QUICK.window_s) <= QUICK.limit


async def test_50_identical_searches_make_one_upstream_call() -> None:
    async with running(QUICK) as house, AsyncExitStack() as stack:
        await asyncio.gather(*(search(one, "paper lanterns") for one in await clients(house, stack, 50)))
        assert house.log.count(path_prefix="/v1/search") == 1


async def test_twenty_clients_with_the_same_request_ids_get_their_own_answers() -> None:
    async with running(QUICK) as house, AsyncExitStack() as stack:
        # Each SDK client numbers its requests from the same start, so the ids collide by themselves.
        everyone = await clients(house, stack, 20)
        for _ in range(3):
            answers = await asyncio.gather(*(search(one, f"mine {n}") for n, one in enumerate(everyone)))
            assert [answer[0]["query"] for answer in answers] == [f"mine {n}" for n in range(20)]


async def test_rest_and_mcp_share_what_one_of_them_fetched() -> None:
    async with running(QUICK) as house, aiohttp.ClientSession() as http, Client(f"{house.base}/mcp") as client:
        await search(client, "paper lanterns")
        async with http.get(f"{house.base}/v1/search?q=paper+lanterns&type=track&limit=5") as response:
            assert response.headers["X-Cache"] == "HIT"


async def test_a_ban_of_a_day_is_told_at_once_while_cached_answers_flow() -> None:
    async with running(QUICK) as house, aiohttp.ClientSession() as http:
        cached = f"{house.base}/v1/search?q=paper+lanterns&type=track"
        async with http.get(cached) as response:
            before = await response.read()
        faults = {"faults": "429:retry_after=80000,times=1"}
        async with http.post(f"{house.spotify}/_simulator/faults", json=faults) as response:
            assert response.status == 200
        house.log.clear()
        started = time.monotonic()

        async def ask(number: int) -> None:
            async with http.get(f"{house.base}/v1/search?q=other+{number}&type=track") as response:
                error = (await response.json())["error"]
                assert response.status == error["status"] == 429
                assert (error["code"], error["reason"]) == ("rate_limited", "RATE_LIMITED")
                assert 79_900 < error["retry_after"] <= 80_002
                assert response.headers["Retry-After"] == str(error["retry_after"])

        await ask(0)
        await asyncio.gather(*(ask(number) for number in range(1, 20)))
        async with Client(f"{house.base}/mcp") as client:
            (batch,) = await search(client, "yet another")
        assert batch["code"] == "rate_limited"
        assert batch["retry_after"] == pytest.approx(80_000, abs=60)
        assert time.monotonic() - started < 5
        assert house.log.count() == 1
        async with http.get(cached) as response:
            assert response.headers["X-Cache"] == "HIT"
            assert await response.read() == before


@pytest.mark.parametrize(
    "faults",
    [
        "500:times=1",
        "503:times=2",
        "reset:times=1",
        "truncate:times=1",
        "429:retry_after=1,times=1",
        "delay:delay_s=0.2",
    ],
)
async def test_passing_failures_of_spotify_are_not_the_callers_business(faults: str) -> None:
    config = SimulatorConfig(limit=100, window_s=2.0, faults=parse_faults(faults))
    async with running(config) as house, aiohttp.ClientSession() as http:
        async with http.get(f"{house.base}/v1/search?q=paper+lanterns&type=track") as response:
            assert response.status == 200, await response.text()
        assert house.log.count(path_prefix="/v1/") <= 3


@pytest.mark.parametrize(
    ("faults", "status", "said"),
    [
        ("503:", 502, "Spotify answered 503"),
        ("text:status=403", 403, "Active premium subscription"),
        ("429:times=1", 429, "wait"),
        ("429:retry_after=50000,reason=QUOTA_EXCEEDED,times=1", 429, "day quota"),
    ],
)
async def test_lasting_failures_are_explained(faults: str, status: int, said: str) -> None:
    config = SimulatorConfig(limit=100, window_s=2.0, faults=parse_faults(faults))
    async with running(config, FERMATA_DEADLINE_S="2") as house, aiohttp.ClientSession() as http:
        async with http.get(f"{house.base}/v1/search?q=paper+lanterns&type=track") as response:
            error = (await response.json())["error"]
        assert (response.status, error["status"]) == (status, status)
        assert said in error["message"]


async def test_a_client_that_hangs_up_while_in_line_spends_nothing() -> None:
    async with running(SimulatorConfig(limit=1, window_s=2.0)) as house, aiohttp.ClientSession() as http:
        url = f"{house.base}/v1/search?type=track&q="
        async with http.get(f"{url}first") as response:
            assert response.status == 200
        with pytest.raises(asyncio.TimeoutError):
            await http.get(f"{url}impatient", timeout=aiohttp.ClientTimeout(total=0.2))
        async with http.get(f"{url}patient") as response:
            assert response.status == 200
        assert [call.query for call in house.log.calls if "search" in call.path] == [
            "q=first&type=track",
            "q=patient&type=track",
        ]
