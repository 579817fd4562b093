"""Faults are read strictly and strike exactly when they should."""

from typing import Any

import aiohttp
import pytest

from ops.simulator import Fault, parse_faults
from ops.simulator.world.ids import spotify_id

PATH = f"/v1/tracks/{spotify_id('track', 'Nightjar Avenue', 'Harbour Lights at Dawn', 1)}"


def test_faults_are_read_from_text() -> None:
    assert parse_faults("429:retry_after=80000,times=1; 500:every=10;delay:delay_s=0.2;") == (
        Fault(kind="429", retry_after=80_000, times=1),
        Fault(kind="5xx", status=500, every=10),
        Fault(kind="delay", delay_s=0.2),
    )


def test_no_text_is_no_faults() -> None:
    assert parse_faults(" ") == ()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("404", r"bad fault '404': kind must be one of 429, 5xx, .* not '404'; write KIND:option=value"),
        ("500;429:after=x", r"bad fault '429:after=x': invalid literal"),
        ("reset:often=1", r"bad fault 'reset:often=1': unknown option 'often=1'; .*options every, times"),
        ("reset:every", r"unknown option 'every'|invalid literal"),
        ("reset:every=0", "every must be at least 1"),
        ("reset:times=0", "times must be at least 1"),
        ("reset:after=-1", "after must be zero or more"),
        ("429:retry_after=-1", "retry_after must be zero or more"),
        ("delay", "a delay needs delay_s"),
        ("delay:delay_s=inf", "delay_s must be zero or more seconds"),
        ("5xx:status=404", "status of a 5xx must be 500 to 599"),
        ("text:status=404", "status of a text must be 403 or 429"),
        ("reset:path_prefix=v1", "path_prefix must start with a slash"),
    ],
)
def test_a_bad_fault_is_named_with_the_form_that_would_do(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        parse_faults(text)


@pytest.mark.parametrize(
    ("fault", "retry_after"),
    [("429:retry_after=1", "1"), ("429:retry_after=80000", "80000"), ("429:retry_after=0", "0"), ("429", None)],
)
async def test_a_429_carries_the_retry_after_it_was_given(start: Any, fault: str, retry_after: str | None) -> None:
    spotify = await start(faults=parse_faults(fault))
    answer = await spotify.get(PATH)
    assert (answer.status, answer.message) == (429, "API rate limit exceeded")
    assert answer.headers.get("Retry-After") == retry_after


async def test_a_429_can_claim_a_spent_quota(start: Any) -> None:
    spotify = await start(faults=parse_faults("429:reason=QUOTA_EXCEEDED,retry_after=40000"))
    error = {"status": 429, "message": "Too many requests", "reason": "QUOTA_EXCEEDED"}
    assert (await spotify.get(PATH)).body == {"error": error}


async def test_a_token_can_be_refused_once_though_it_is_good(start: Any) -> None:
    spotify = await start(faults=parse_faults("401:times=1"))
    refused, served = [await spotify.get(PATH) for _ in range(2)]
    assert (refused.status, refused.message) == (401, "The access token expired")
    assert served.status == 200
    assert [(call.fault, call.counted) for call in spotify.log.calls] == [("401", True), (None, True)]


async def test_a_429_by_fault_does_not_occupy_the_window_but_a_500_does(start: Any) -> None:
    spotify = await start(limit=1, faults=parse_faults("429:times=1;500:times=1"))
    statuses = [(await spotify.get(PATH)).status for _ in range(3)]
    assert statuses == [429, 500, 429]
    assert [call.counted for call in spotify.log.calls] == [False, True, False]
    assert [call.fault for call in spotify.log.calls] == ["429", "500", None]
    assert spotify.log.refused == 2


async def test_a_schedule_skips_then_strikes_every_nth_and_ends(start: Any) -> None:
    spotify = await start(faults=parse_faults("502:after=2,every=3,times=2"))
    statuses = [(await spotify.get(PATH)).status for _ in range(13)]
    assert [number for number, status in enumerate(statuses, start=1) if status == 502] == [5, 8]


async def test_a_fault_strikes_only_its_paths(start: Any) -> None:
    spotify = await start(faults=parse_faults("503:path_prefix=/v1/search"))
    assert (await spotify.get(PATH)).status == 200
    assert (await spotify.get("/v1/search", q="paper", type="track")).status == 503
    assert (await spotify.ask_token(grant_type="client_credentials")).status == 200


async def test_the_accounts_service_can_fail_in_its_own_shape(start: Any) -> None:
    spotify = await start()
    await spotify.arm("503:path_prefix=/api/token")
    answer = await spotify.ask_token(grant_type="client_credentials")
    assert (answer.status, answer.body["error"]) == (503, "server_error")


async def test_delays_add_up_and_leave_the_answer_alone(start: Any) -> None:
    spotify = await start(latency_s=0.5, faults=parse_faults("delay:delay_s=2;delay:delay_s=4,every=2"))
    assert [(await spotify.get(PATH)).status for _ in range(2)] == [200, 200]
    assert spotify.slept == [2.5, 6.5]


async def test_a_reset_drops_the_connection_without_an_answer(start: Any) -> None:
    spotify = await start(faults=parse_faults("reset"))
    with pytest.raises(aiohttp.ClientConnectionError):
        await spotify.get(PATH)
    # A client may retry on its own when a kept connection drops: each attempt is a call of its own.
    assert {(call.status, call.fault, call.counted) for call in spotify.log.calls} == {(None, "reset", True)}
    await spotify.arm("")
    assert (await spotify.get(PATH)).status == 200


async def test_a_truncated_body_is_shorter_than_it_claims(start: Any) -> None:
    spotify = await start(faults=parse_faults("truncate:times=1"))
    async with spotify.client.get(PATH, headers={"Authorization": f"Bearer {spotify.token}"}) as response:
        assert response.status == 200
        assert int(response.headers["Content-Length"]) > 0
        with pytest.raises(aiohttp.ClientPayloadError):
            await response.read()
    assert (await spotify.get(PATH)).body["name"] == "Paper Lanterns"


@pytest.mark.parametrize(
    ("fault", "status", "text"),
    [
        ("text", 403, "Active premium subscription required for the owner of the app."),
        ("text:status=429,retry_after=19056", 429, "Too many requests"),
    ],
)
async def test_some_errors_are_plain_text(start: Any, fault: str, status: int, text: str) -> None:
    answer = await (await start(faults=parse_faults(fault))).get(PATH)
    assert (answer.status, answer.body) == (status, text)
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert answer.headers.get("Retry-After") == ("19056" if status == 429 else None)


async def test_faults_can_be_changed_while_running(start: Any) -> None:
    spotify = await start()
    assert (await spotify.arm("500")).body["faults"][0]["status"] == 500
    assert (await spotify.get(PATH)).status == 500
    await spotify.arm("")
    assert (await spotify.get(PATH)).status == 200


async def test_a_bad_change_is_refused_and_changes_nothing(start: Any) -> None:
    spotify = await start(faults=parse_faults("500"))
    refused = await spotify.arm("teapot")
    assert (refused.status, "bad fault 'teapot'" in refused.message) == (400, True)
    async with spotify.client.post("/_simulator/faults", data=b"[]") as response:
        assert response.status == 400
    assert (await spotify.get(PATH)).status == 500
