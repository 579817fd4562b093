"""What a warm-up waits for, and what it gives up on."""

import asyncio
from pathlib import Path

import pytest
from aiohttp import web

from house import running
from ops.simulator import SimulatorConfig
from ops.warm.command import NOT_ALL
from ops.warm.items import Item
from warm_rig import TRACKS, WORLD, Run, batch, error, scripted


async def test_what_is_missing_is_asked_for_again_after_the_wait_that_was_told(tmp_path: Path) -> None:
    asked: list[list[str]] = []

    async def answer(request: web.Request) -> web.Response:
        ids = request.query["ids"].split(",")
        asked.append(ids)
        return batch(request, missing=tuple(ids[2:]), **{"Retry-After": "30"})

    async with scripted(answer) as base:
        run = await Run(tmp_path, base, *TRACKS[:5])()
    names = [item.id for item in TRACKS[:5]]
    assert asked == [names, names[2:], names[4:]]
    assert run.code == 0
    assert run.clock.slept == pytest.approx(60)
    assert [wait for wait, _ in run.told.waits] == [30, 30]
    assert all("no calls left" in reason for _, reason in run.told.waits)
    assert run.summary["spent"] == 5
    assert "of which 60 s waiting" in run.said[-1]


@pytest.mark.parametrize("status", [429, 503])
async def test_a_refusal_is_waited_out_and_its_reason_shown(tmp_path: Path, status: int) -> None:
    answers = [
        error(status, "The day is spent.", **{"Retry-After": "40000"}),
        error(status, "", **{"Retry-After": "9"}),
    ]

    async def answer(request: web.Request) -> web.Response:
        return answers.pop(0) if answers else batch(request)

    async with scripted(answer) as base:
        run = await Run(tmp_path, base, TRACKS[0])()
    assert run.code == 0
    assert run.clock.slept == pytest.approx(40_009)
    assert run.told.waits[0] == (40_000, "The day is spent.")


async def test_a_failure_that_does_not_pass_is_named_in_the_end(tmp_path: Path) -> None:
    asked = 0

    async def answer(request: web.Request) -> web.Response:
        nonlocal asked
        asked += 1
        return error(502, "Spotify answered 502") if "tracks" in request.path else batch(request)

    async with scripted(answer) as base:
        run = await Run(tmp_path, base, TRACKS[0])()
    assert run.code == NOT_ALL
    assert asked == 6
    assert run.clock.slept == pytest.approx(31)
    assert f"not to be had: {TRACKS[0]}: Spotify answered 502" in run.said[-1]


async def test_a_wait_for_the_day_quota_says_so_and_what_to_do(tmp_path: Path) -> None:
    config = SimulatorConfig(limit=100, profile="development")
    async with running(config, QUOTA_CALLS_PER_DAY="2") as house:
        run = Run(tmp_path, house.base, *TRACKS[:4])
        waits = asyncio.create_task(run())
        await asyncio.wait_for(run.told.waited.wait(), 20)
        waits.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waits
    left_s, reason = run.told.waits[0]
    assert left_s > 80_000
    assert "QUOTA_CALLS_PER_DAY" in reason
    assert "the same command goes on from there" in reason


async def test_an_error_that_time_does_not_mend_is_not_repeated(tmp_path: Path) -> None:
    async def answer(request: web.Request) -> web.Response:
        return error(403, "No.") if request.path == "/v1/tracks" else artists(request)

    def artists(request: web.Request) -> web.Response:
        headers = {"X-Request-Id": "x", "X-Upstream-Calls": "1"}
        assert "market" not in request.query
        return web.json_response({"artists": [{"id": request.query["ids"]}]}, headers=headers)

    async with scripted(answer) as base:
        run = await Run(tmp_path, base, TRACKS[0], Item("artist", WORLD.artists[0].id), market="US")()
    assert run.code == NOT_ALL
    assert run.summary["warmed"] == 1
    assert not run.told.waits


async def test_a_gateway_that_is_not_there_is_not_waited_for(tmp_path: Path) -> None:
    run = await Run(tmp_path, "http://127.0.0.1:1", TRACKS[0])()
    assert run.code == NOT_ALL
    assert "no gateway answers at http://127.0.0.1:1" in run.said[-1]
    assert "fermata serve" in run.said[-1]
    assert not run.told.waits


async def test_what_is_no_gateway_is_told_so(tmp_path: Path) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(text="<h1>It works!</h1>")

    async with scripted(answer) as base:
        run = await Run(tmp_path, base, TRACKS[0])()
    assert run.code == NOT_ALL
    assert f"what answers at {base} (200) is no Fermata gateway" in run.said[-1]


async def test_a_gateway_that_goes_away_is_waited_for_a_while_and_then_the_job_can_be_resumed(
    tmp_path: Path,
) -> None:
    asked = 0

    async def answer(request: web.Request) -> web.Response:
        nonlocal asked
        asked += 1
        if asked > 1 and request.transport is not None:
            request.transport.abort()
        return batch(request)

    async with scripted(answer) as base:
        run = await Run(tmp_path, base, *TRACKS[:60])()
    assert run.code == NOT_ALL
    assert run.summary["warmed"] == 50
    assert "The same command goes on from there." in run.said[-1]
    assert len(run.told.waits) == 5


# Real processes, and a gateway whose budget is spent before they are done.
