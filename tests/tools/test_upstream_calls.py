"""What a tool call has cost is all that was sent for it, whether it worked or not."""

from typing import Any

import pytest

from gateway.transport import Response
from pipeline import answer, refused
from player_rig import FakePlayer, Seat
from tool_rig import LIBRARY, PLAYLISTS, SEARCH, Rig, Spotify, many
from virtual_time import run

DOWN = answer({}, 503)


@pytest.mark.parametrize(
    ("rig", "asked"),
    [
        (SEARCH, {"queries": ["a", "b"], "types": ["track"]}),
        (PLAYLISTS, {"action": "list_user"}),
        (PLAYLISTS, {"action": "create"}),
        (LIBRARY, {"action": "tracks_get"}),
        (LIBRARY, {"action": "tracks_add", "ids": many(90)}),
        (LIBRARY, {"action": "tracks_contains", "ids": many(90)}),
    ],
)
@pytest.mark.parametrize("response", [DOWN, refused(403, "no"), refused(429, "no", retry_after="80000")])
def test_calls_that_failed_count(rig: Rig, asked: dict[str, Any], response: Response) -> None:
    spotify = Spotify(lambda *_: response)
    result = rig.ask(spotify, **asked)
    assert result.is_error
    assert result.structured["upstream_calls"] == len(spotify.sent) > 0


@pytest.mark.parametrize("bad", ["/pause", "/devices", ""])
def test_failed_operations_sections_and_looks_at_the_player_count(bad: str) -> None:
    async def main() -> None:
        player = FakePlayer(fault=lambda _, path: DOWN if path == bad else None)
        seat = Seat(player)
        told = await seat.control({"action": "pause"}, {"action": "next"})
        assert told.structured["upstream_calls"] == len(player.sent) > 2
        player.sent.clear()
        told = await seat.status()
        assert told.structured["upstream_calls"] == len(player.sent) > 1

    run(main())
