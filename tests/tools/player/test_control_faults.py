import asyncio

import pytest

from gateway.options import CallOptions
from gateway.transport import LostError, Response
from pipeline import answer, refused
from player_rig import DESK, FakePlayer, Seat, playing
from tools.compat import Compat
from virtual_time import run

PAUSE = {"action": "pause"}
NEXT = {"action": "next"}


@pytest.mark.parametrize(
    ("fault", "code", "advice"),
    [
        (refused(404, "Device not found"), "not_found", "Call spotify_status with include"),
        (
            answer({}, 503),
            "unavailable",
            "See with spotify_status whether the failed operations were done after all",
        ),
        (refused(403, "Restricted", reason="NO_NEXT_TRACK"), "forbidden", "Mend what the errors name"),
        (
            refused(403, "Cannot control device volume", reason="VOLUME_CONTROL_DISALLOW"),
            "forbidden",
            "Another try changes nothing: tell the user.",
        ),
        (
            refused(403, "No", reason="PREMIUM_REQUIRED"),
            "forbidden",
            "Another try changes nothing: tell the user.",
        ),
    ],
)
def test_the_next_step_fits_the_failure_in_the_words_of_either_tradition(
    fault: Response, code: str, advice: str
) -> None:
    async def main() -> None:
        results = [
            await Seat(FakePlayer(fault=lambda *_: fault), compat).control(NEXT | {"device_id": DESK})
            for compat in Compat
        ]
        assert [one.structured["results"][0]["code"] for one in results] == [
            code,
            code if code == "forbidden" else "bad_response",
        ]
        for result in results:
            assert result.text == results[0].text
            assert result.text.splitlines()[-1].startswith(advice)
            assert result.structured["results"][0]["device_id"] == DESK

    run(main())


def test_a_pause_of_what_is_paused_is_a_success() -> None:
    async def main() -> None:
        def restricted(_: str, path: str) -> Response | None:
            paused = path == "/pause"
            return (
                refused(403, "Player command failed: Restriction violated", reason="UNKNOWN") if paused else None
            )

        player = FakePlayer(playing(is_playing=False), fault=restricted)
        result = await Seat(player).control(PAUSE)
        assert result.structured["results"][0]["ok"]
        assert player.calls == ["PUT /pause", "GET", "GET"]
        assert result.structured["upstream_calls"] == 3

    run(main())


def test_a_ban_is_told_at_once_for_all_that_it_stops() -> None:
    async def main() -> None:
        player = FakePlayer(fault=lambda *_: refused(429, "no", retry_after="80000"))
        result = await Seat(player).control(*[NEXT] * 25)
        assert len(player.sent) == 1
        assert asyncio.get_running_loop().time() < 1
        for one in result.structured["results"]:
            assert one["code"] == "rate_limited"
            assert one["retry_after"] == pytest.approx(80_000, abs=5)
        assert result.structured["retry_after"] == pytest.approx(80_000, abs=5)
        assert result.is_error
        assert "then send the failed operations only; sooner is refused again" in result.text

    run(main())


@pytest.mark.parametrize("parallel", [False, True])
def test_a_spent_budget_fails_the_rest_without_a_wait_for_each(*, parallel: bool) -> None:
    async def main() -> None:
        player = FakePlayer()
        result = await Seat(player, calls=3).control(
            *[NEXT] * 6, parallel=parallel, options=CallOptions(deadline_s=5)
        )
        assert [one["ok"] for one in result.structured["results"]] == [True] * 3 + [False] * 3
        for one in result.structured["results"][3:]:
            assert (one["code"], one["reason"]) == ("rate_limited", "BUDGET_SPENT")
            assert 20 < one["retry_after"] < 40
        assert asyncio.get_running_loop().time() < 6
        assert not result.is_error

    run(main())


def test_a_short_pause_is_waited_for() -> None:
    async def main() -> None:
        faults = iter([refused(429, "no", retry_after="2")])
        player = FakePlayer(fault=lambda *_: next(faults, None))
        result = await Seat(player).control(PAUSE)
        assert result.structured["summary"] == {"ok": 1, "failed": 0}
        assert 2 <= asyncio.get_running_loop().time() < 4

    run(main())


def test_a_short_failure_is_repeated_only_where_a_copy_does_no_harm() -> None:
    async def main() -> None:
        faults = iter([answer({}, 503), None, answer({}, 503)])
        player = FakePlayer(fault=lambda *_: next(faults, None))
        result = await Seat(player).control(PAUSE, NEXT)
        assert player.calls == ["PUT /pause", "PUT /pause", "POST /next", "GET"]
        assert [one["ok"] for one in result.structured["results"]] == [True, False]
        assert result.structured["results"][1]["code"] == "unavailable"

    run(main())


@pytest.mark.parametrize(
    ("status", "message", "reason", "calls"),
    [
        (401, "The access token expired", "", 2),
        (403, "Player command failed", "PREMIUM_REQUIRED", 1),
        (403, "Insufficient client scope", "", 1),
    ],
)
def test_what_stops_every_command_is_asked_once(status: int, message: str, reason: str, calls: int) -> None:
    async def main() -> None:
        player = FakePlayer(fault=lambda *_: refused(status, message, reason=reason))
        # A fault of its own is told as that, whatever stops the others.
        result = await Seat(player).control(NEXT, NEXT, {"action": "seek"}, PAUSE)
        assert len(player.sent) == calls
        assert result.structured["summary"] == {"ok": 0, "failed": 4}
        codes = [one["code"] for one in result.structured["results"]]
        assert codes[:2] == [codes[0]] * 2
        assert codes[2] == "invalid_arguments"
        # One reason, one line.
        assert [line.split(" — ")[0] for line in result.text.splitlines()[1:3]] == [
            "Failed: operations[0] next, operations[1] next, operations[3] pause",
            "Failed: operations[2] seek",
        ]

    run(main())


def test_whoever_is_not_signed_in_is_told_how_to() -> None:
    async def main() -> None:
        player = FakePlayer()
        for result in (
            await Seat(player, signed_in=False).control(PAUSE, NEXT),
            await Seat(player, signed_in=False).control(PAUSE, NEXT, dry_run=True),
        ):
            assert result.is_error
            assert [one["reason"] for one in result.structured["results"]] == ["SIGN_IN_NEEDED"] * 2
            assert "Come in, local" in result.text
            assert result.text.endswith("Sign in as the error says, then send the failed operations again.")
        assert player.sent == []

    run(main())


@pytest.mark.parametrize("parallel", [False, True])
def test_a_slow_spotify_is_waited_for_no_longer_than_the_caller_does(*, parallel: bool) -> None:
    async def main() -> None:
        player = FakePlayer(delay_s=12)
        result = await Seat(player).control(*[NEXT] * 5, parallel=parallel, options=CallOptions(deadline_s=3))
        assert asyncio.get_running_loop().time() == pytest.approx(3.25)
        assert len(player.sent) == 1
        assert [one["code"] for one in result.structured["results"]] == ["timeout"] * 5
        assert "may have done it all the same" in result.structured["results"][0]["error"]
        # Only the one that left may have been done.
        assert "may have done" not in result.structured["results"][4]["error"]

    run(main())


@pytest.mark.parametrize("parallel", [False, True])
def test_a_cancelled_call_ends_what_is_under_way_and_sends_no_more(*, parallel: bool) -> None:
    async def main() -> None:
        player = FakePlayer(delay_s=10)
        call = asyncio.create_task(Seat(player).control(PAUSE, NEXT, parallel=parallel))
        await asyncio.sleep(1)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await asyncio.sleep(100)
        assert player.calls == ["PUT /pause"]

    run(main())


def test_a_lost_skip_is_not_repeated() -> None:
    async def main() -> None:
        player = FakePlayer(fault=lambda *_: LostError("reset"))
        result = await Seat(player).control(NEXT)
        assert len(player.sent) == 1
        assert result.structured["results"][0]["code"] == "unavailable"

    run(main())


@pytest.mark.parametrize(
    ("operation", "advice"),
    [
        (PAUSE | {"loud": True}, "Mend what the errors name"),
        ({"action": "transfer"}, "Call spotify_status with include"),
    ],
)
def test_only_who_lacks_a_device_is_sent_to_look_for_one(operation: dict[str, object], advice: str) -> None:
    async def main() -> None:
        result = await Seat(FakePlayer()).control(operation)
        assert result.text.splitlines()[-1].startswith(advice)

    run(main())
