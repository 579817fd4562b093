"""The rate window and the day quota as clients meet them."""

from typing import Any

import pytest

SEARCH = {"q": "paper", "type": "track"}


async def test_the_101st_call_in_a_window_is_refused(start: Any) -> None:
    spotify = await start()
    statuses = [(await spotify.get("/v1/search", **SEARCH)).status for _ in range(101)]
    assert statuses == [200] * 100 + [429]


async def test_a_refusal_says_when_the_oldest_call_leaves(start: Any) -> None:
    spotify = await start(limit=2)
    await spotify.get("/v1/search", **SEARCH)
    spotify.now += 10.5
    await spotify.get("/v1/search", **SEARCH)
    refused = await spotify.get("/v1/search", **SEARCH)
    assert refused.status == 429
    assert refused.body == {"error": {"status": 429, "message": "API rate limit exceeded"}}
    assert refused.headers["Retry-After"] == "20"
    assert refused.headers["Content-Type"] == "application/json; charset=utf-8"
    assert refused.headers["Cache-Control"] == "private, max-age=0"


async def test_a_call_exactly_one_window_later_is_served(start: Any) -> None:
    spotify = await start(limit=1)
    await spotify.get("/v1/search", **SEARCH)
    spotify.now += 29.875
    assert (await spotify.get("/v1/search", **SEARCH)).status == 429
    spotify.now += 0.125
    assert (await spotify.get("/v1/search", **SEARCH)).status == 200


@pytest.mark.parametrize(("harsh", "status"), [(False, 200), (True, 429)])
async def test_refused_calls_lengthen_the_ban_only_when_harsh(
    start: Any,
    harsh: bool,  # noqa: FBT001 - a table column
    status: int,
) -> None:
    spotify = await start(limit=1, harsh=harsh)
    await spotify.get("/v1/search", **SEARCH)
    spotify.now += 20
    await spotify.get("/v1/search", **SEARCH)
    spotify.now += 10
    assert (await spotify.get("/v1/search", **SEARCH)).status == status


async def test_failed_calls_occupy_the_window_too(start: Any) -> None:
    spotify = await start(limit=2)
    await spotify.get("/v1/artists/not-an-id")
    await spotify.get("/v1/no/such/thing")
    assert (await spotify.get("/v1/search", **SEARCH)).status == 429


async def test_token_and_control_calls_do_not_occupy_the_window(start: Any) -> None:
    spotify = await start(limit=1)
    for _ in range(3):
        await spotify.ask_token(grant_type="client_credentials")
        await spotify.get("/_simulator")
    assert (await spotify.get("/v1/search", **SEARCH)).status == 200


async def test_a_spent_quota_is_told_apart_from_the_rate_limit(start: Any) -> None:
    spotify = await start(quota_per_day=1)
    await spotify.get("/v1/search", **SEARCH)
    spotify.now += 3_600
    refused = await spotify.get("/v1/search", **SEARCH)
    error = {"status": 429, "message": "Too many requests", "reason": "QUOTA_EXCEEDED"}
    assert (refused.status, refused.body) == (429, {"error": error})
    assert refused.headers["Retry-After"] == str(23 * 3_600)


async def test_a_quota_refusal_leaves_the_window_and_other_families_alone(start: Any) -> None:
    spotify = await start(limit=2, quota_per_day=1)
    await spotify.get("/v1/search", **SEARCH)
    await spotify.get("/v1/search", **SEARCH)
    assert (await spotify.get("/v1/albums/0000000000000000000000")).status == 404


async def test_a_quota_returns_after_a_day(start: Any) -> None:
    spotify = await start(quota_per_day=1, token_ttl_s=200_000)
    await spotify.get("/v1/search", **SEARCH)
    spotify.now += 86_400
    assert (await spotify.get("/v1/search", **SEARCH)).status == 200


async def test_extended_access_has_no_quota(start: Any) -> None:
    spotify = await start(profile="extended", quota_per_day=1)
    await spotify.get("/v1/search", **SEARCH)
    assert (await spotify.get("/v1/search", **SEARCH)).status == 200


async def test_every_call_takes_the_latency(start: Any) -> None:
    spotify = await start(latency_s=0.05)
    await spotify.get("/v1/search", **SEARCH)
    await spotify.get("/_simulator")
    assert spotify.slept == [0.05]
