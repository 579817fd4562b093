"""The control route of players: orders refusals that nothing else brings about, and switches devices."""

from collections.abc import Callable
from typing import Any, Final

import orjson
from aiohttp import web

from ops.simulator.answers import ApiError, json_answer
from ops.simulator.control import CONTROL_PREFIX
from ops.simulator.people.society import Society
from ops.simulator.people.users import User
from ops.simulator.player.devices import devices_of
from ops.simulator.player.player import Player
from ops.simulator.player.players import NOON_MS, player_of
from ops.simulator.player.reasons import REASONS
from ops.simulator.world.world import World

FORM: Final = 'the body must be {"user": "...", "refuse": "REASON", "devices": ["..."], "active": "..." or null}'


class PlayerControl:
    """Handler of `POST /_simulator/player`; `clock` gives seconds, counted from the start of the application."""

    __slots__ = ("_clock", "_society", "_started", "_world")

    def __init__(self, society: Society, world: World, *, clock: Callable[[], float], started: float) -> None:
        self._society = society
        self._world = world
        self._clock = clock
        self._started = started

    def routes(self) -> list[web.RouteDef]:
        """The control routes, ready for a router."""
        return [web.post(f"{CONTROL_PREFIX}/player", self.steer)]

    async def steer(self, request: web.Request) -> web.Response:
        """Order a refusal, choose which devices are seen, or make one of them active.

        Members of the body: `user`; `refuse`, the reason that the next command fails with; `devices`, names of all
        that are switched on; `active`, the name or id of a device, or null for none.
        """
        body = _body(await request.read())
        user = self._society.user(body["user"]) if isinstance(body.get("user"), str) else None
        if user is None:
            raise ApiError(400, FORM)
        player = player_of(user, self._world)
        if "refuse" in body:
            if body["refuse"] not in REASONS:
                raise ApiError(400, f"refuse must be one of {', '.join(REASONS)}")
            player.refusals.append(body["refuse"])
        if "devices" in body:
            self._switch(user, player, names=body["devices"])
        if "active" in body:
            self._activate(player, body["active"])
        return json_answer(_summary(user, player))

    def _switch(self, user: User, player: Player, *, names: object) -> None:
        known = {device.name: device for device in (*devices_of(user.id), *player.devices)}
        if not isinstance(names, list) or not set(names) <= known.keys():
            raise ApiError(400, f"devices must be a list of {', '.join(known)}")
        player.devices = tuple(device for device in known.values() if device.name in names)
        if player.active not in player.devices:
            player.activate(None, now_ms=self._now_ms())

    def _activate(self, player: Player, name: object) -> None:
        found = [device for device in player.devices if name is not None and name in (device.id, device.name)]
        if name is not None and not found:
            raise ApiError(400, f"active must be null or one of {', '.join(one.name for one in player.devices)}")
        player.activate(found[0] if found else None, now_ms=self._now_ms())

    def _now_ms(self) -> int:
        return NOON_MS + round((self._clock() - self._started) * 1000)


def _body(raw: bytes) -> dict[str, Any]:
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise ApiError(400, FORM) from error
    if not isinstance(body, dict):
        raise ApiError(400, FORM)
    return body


def _summary(user: User, player: Player) -> dict[str, Any]:
    return {
        "user": user.id,
        "active": None if player.active is None else player.active.name,
        "playing": player.playing,
        "devices": [device.body(active=device is player.active) for device in player.devices],
        "refusals": list(player.refusals),
    }
