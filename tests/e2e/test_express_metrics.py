"""Every request is counted exactly once, whichever lane answered it."""

import re
from collections import Counter

import aiohttp
import pytest
from structlog.testing import capture_logs

from house import House, running
from ops.simulator.world.world import World

TRACK = World.of(1).tracks[0].id
PATH = f"/v1/tracks/{TRACK}"
ROUTE = "/v1/tracks/{id}"
COUNTED = re.compile(
    r"^fermata_(?:http_requests_total|http_seconds_count|cache_lookups_total|inbound_refused_total)"
    r"(?:\{(?P<labels>.*)\})? (?P<value>\S+)$",
    re.MULTILINE,
)


async def counts(house: House, http: aiohttp.ClientSession) -> Counter[str]:
    async with http.get(f"{house.base}/metrics") as response:
        text = await response.text()
    found = Counter({one[0].rpartition(" ")[0]: int(float(one["value"])) for one in COUNTED.finditer(text)})
    return Counter({name: number for name, number in found.items() if '"/metrics"' not in name})


async def test_every_lane_counts_alike() -> None:
    async with running() as house, aiohttp.ClientSession() as http:
        sent: list[dict[str, str]] = (
            [{}] * 5 + [{"X-Priority": "crawl"}] * 2 + [{"X-Deadline-Ms": "x"}, {"Host": "evil.example"}]
        )
        for headers in sent:
            async with http.get(house.base + PATH, headers=headers) as response:
                await response.read()
        assert await counts(house, http) == {
            f'fermata_http_requests_total{{method="GET",route="{ROUTE}",status="200"}}': 7,
            f'fermata_http_requests_total{{method="GET",route="{ROUTE}",status="400"}}': 1,
            f'fermata_http_requests_total{{method="GET",route="{ROUTE}",status="421"}}': 1,
            f'fermata_http_seconds_count{{route="{ROUTE}"}}': 9,
            'fermata_cache_lookups_total{endpoint="get-track",result="miss"}': 1,
            'fermata_cache_lookups_total{endpoint="get-track",result="hit"}': 6,
            "fermata_inbound_refused_total": 0,
        }


async def test_who_is_too_fast_is_counted_in_whichever_lane() -> None:
    async with (
        running(FERMATA_INBOUND_PER_S="0.01", FERMATA_INBOUND_BURST="4", FERMATA_INBOUND_WAIT_S="0") as house,
        aiohttp.ClientSession() as http,
    ):
        for _ in range(6):
            async with http.get(house.base + PATH) as response:
                await response.read()
        found = await counts(house, http)
        assert found["fermata_inbound_refused_total"] == 2
        assert found['fermata_cache_lookups_total{endpoint="get-track",result="hit"}'] == 3
        assert found[f'fermata_http_seconds_count{{route="{ROUTE}"}}'] == 6


@pytest.mark.parametrize(("level", "lines"), [("DEBUG", 3), ("INFO", 0)])
async def test_the_log_tells_of_each_with_its_id_to_those_who_want_it(
    caplog: pytest.LogCaptureFixture, level: str, lines: int
) -> None:
    async with running() as house, aiohttp.ClientSession() as http:
        with caplog.at_level(level, "fermata"), capture_logs() as events:
            for number in range(3):
                async with http.get(house.base + PATH, headers={"X-Request-Id": f"job-{number}"}) as response:
                    await response.read()
    told = [event["request_id"] for event in events if event["event"] == "http.served"]
    assert told == ["job-0", "job-1", "job-2"][:lines]
