"""The queries of one call are one group: judged together, paced together, behind whoever asks a single thing."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from gateway.endpoint import Profile
from gateway.options import CallOptions
from gateway.transport import Response
from pipeline import answer, refused
from tool_rig import SEARCH, Spotify, called
from tools.compat import Compat
from tools.tool import ToolResult
from virtual_time import run

W = 30.05
QUERIES = [f"q{number}" for number in range(20)]
HASTY = replace(SEARCH, calls=12, options=CallOptions(deadline_s=29))


def found(_: str, url: str) -> Response:
    return answer({"tracks": {"href": url, "items": [], "total": 100}})


def asked(queries: list[str], limit: int = 10) -> dict[str, Any]:
    return {"queries": queries, "types": ["track"], "limit": limit}


def oks(result: ToolResult) -> list[bool]:
    return [batch["ok"] for batch in result.structured["batches"]]


def test_as_many_as_fit_are_answered_and_the_others_are_told_when_all_of_them_can_be_had() -> None:
    async def main() -> None:
        spotify, loop = Spotify(found), asyncio.get_running_loop()
        tool = HASTY.tool(spotify)
        result = await called(tool, HASTY, **asked(QUERIES))
        assert oks(result) == [True] * 12 + [False] * 8
        assert len(spotify.sent) == result.structured["upstream_calls"] == 12
        assert loop.time() < 29
        waits = {batch["retry_after"] for batch in result.structured["batches"][12:]}
        # Bulk leaves four at a time and then one by one, so this is when the twentieth would.
        assert loop.time() + max(waits) == pytest.approx((20 - 4) * W / 12, abs=1.2)
        assert max(waits) - min(waits) <= 1
        assert max(waits) == result.structured["retry_after"]
        assert {batch["reason"] for batch in result.structured["batches"][12:]} == {"BUDGET_SPENT"}
        # Whoever keeps to it gets all the rest, as fast as bulk goes.
        await asyncio.sleep(max(waits))
        rest = await called(tool, HASTY, **asked(QUERIES[12:]))
        assert oks(rest) == [True] * 8
        assert len(spotify.sent) == 20

    run(main())


def test_what_does_not_fit_is_known_at_once_and_only_the_answer_waits_for_the_rest() -> None:
    async def main() -> None:
        steps: list[tuple[float, float]] = []
        loop = asyncio.get_running_loop()

        async def progress(done: float, total: float) -> None:
            assert total == 20
            steps.append((done, loop.time()))

        rig = replace(HASTY, progress=progress)
        await called(rig.tool(Spotify(found)), rig, **asked(QUERIES))
        assert [done for done, _ in steps] == list(range(1, 21))
        assert [at for _, at in steps[:8]] == [0.0] * 8

    run(main())


def test_a_single_question_goes_before_the_rest_of_a_group() -> None:
    async def main() -> None:
        spotify, loop = Spotify(found), asyncio.get_running_loop()
        tool = replace(SEARCH, calls=12).tool(spotify)
        # Whoever goes first takes a slot that the last of the group had reckoned with.
        rig = replace(SEARCH, options=CallOptions(deadline_s=100))
        group = asyncio.create_task(called(tool, rig, **asked(QUERIES)))
        await asyncio.sleep(1)
        left = len(spotify.sent)
        assert left < 12
        single = await called(tool, SEARCH, **asked(["mine"]))
        assert oks(single) == [True]
        assert loop.time() == pytest.approx(1.1)
        assert "q=mine" in spotify.sent[left][1]
        assert oks(await group) == [True] * 20

    run(main())


def test_what_is_known_is_answered_wherever_it_stands_in_the_group() -> None:
    async def main() -> None:
        spotify = Spotify(found)
        tool = replace(SEARCH, calls=3).tool(spotify)
        await called(tool, SEARCH, **asked(["known"]))
        rig = replace(SEARCH, options=CallOptions(deadline_s=5))
        result = await called(tool, rig, **asked(["a", "b", "c", "known", "a"]))
        assert oks(result) == [True, True, False, True, True]

    run(main())


def test_what_is_past_its_time_is_better_than_a_refusal() -> None:
    async def main() -> None:
        spotify = Spotify(found)
        tool = replace(SEARCH, calls=2).tool(spotify)
        await called(tool, SEARCH, **asked(["old"]))
        await asyncio.sleep(1800)
        rig = replace(SEARCH, options=CallOptions(deadline_s=5))
        result = await called(tool, rig, **asked(["a", "b", "c", "old"]), cache=True)
        assert oks(result) == [True, True, False, True]
        assert result.structured["batches"][3]["cache"] == "stale"

    run(main())


def test_a_group_that_comes_while_nothing_may_leave_is_told_what_holds_it_back() -> None:
    async def main() -> None:
        spotify = Spotify(lambda *_: refused(429, "no", retry_after="500"))
        tool = HASTY.tool(spotify)
        await called(tool, HASTY, **asked(["first"]))
        result = await called(tool, HASTY, **asked(QUERIES))
        assert {batch["reason"] for batch in result.structured["batches"]} == {"RATE_LIMITED"}
        # A quarter of the window may leave right after the pause, and the rest of it one window later.
        assert all(500 + W - 2 < batch["retry_after"] < 500 + W + 2 for batch in result.structured["batches"])
        assert len(spotify.sent) == 1

    run(main())


def test_pages_of_small_apps_count_before_the_first_one_leaves() -> None:
    async def main() -> None:
        ten = [{"id": f"{number}", "name": "A"} for number in range(10)]
        spotify = Spotify(lambda _, url: answer({"tracks": {"href": url, "items": ten, "total": 100}}))
        rig = replace(HASTY, profile=Profile.DEVELOPMENT)
        result = await called(rig.tool(spotify), rig, **asked(QUERIES[:10], limit=20))
        assert oks(result) == [True] * 6 + [False] * 4
        assert {len(batch["items"]) for batch in result.structured["batches"][:6]} == {20}
        assert len(spotify.sent) == 12

    run(main())


def test_iceener_is_refused_with_the_wait_for_the_whole_group() -> None:
    async def main() -> None:
        rig, loop = replace(HASTY, compat=Compat.ICEENER), asyncio.get_running_loop()
        tool = rig.tool(Spotify(found))
        result = await called(tool, rig, **asked(QUERIES))
        assert result.is_error
        assert (result.structured["batches"], result.structured["code"]) == ([], "rate_limited")
        assert result.structured["retry_after"] > W - loop.time()
        await asyncio.sleep(result.structured["retry_after"])
        # What worked is remembered, so the same call costs no more than the rest.
        assert oks(await called(tool, rig, **asked(QUERIES))) == [True] * 20

    run(main())


def test_a_cancelled_call_ends_all_its_searches_and_sends_nothing_more() -> None:
    async def main() -> None:
        spotify = Spotify(found)
        tool = replace(SEARCH, calls=12).tool(spotify)
        call = asyncio.create_task(called(tool, SEARCH, **asked(QUERIES)))
        await asyncio.sleep(1)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        sent = len(spotify.sent)
        await asyncio.sleep(100)
        assert len(spotify.sent) == sent

    run(main())
