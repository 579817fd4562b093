"""Player commands: who may give one, to which device, and with what; refused ones change nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeGuard

from ops.simulator.answers import ApiError
from ops.simulator.player.devices import Device
from ops.simulator.player.playables import context, item
from ops.simulator.player.player import Player
from ops.simulator.player.players import player_of
from ops.simulator.player.reasons import refused
from ops.simulator.player.running_order import Context, Item, find
from ops.simulator.routes import Ask

MOST_URIS: Final = 228
"""With more URIs than this, life answers 500."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command that is admitted: its player, its device and when it came, in milliseconds since 1970."""

    player: Player
    device: Device
    now_ms: int


def admitted(ask: Ask, device_id: str | None) -> Command:
    """A command for the device of an id, or for the active one.

    Raises:
        ApiError: for a user without Premium, a refusal that was ordered, and a device that cannot be had.
    """
    if ask.me.product != "premium":
        raise refused("PREMIUM_REQUIRED")
    player, now_ms = player_of(ask.me, ask.realm.world), round(ask.wall_s * 1000)
    if player.refusals:
        raise refused(player.refusals.popleft())
    player.pass_time(now_ms)
    return Command(player, player.target(device_id), now_ms)


def steered(ask: Ask) -> Command:
    """A command that only the active device takes.

    Raises:
        ApiError: as `admitted` does, and for a device that is not active.
    """
    command = admitted(ask, ask.query.get("device_id"))
    if command.device is not command.player.active:
        raise refused("UNKNOWN")
    return command


def chosen(ask: Ask, fields: Mapping[str, Any]) -> tuple[Context, int] | None:
    """What the body of a play command names, and where to begin; None when it only resumes.

    Raises:
        ApiError: for a malformed body, and for what does not exist or is not available.
    """
    context_uri, uris, offset = fields.get("context_uri"), fields.get("uris"), fields.get("offset")
    if context_uri is not None and uris is not None:
        raise ApiError(400, "Can't have both context_uri and uris")
    if context_uri is not None:
        held = context(ask, context_uri)
        if offset is not None and held.kind == "artist":
            raise ApiError(400, "Can't have offset for context type: ARTIST")
        return held, _place(held.items, offset)
    return None if uris is None else _listed(ask, uris, offset=offset)


def _listed(ask: Ask, uris: object, *, offset: object) -> tuple[Context, int]:
    if not isinstance(uris, list) or not uris:
        raise ApiError(400, "Invalid uris")
    if len(uris) > MOST_URIS:
        raise ApiError(500, "Server error")
    found = [item(ask, uri) for uri in uris]
    if isinstance(offset, dict) and isinstance(offset.get("uri"), str) and offset["uri"] in uris:
        offset = {"position": uris.index(offset["uri"])}
    place = _place(found, offset)
    if found[place] is None:
        raise refused("UNKNOWN")
    playable = tuple(one for one in found if one is not None)
    return Context(playable), sum(one is not None for one in found[:place])


def _place(items: Sequence[Item | None], offset: object) -> int:
    if offset is None:
        return 0
    if not isinstance(offset, dict) or len(offset) != 1:
        raise ApiError(400, "Invalid offset")
    place: object = offset.get("position")
    if isinstance(uri := offset.get("uri"), str):
        place = find([one for one in items if one is not None], uri)
        if place is None:
            raise refused("NO_SPECIFIC_TRACK")
    if not is_whole(place) or place < 0:
        raise ApiError(400, "Invalid offset")
    if place >= len(items):
        raise refused("NO_SPECIFIC_TRACK")
    return place


def is_whole(value: object) -> TypeGuard[int]:
    """Whether decoded JSON is an integer; `true` is none."""
    return isinstance(value, int) and not isinstance(value, bool)
