"""The call log remembers what happened and can be asked from inside and outside."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ops.simulator.calls import CAPACITY, Call, CallLog


async def test_a_call_is_logged_with_all_that_matters(start: Any) -> None:
    spotify = await start()
    await spotify.get("/v1/search", q="paper lanterns", type="track")
    spotify.now += 5
    await spotify.ask_token(grant_type="client_credentials")
    search, token = spotify.log.calls
    assert search == Call(
        at=1_000.0, method="GET", path="/v1/search", query="q=paper+lanterns&type=track", status=200, counted=True
    )
    assert token == Call(at=1_005.0, method="POST", path="/api/token", query="", status=200, counted=False)


async def test_calls_are_counted_by_path_and_refusals_apart(start: Any) -> None:
    spotify = await start(limit=2)
    for _ in range(3):
        await spotify.get("/v1/albums/0000000000000000000000")
    await spotify.ask_token(grant_type="client_credentials")
    assert (spotify.log.count(), spotify.log.count(path_prefix="/v1/albums"), spotify.log.refused) == (4, 3, 1)
    assert spotify.log.worst_window(30.0) == 2


async def test_the_log_can_be_read_and_cleared_from_outside(start: Any) -> None:
    spotify = await start(limit=1)
    spotify.token = ""
    await spotify.get("/v1/search")
    await spotify.get("/v1/search")
    body = (await spotify.get("/_simulator/calls")).body
    assert body["refused"] == 1
    assert [call["status"] for call in body["calls"]] == [401, 429]
    assert body["calls"][0].keys() == {"at", "method", "path", "query", "status", "counted", "fault"}
    assert (await spotify.get("/_simulator/calls", method="DELETE")).status == 204
    assert (await spotify.get("/_simulator/calls")).body == {"calls": [], "refused": 0}


async def test_clearing_the_log_does_not_open_the_window(start: Any) -> None:
    spotify = await start(limit=1)
    await spotify.get("/v1/search")
    await spotify.get("/_simulator/calls", method="DELETE")
    assert (await spotify.get("/v1/search")).status == 429


async def test_the_settings_can_be_read_without_the_secret(start: Any) -> None:
    spotify = await start(profile="extended", limit=7)
    body = (await spotify.get("/_simulator")).body
    assert (body["profile"], body["limit"], body["client_id"]) == ("extended", 7, "demo-client")
    assert "demo-secret" not in str(body)


async def test_an_unknown_control_route_is_not_found(start: Any) -> None:
    assert (await (await start()).get("/_simulator/nothing")).status == 404


@given(
    gaps=st.lists(st.tuples(st.integers(0, 40), st.booleans()), max_size=40),
    window_s=st.integers(min_value=1, max_value=60),
)
def test_the_worst_window_is_that_of_a_plain_scan(gaps: list[tuple[int, bool]], window_s: int) -> None:
    log, now, counted_at = CallLog(), 0, []
    for gap, counted in gaps:
        now += gap
        log.arrive(Call(at=now, method="GET", path="/v1/search", query="", counted=counted))
        counted_at += [now] if counted else []
    slow = max((sum(end - window_s < at <= end for at in counted_at) for end in counted_at), default=0)
    assert log.worst_window(window_s) == slow


def test_the_log_is_bounded() -> None:
    log = CallLog()
    for number in range(CAPACITY + 10):
        log.arrive(Call(at=number, method="GET", path="/v1/search", query=""))
    assert (log.count(), log.calls[0].at) == (CAPACITY, 10)
