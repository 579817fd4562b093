"""What a player command wants, so that one which changes nothing can count as done; pure.

Spotify answers 403 "Restriction violated" with the reason UNKNOWN to a pause of what is paused, and to other
commands that ask for what is already so. The same answer also means real restrictions: hence the look.
"""

from collections.abc import Callable, Mapping
from typing import Any

from gateway.params import Arguments

STATE = "get-information-about-the-users-current-playback"
"""The endpoint whose answer `already` judges."""

Wish = Callable[[Arguments, Mapping[str, Any]], bool]


def already(endpoint_id: str, arguments: Arguments, state: Mapping[str, Any]) -> bool:
    """Tell whether the player is in the state that the command asks for."""
    wish = _WISHES.get(endpoint_id)
    device = state.get("device") or {}
    elsewhere = "device_id" in arguments and arguments["device_id"] != device.get("id")
    return wish is not None and not elsewhere and wish(arguments, state)


def is_wish(endpoint_id: str) -> bool:
    """Tell whether a command asks for a state, rather than for a step."""
    return endpoint_id in _WISHES


def _plays(arguments: Arguments, state: Mapping[str, Any]) -> bool:
    new = {"context_uri", "uris", "offset", "position_ms"} & set(arguments)
    return not new and state.get("is_playing") is True


def _is_there(arguments: Arguments, state: Mapping[str, Any]) -> bool:
    device = state.get("device") or {}
    return (device.get("id"),) == arguments["device_ids"] and arguments.get("play", True) in {
        state.get("is_playing"),
        False,
    }


_WISHES: Mapping[str, Wish] = {
    "start-a-users-playback": _plays,
    "pause-a-users-playback": lambda _, state: state.get("is_playing") is False,
    "set-repeat-mode-on-users-playback": lambda given, state: state.get("repeat_state") == given["state"],
    "toggle-shuffle-for-users-playback": lambda given, state: state.get("shuffle_state") is given["state"],
    "set-volume-for-users-playback": lambda given, state: (
        (state.get("device") or {}).get("volume_percent") == given["volume_percent"]
    ),
    "transfer-a-users-playback": _is_there,
}
