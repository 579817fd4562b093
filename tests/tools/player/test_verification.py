import asyncio

from pipeline import answer, refused
from player_rig import ALBUM, LUCKY, FakePlayer, Seat, playing
from virtual_time import run

PAUSE = {"action": "pause"}
NEXT = {"action": "next"}


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
