import asyncio
from typing import Any

import pytest

from gateway.options import CallOptions
from gateway.transport import LostError, Response
from limiter import Priority
from pipeline import answer, refused
from player_rig import ALBUM, DESK, KITCHEN, LUCKY, FakePlayer, Seat, device, playing
from tools.compat import Compat
from tools.player import control_tool
from tools.tool import BadArguments, ToolCall
from virtual_time import run

PAUSE = {"action": "pause"}
NEXT = {"action": "next"}


def test_operations_are_done_in_their_order_and_looked_at_once() -> None:
    async def main() -> None:
        player = FakePlayer(devices=[device(), device(DESK, "Desk", active=False)])
        result = await Seat(player).control(
            {"action": "transfer", "device_id": DESK},
            {"action": "volume", "volume_percent": 30},
            {"action": "transfer", "device_id": KITCHEN},
            NEXT,
        )
        assert player.calls == ["PUT", "PUT /volume", "PUT", "POST /next", "GET"]
        assert result.structured["upstream_calls"] == 5
        assert [one.get("device_id") for one in result.structured["results"]] == [DESK, DESK, KITCHEN, KITCHEN]
        assert result.structured["results"][2]["from_device_id"] == DESK
        assert result.structured["results"][3]["device_name"] == "Kitchen speaker"

    run(main())


def test_twenty_five_operations_cost_two_looks_at_most() -> None:
    async def main() -> None:
        player = FakePlayer(late_reads=9)
        seat = Seat(player)
        volumes = [{"action": "volume", "volume_percent": number} for number in range(25)]
        result = await seat.control(*volumes)
        assert player.calls.count("GET") == 2
        assert seat.slept == [0.3]
        assert result.structured["upstream_calls"] == 27
        assert result.structured["summary"] == {"ok": 25, "failed": 0}
        # Only the last one's wish still stands.
        notes = [one["note"] for one in result.structured["results"]]
        assert notes == [f"volume set to {n}" for n in range(24)] + [
            "volume set to 24; Spotify still reports volume: 23"
        ]
        assert not result.is_error
        assert "Not as asked yet: operations[24] volume, volume is 23." in result.text
        assert result.text.endswith("Look again with spotify_status in a moment.")

    run(main())


def test_a_state_that_comes_late_is_looked_at_once_more_and_fits() -> None:
    async def main() -> None:
        player = FakePlayer(late_reads=1)
        result = await Seat(player).control({"action": "play", "uris": [f"spotify:track:{LUCKY}"]})
        assert player.calls == ["PUT /play", "GET", "GET"]
        assert result.structured["results"][0]["note"] == f"spotify:track:{LUCKY}"
        assert "'Get Lucky' is playing" in result.text

    run(main())


def test_a_play_that_does_not_come_about_is_noted_and_stays_a_success() -> None:
    async def main() -> None:
        player = FakePlayer(late_reads=9, state=playing(is_playing=False))
        other = "spotify:playlist:37i9dQZF1DXcBWIGoYBM5M"
        result = await Seat(player).control({"action": "play", "context_uri": other})
        (one,) = result.structured["results"]
        assert one["ok"]
        assert one["note"] == (
            f"{other}; Spotify still reports playback: paused; Spotify still reports context: {ALBUM}"
        )
        assert result.text.startswith("play succeeded. Playback is paused on 'Kitchen speaker'.")

    run(main())


def test_the_older_name_of_a_playlist_and_a_relinked_track_are_what_was_asked_for() -> None:
    async def main() -> None:
        state = playing(context={"uri": "spotify:user:ann:playlist:37i9dQZF1DXcBWIGoYBM5M"})
        state["item"]["linked_from"] = {"uri": f"spotify:track:{LUCKY}"}
        player = FakePlayer(fault=lambda method, _: answer(state) if method == "GET" else None)
        result = await Seat(player).control(
            {
                "action": "play",
                "context_uri": "spotify:playlist:37i9dQZF1DXcBWIGoYBM5M",
                "offset": {"uri": f"spotify:track:{LUCKY}"},
            }
        )
        assert player.calls.count("GET") == 1
        assert "Not as asked" not in result.text

    run(main())


def test_a_look_that_fails_leaves_what_was_done_done() -> None:
    async def main() -> None:
        player = FakePlayer(fault=lambda method, _: refused(403, "No scope") if method == "GET" else None)
        result = await Seat(player).control(PAUSE)
        assert result.structured["results"] == [{"index": 0, "action": "pause", "ok": True}]
        assert not result.is_error
        assert "What came of it could not be looked at — forbidden: No scope" in result.text

    run(main())


def test_a_look_does_not_wait_for_a_budget_that_the_commands_have_spent() -> None:
    async def main() -> None:
        player = FakePlayer()
        result = await Seat(player, calls=2).control(PAUSE, NEXT)
        assert player.calls == ["PUT /pause", "POST /next"]
        assert asyncio.get_running_loop().time() < 4
        assert result.structured["summary"] == {"ok": 2, "failed": 0}
        assert "could not be looked at — rate_limited" in result.text

    run(main())


def test_nothing_is_looked_at_if_nothing_was_done() -> None:
    async def main() -> None:
        player = FakePlayer(state=None)
        result = await Seat(player).control(PAUSE)
        assert player.calls == ["PUT /pause"]
        (one,) = result.structured["results"]
        assert (one["code"], one["reason"]) == ("not_found", "NO_ACTIVE_DEVICE")
        assert result.is_error
        assert result.text.splitlines()[-1].startswith('Call spotify_status with include ["devices"], then send')

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
    [(401, "The access token expired", "", 2), (403, "Player command failed", "PREMIUM_REQUIRED", 1)],
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
            assert "set FERMATA_REFRESH_TOKEN" in result.text
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


def test_operations_that_cannot_be_read_fail_alone() -> None:
    async def main() -> None:
        player = FakePlayer()
        result = await Seat(player).control(
            {"action": "dance"},
            {"action": "volume", "volume_percent": 101},
            {"action": "volume", "volume_percent": 50.5},
            {"action": "pause", "colour": "red"},
            {"action": "queue", "queue_uri": "Instant Crush"},
            {"action": "play", "offset": {"position": 1}},
            {"device_id": DESK},
            "pause",
            None,
            {"action": "seek", "position_ms": 30000.0},
        )
        results = result.structured["results"]
        assert [one["ok"] for one in results] == [False] * 9 + [True]
        assert {one["code"] for one in results[:9]} == {"invalid_arguments"}
        assert [one["action"] for one in results][6:9] == ["unknown"] * 3
        assert "volume_percent" in results[1]["error"]
        assert "fractional" in results[2]["error"]
        assert player.calls == ["PUT /seek", "GET"]
        assert result.text.startswith("1 of 10 actions succeeded.")

    run(main())


def test_fields_of_other_actions_are_no_fault_and_are_told() -> None:
    async def main() -> None:
        player = FakePlayer()
        result = await Seat(player).control(
            {"action": "pause", "volume_percent": 5, "offset": None, "uris": None, "position_ms": None},
            {"action": "play", "offset": {}},
        )
        notes = [one["note"] for one in result.structured["results"]]
        assert notes == ["pause has no use for volume_percent", "resumed"]
        assert player.sent[0][3:] == ({}, {})

    run(main())


def test_with_iceener_an_operation_outside_the_schema_spoils_the_call() -> None:
    async def main() -> None:
        player = FakePlayer()
        with pytest.raises(BadArguments, match=r"operations\.1\.action"):
            await Seat(player, Compat.ICEENER).control(PAUSE, {"action": "dance"})
        assert player.sent == []

    run(main())


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"operations": []},
        {"operations": [PAUSE] * 26},
        {"operations": PAUSE},
        {"operations": [PAUSE], "parallel": "maybe"},
        {"operations": [PAUSE], "colour": "red"},
    ],
)
@pytest.mark.parametrize("compat", Compat)
def test_calls_outside_the_schema_are_refused(arguments: dict[str, Any], compat: Compat) -> None:
    async def main() -> None:
        player = FakePlayer()
        with pytest.raises(BadArguments):
            await Seat(player, compat).control_tool().run(ToolCall(arguments))
        assert player.sent == []

    run(main())


def test_a_dry_run_sends_nothing_and_tells_cost_and_faults() -> None:
    async def main() -> None:
        player = FakePlayer()
        operations = (PAUSE, {"action": "seek"}, {"action": "queue", "queue_uri": "nonsense"}, NEXT)
        for result in (
            await Seat(player).control(*operations, dry_run=True),
            await Seat(player).control(*operations, options=CallOptions(dry_run=True)),
        ):
            # Two commands and the look at what they did.
            assert result.structured["estimate"]["upstream_calls"] == 3
            assert [one["index"] for one in result.structured["results"]] == [1, 2]
            assert result.structured["summary"] == {"ok": 0, "failed": 2}
            assert result.text.startswith("Nothing was sent. It would cost at most 3 calls")
            assert "Failed: operations[1] seek — invalid_arguments: seek needs position_ms" in result.text
            assert not result.is_error
        assert player.sent == []

    run(main())


def test_commands_are_urgent_unless_the_caller_says_otherwise() -> None:
    heard: list[Any] = []

    class Client:
        deadline_s = 60.0

        async def call(self, endpoint_id: str, *_: object, priority: Priority, **__: object) -> None:
            heard.append((endpoint_id, priority))
            raise RuntimeError

    async def main(options: CallOptions) -> None:
        tool = control_tool(Client(), clock=lambda: 0.0, sleep=asyncio.sleep)  # type: ignore[arg-type]  # all it needs
        with pytest.raises(RuntimeError):
            await tool.run(ToolCall({"operations": [PAUSE]}, options=options))

    run(main(CallOptions()))
    run(main(CallOptions(priority=Priority.CRAWL)))
    assert heard == [("pause-a-users-playback", Priority.CONTROL), ("pause-a-users-playback", Priority.CRAWL)]


@pytest.mark.parametrize("parallel", [False, True])
def test_progress_is_told_after_each_operation(*, parallel: bool) -> None:
    told: list[tuple[float, float]] = []

    async def progress(done: float, total: float) -> None:
        told.append((done, total))

    async def main() -> None:
        call = ToolCall({"operations": [PAUSE, NEXT, NEXT], "parallel": parallel}, progress=progress)
        await Seat(FakePlayer()).control_tool().run(call)

    run(main())
    assert told == [(1, 3), (2, 3), (3, 3)]


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


@pytest.mark.parametrize(("compat", "plays"), [(Compat.SEED, True), (Compat.ICEENER, False)])
def test_the_definition_is_short_and_honest(compat: Compat, *, plays: bool) -> None:
    tool = control_tool(None, clock=lambda: 0.0, sleep=asyncio.sleep, compat=compat)  # type: ignore[arg-type]  # unused
    listed = tool.describe().model_dump_json(by_alias=True, exclude_none=True)
    assert len(listed.encode()) <= 5500
    assert (tool.name, tool.aliases) == ("spotify_control", ())
    assert (tool.read_only, tool.destructive, tool.idempotent) == (False, False, False)
    operation = tool.input_schema["$defs"]["Operation"]["properties"]
    assert operation["transfer_play"]["default"] is plays
