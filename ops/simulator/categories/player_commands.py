"""The player as it is commanded: every command that succeeds is a 204 without a body."""

from collections.abc import Sequence
from typing import Final, Literal, cast

from ops.simulator.answers import ApiError
from ops.simulator.player.commands import admitted, chosen, is_whole, steered
from ops.simulator.player.playables import item
from ops.simulator.player.reasons import refused
from ops.simulator.player.running_order import Repeat
from ops.simulator.routes import PLAYER_WRITE, Ask, Handler, Reply, Route

SCOPES: Final = ("user-modify-playback-state",)
LOUDEST: Final = 100
DONE: Final = Reply(204)


def transfer(ask: Ask) -> Reply:
    """`PUT /me/player`: move playback to the one device of `device_ids`; `play` makes it play there."""
    devices, play = ask.fields.get("device_ids"), ask.fields.get("play", False)
    if not isinstance(devices, list) or len(devices) != 1 or not isinstance(devices[0], str):
        raise ApiError(400, "Exactly one device id must be provided")
    if not isinstance(play, bool):
        raise ApiError(400, "Invalid play")
    command = admitted(ask, devices[0])
    command.player.activate(command.device, now_ms=command.now_ms)
    if play and not command.player.playing and command.player.item is not None:
        command.player.resume(command.now_ms)
    return DONE


def play(ask: Ask) -> Reply:
    """`PUT /me/player/play`: start a context or a list, or go on; an inactive device wakes up for it."""
    position_ms = ask.fields.get("position_ms")
    if position_ms is not None and (not is_whole(position_ms) or position_ms < 0):
        raise ApiError(400, "Invalid position_ms")
    command = admitted(ask, ask.query.get("device_id"))
    player, now_ms = command.player, command.now_ms
    choice = chosen(ask, ask.fields)
    moved = command.device is not player.active
    if choice is None and (player.item is None or (player.playing and not moved and position_ms is None)):
        raise refused("UNKNOWN")
    if choice is not None:
        player.start(choice[0], at=choice[1], position_ms=position_ms or 0, now_ms=now_ms)
    elif position_ms is not None:
        player.seek(position_ms, now_ms=now_ms)
    if not player.playing:
        player.resume(now_ms)
    if moved:
        player.activate(command.device, now_ms=now_ms)
    return DONE


def pause(ask: Ask) -> Reply:
    """`PUT /me/player/pause`."""
    command = steered(ask)
    command.player.pause(command.now_ms)
    return DONE


def skip_next(ask: Ask) -> Reply:
    """`POST /me/player/next`."""
    command = steered(ask)
    command.player.skip(command.now_ms)
    return DONE


def skip_previous(ask: Ask) -> Reply:
    """`POST /me/player/previous`."""
    command = steered(ask)
    command.player.skip(command.now_ms, back=True)
    return DONE


def seek(ask: Ask) -> Reply:
    """`PUT /me/player/seek`."""
    position_ms = _number(ask, "position_ms")
    command = steered(ask)
    command.player.seek(position_ms, now_ms=command.now_ms)
    return DONE


def set_repeat(ask: Ask) -> Reply:
    """`PUT /me/player/repeat`."""
    state = cast("Repeat", _choice(ask, "state", ("track", "context", "off")))
    command = steered(ask)
    command.player.set_repeat(state, now_ms=command.now_ms)
    return DONE


def set_shuffle(ask: Ask) -> Reply:
    """`PUT /me/player/shuffle`."""
    state = _choice(ask, "state", ("true", "false"))
    command = steered(ask)
    command.player.set_shuffle(on=state == "true", now_ms=command.now_ms)
    return DONE


def set_volume(ask: Ask) -> Reply:
    """`PUT /me/player/volume`."""
    volume = _number(ask, "volume_percent", most=LOUDEST)
    command = steered(ask)
    if not command.device.supports_volume:
        raise refused("VOLUME_CONTROL_DISALLOW")
    command.device.volume = volume
    return DONE


def enqueue(ask: Ask) -> Reply:
    """`POST /me/player/queue`."""
    uri = _text(ask, "uri")
    command, wanted = steered(ask), item(ask, uri)
    if wanted is None:
        raise refused("UNKNOWN")
    command.player.order.queued.append(wanted)
    return DONE


def _text(ask: Ask, name: str) -> str:
    text = ask.query.get(name, "")
    if not text:
        raise ApiError(400, f"Missing required field: {name}")
    return text


def _choice(ask: Ask, name: str, choices: Sequence[str]) -> str:
    text = _text(ask, name)
    if text not in choices:
        raise ApiError(400, f"Invalid {name}")
    return text


def _number(ask: Ask, name: str, *, most: int | None = None) -> int:
    text = _text(ask, name)
    number = int(text) if text.isascii() and text.isdecimal() else None
    if number is None or (most is not None and number > most):
        raise ApiError(400, f"Invalid {name}")
    return number


def _route(method: str, path: str, handler: Handler, *, body: Literal["none", "json"] = "none") -> Route:
    return Route(path, handler, family=PLAYER_WRITE, method=method, auth="user", scopes=SCOPES, body=body)


ROUTES: Final = (
    _route("PUT", "/me/player", transfer, body="json"),
    _route("PUT", "/me/player/play", play, body="json"),
    _route("PUT", "/me/player/pause", pause),
    _route("PUT", "/me/player/seek", seek),
    _route("PUT", "/me/player/repeat", set_repeat),
    _route("PUT", "/me/player/volume", set_volume),
    _route("PUT", "/me/player/shuffle", set_shuffle),
    _route("POST", "/me/player/next", skip_next),
    _route("POST", "/me/player/previous", skip_previous),
    _route("POST", "/me/player/queue", enqueue),
)
