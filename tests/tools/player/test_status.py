import asyncio
from typing import Any

import pytest

from gateway.options import CallOptions
from gateway.transport import Response
from limiter import Priority
from pipeline import answer, refused
from player_rig import ALBUM, CRUSH, DESK, LUCKY, FakePlayer, Seat, device, playing, track
from tools.compat import Compat
from tools.player import status_tool
from tools.tool import BadArguments, ToolCall
from virtual_time import run


def test_state_and_track_cost_one_call_together() -> None:
    async def main() -> None:
        player = FakePlayer()
        result = await Seat(player).status(include=["player", "current_track", "player"])
        assert player.calls == ["GET"]
        assert result.structured["upstream_calls"] == 1
        assert result.structured["summary"] == {"ok": 2, "failed": 0}
        assert set(result.structured) == {"_msg", "player", "current_track", "summary", "upstream_calls"}

    run(main())


@pytest.mark.parametrize("include", [["player"], ["current_track"], ["devices"], ["queue"]])
def test_each_section_alone_costs_one_call_and_brings_nothing_else(include: list[str]) -> None:
    async def main() -> None:
        player = FakePlayer()
        result = await Seat(player).status(include=include)
        assert len(player.sent) == 1
        assert set(result.structured) - {"_msg", "summary", "upstream_calls", "devicesById"} == set(include)

    run(main())


def test_nothing_playing_is_an_answer_and_tells_how_to_wake_a_device() -> None:
    async def main() -> None:
        devices = [device(None, "Television", active=False), device(DESK, "Desk", active=False)]
        result = await Seat(FakePlayer(state=None, devices=devices)).status()
        assert result.structured["player"] == {"is_playing": False}
        assert result.structured["current_track"] is None
        assert result.structured["devicesById"].keys() == {DESK}
        assert not result.is_error
        assert result.text == (
            "Nothing is playing.\n"
            "Devices:\n"
            "- Television (computer, takes no commands) — no id\n"
            f"- Desk (computer) — {DESK}\n"
            f"No device is active: call spotify_control with action transfer and device_id {DESK} (Desk), "
            "or another one of the list."
        )

    run(main())


def test_without_the_devices_the_next_step_is_to_ask_for_them() -> None:
    async def main() -> None:
        result = await Seat(FakePlayer(state=None)).status(include=["current_track"])
        assert 'call again with include ["devices"]' in result.text
        nobody = await Seat(FakePlayer(state=None, devices=[])).status(include=["devices"])
        assert nobody.text == (
            "There are no devices.\n"
            "No device is active, and none takes commands: open Spotify on one, then call again."
        )

    run(main())


def test_the_queue_is_told_in_order_with_everything_by_id() -> None:
    async def main() -> None:
        songs = [track(f"{number:022}", f"Song {number}") for number in range(22)]
        player = FakePlayer(queue={"currently_playing": track(), "queue": [*songs, None, songs[0]]})
        result = await Seat(player).status(include=["queue"])
        queue = result.structured["queue"]
        assert queue["current_id"] == CRUSH
        assert queue["next_ids"] == [*(song["id"] for song in songs), songs[0]["id"]]
        assert queue["byId"].keys() == {CRUSH, *queue["next_ids"]}
        assert queue["byId"][CRUSH]["artists"] == ["Daft Punk", "Julian Casablancas"]
        assert result.text.count("- Song") == 20
        assert "… and 3 more in queue" in result.text

    run(main())


def test_an_episode_is_told_as_one() -> None:
    async def main() -> None:
        episode = {
            "type": "episode",
            "id": LUCKY,
            "uri": f"spotify:episode:{LUCKY}",
            "name": "Pilot",
            "show": {"name": "The Show"},
            "duration_ms": 5,
        }
        player = FakePlayer(playing(item=episode, context=None))
        result = await Seat(player).status(include=["current_track"])
        assert result.structured["current_track"] == {
            "type": "episode",
            "id": LUCKY,
            "uri": f"spotify:episode:{LUCKY}",
            "name": "Pilot",
            "show": "The Show",
            "duration_ms": 5,
        }
        assert result.text.startswith("'Pilot' is playing on device 'Kitchen speaker'.\n")
        assert player.sent[0][3] == {"additional_types": "track,episode"}

    run(main())


def test_a_file_of_the_users_own_plays_without_being_a_track() -> None:
    async def main() -> None:
        local = {"type": "track", "id": None, "uri": "spotify:local:a:b:c:1", "name": "Demo tape"}
        result = await Seat(FakePlayer(playing(item=local, is_playing=False))).status()
        assert result.structured["current_track"] is None
        assert result.text.startswith(f"'Demo tape' is paused on device 'Kitchen speaker'. Context: {ALBUM}\n")

    run(main())


LACKING = (
    "Insufficient client scope: this needs user-read-playback-state. "
    "Come in, local, and grant user-read-playback-state"
)


def _no_devices(_: str, path: str) -> Response | None:
    return refused(403, "Insufficient client scope") if path == "/devices" else None


def test_a_section_that_fails_does_not_hide_the_others() -> None:
    async def main() -> None:
        result = await Seat(FakePlayer(fault=_no_devices)).status()
        assert result.structured["failed"] == {
            "devices": {
                "error": LACKING,
                "code": "forbidden",
                "reason": "SCOPE_MISSING",
            }
        }
        assert result.structured["player"]["device_name"] == "Kitchen speaker"
        assert result.structured["summary"] == {"ok": 2, "failed": 1}
        assert not result.is_error
        assert "Failed: devices — forbidden: Insufficient client scope" in result.text
        # The scope will be lacking the next time, too.
        assert result.text.endswith("\nAnother try changes nothing until what the errors name is mended.")

    run(main())


def test_a_section_that_fails_for_the_moment_is_worth_another_try() -> None:
    async def main() -> None:
        result = await Seat(FakePlayer(fault=lambda *_: refused(503, "down"))).status()
        assert result.text.endswith("\nAsk again for the failed sections only.")

    run(main())


def test_iceeners_callers_are_told_of_a_failed_section_as_a_failed_call() -> None:
    async def main() -> None:
        result = await Seat(FakePlayer(fault=_no_devices), Compat.ICEENER).status()
        assert result.is_error
        told = {name: result.structured[name] for name in ("ok", "action", "error", "code")}
        error = LACKING
        assert told == {"ok": False, "action": "status", "error": error, "code": "forbidden"}
        seed = await Seat(FakePlayer(fault=_no_devices)).status()
        assert result.text == seed.text

    run(main())


def test_a_ban_is_told_at_once_with_the_seconds_to_wait() -> None:
    async def main() -> None:
        player = FakePlayer(fault=lambda *_: refused(429, "no", retry_after="80000"))
        result = await Seat(player).status()
        assert result.is_error
        assert asyncio.get_running_loop().time() < 1
        assert result.structured["retry_after"] == pytest.approx(80_000, abs=5)
        assert {failure["code"] for failure in result.structured["failed"].values()} == {"rate_limited"}
        assert "then ask for the failed sections only" in result.text
        assert "Failed: player, devices, current_track — rate_limited" in result.text

    run(main())


@pytest.mark.parametrize(("compat", "code"), [(Compat.SEED, "unavailable"), (Compat.ICEENER, "bad_response")])
def test_an_outage_is_told_in_the_words_of_either_tradition(compat: Compat, code: str) -> None:
    async def main() -> None:
        result = await Seat(FakePlayer(fault=lambda *_: answer({}, 503)), compat).status(include=["queue"])
        assert result.is_error
        assert result.structured["failed"]["queue"]["code"] == code

    run(main())


def test_a_short_pause_and_a_stale_token_are_not_the_callers_concern() -> None:
    async def main() -> None:
        faults = iter([refused(429, "no", retry_after="2"), refused(401, "The access token expired")])
        result = await Seat(FakePlayer(fault=lambda *_: next(faults, None))).status(include=["player"])
        assert result.structured["player"]["is_playing"]
        assert result.structured["upstream_calls"] == 3
        assert 2 <= asyncio.get_running_loop().time() < 4

    run(main())


def test_a_slow_spotify_is_waited_for_no_longer_than_the_caller_does() -> None:
    async def main() -> None:
        result = await Seat(FakePlayer(delay_s=12)).status(CallOptions(deadline_s=3))
        assert asyncio.get_running_loop().time() == pytest.approx(3, abs=0.5)
        assert {failure["code"] for failure in result.structured["failed"].values()} == {"timeout"}

    run(main())


@pytest.mark.parametrize("arguments", [{}, {"dry_run": True}])
def test_whoever_is_not_signed_in_is_told_how_to(arguments: dict[str, Any]) -> None:
    async def main() -> None:
        player = FakePlayer()
        result = await Seat(player, signed_in=False).status(**arguments)
        assert result.is_error
        assert player.sent == []
        failure = result.structured["failed"]["player"]
        assert (failure["code"], failure["reason"]) == ("unauthorized", "SIGN_IN_NEEDED")
        assert "Come in, local" in result.text
        assert result.text.endswith("Sign in as the error says, then call again.")

    run(main())


def test_a_dry_run_sends_nothing_and_tells_the_cost() -> None:
    async def main() -> None:
        player = FakePlayer()
        seat = Seat(player)
        for result in (await seat.status(dry_run=True), await seat.status(CallOptions(dry_run=True))):
            assert result.structured["estimate"]["upstream_calls"] == 2
            assert result.text.startswith("Nothing was sent. It would cost at most 2 calls")
            assert not result.is_error
        assert player.sent == []

    run(main())


def test_the_callers_class_and_deadline_are_kept() -> None:
    heard: list[Any] = []

    class Client:
        async def call(self, endpoint_id: str, _: object, **how: object) -> None:
            heard.append((endpoint_id, how["priority"], how["deadline_s"]))
            raise RuntimeError

    async def main() -> None:
        tool = status_tool(Client(), clock=lambda: 0.0)  # type: ignore[arg-type]  # all that it needs
        options = CallOptions(priority=Priority.CRAWL, deadline_s=7)
        with pytest.raises(RuntimeError):
            await tool.run(ToolCall({"include": ["queue"]}, options=options))

    run(main())
    assert heard == [("get-queue", Priority.CRAWL, 7)]


def test_a_cancelled_call_ends_its_reads() -> None:
    async def main() -> None:
        call = asyncio.create_task(Seat(FakePlayer(delay_s=1000)).status())
        await asyncio.sleep(1)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call

    run(main())


@pytest.mark.parametrize(
    "arguments",
    [{"include": []}, {"include": ["lyrics"]}, {"include": "player"}, {"sections": ["player"]}, {"mode": "raw"}],
)
def test_arguments_outside_the_schema_are_refused(arguments: dict[str, Any]) -> None:
    async def main() -> None:
        player = FakePlayer()
        with pytest.raises(BadArguments):
            await Seat(player).status(**arguments)
        assert player.sent == []

    run(main())


def test_the_definition_is_short_and_honest() -> None:
    tool = status_tool(None, clock=lambda: 0.0)  # type: ignore[arg-type]  # nothing is called
    listed = tool.describe().model_dump_json(by_alias=True, exclude_none=True)
    assert len(listed.encode()) <= 3500
    assert (tool.name, tool.aliases) == ("spotify_status", ("player_status",))
    assert (tool.read_only, tool.destructive, tool.idempotent) == (True, False, True)
