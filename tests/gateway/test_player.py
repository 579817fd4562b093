from typing import Any

import pytest

from gateway.player import already

PLAYING = {
    "is_playing": True,
    "device": {"id": "d1", "volume_percent": 30},
    "shuffle_state": False,
    "repeat_state": "off",
}
PAUSED = PLAYING | {"is_playing": False}


@pytest.mark.parametrize(
    ("command", "given", "state", "done"),
    [
        ("pause-a-users-playback", {}, PAUSED, True),
        ("pause-a-users-playback", {}, PLAYING, False),
        ("pause-a-users-playback", {"device_id": "d1"}, PAUSED, True),
        ("pause-a-users-playback", {"device_id": "d2"}, PAUSED, False),
        ("pause-a-users-playback", {}, {}, False),
        ("start-a-users-playback", {}, PLAYING, True),
        ("start-a-users-playback", {"uris": ("spotify:track:x",)}, PLAYING, False),
        ("start-a-users-playback", {}, PAUSED, False),
        ("set-repeat-mode-on-users-playback", {"state": "off"}, PLAYING, True),
        ("set-repeat-mode-on-users-playback", {"state": "track"}, PLAYING, False),
        ("toggle-shuffle-for-users-playback", {"state": False}, PLAYING, True),
        ("toggle-shuffle-for-users-playback", {"state": True}, PLAYING, False),
        ("set-volume-for-users-playback", {"volume_percent": 30}, PLAYING, True),
        ("set-volume-for-users-playback", {"volume_percent": 31}, PLAYING, False),
        ("transfer-a-users-playback", {"device_ids": ("d1",)}, PLAYING, True),
        ("transfer-a-users-playback", {"device_ids": ("d1",), "play": True}, PAUSED, False),
        ("transfer-a-users-playback", {"device_ids": ("d2",)}, PLAYING, False),
        ("skip-users-playback-to-next-track", {}, PLAYING, False),
    ],
)
def test_a_command_counts_as_done_only_if_it_asks_for_what_is_so(
    command: str, given: dict[str, Any], state: dict[str, Any], done: object
) -> None:
    assert already(command, given, state) is done
