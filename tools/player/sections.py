"""The parts of a status in the words of `spotify_status`; each is made from one answer of Spotify alone."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal, NotRequired

import orjson

# Before Python 3.12 pydantic cannot read the schema of the standard one.
from typing_extensions import TypedDict

from gateway.steps import Reply
from tools.player.playback import Heard, heard

Section = Literal["player", "devices", "queue", "current_track"]


class Device(TypedDict):
    """A device in short; `id` is null if it takes no commands from afar."""

    id: str | None
    name: str
    type: str
    is_active: bool
    volume_percent: NotRequired[int | None]


class Queue(TypedDict):
    """What plays and what follows, by id; `byId` has them all."""

    current_id: str | None
    next_ids: list[str]
    byId: dict[str, Heard]


class Devices:
    """The devices of a user, as Spotify lists them."""

    def __init__(self, reply: Reply) -> None:
        self._listed: list[Mapping[str, Any]] = orjson.loads(reply.body or b"{}").get("devices") or []

    @property
    def slim(self) -> list[Device]:
        """All of them in short."""
        return [_slim(device) for device in self._listed]

    @property
    def by_id(self) -> dict[str, Device]:
        """Those that have an id."""
        return {device["id"]: device for device in self.slim if device["id"]}

    @property
    def active(self) -> Device | None:
        """The one that plays or would play."""
        return next((device for device in self.slim if device["is_active"]), None)

    @property
    def willing(self) -> list[Device]:
        """Those that take commands."""
        return [_slim(one) for one in self._listed if one.get("id") and not one.get("is_restricted")]


def _slim(device: Mapping[str, Any]) -> Device:
    short = Device(
        id=device.get("id"),
        name=device.get("name") or "",
        type=device.get("type") or "",
        is_active=device.get("is_active") is True,
    )
    if "volume_percent" in device:
        short["volume_percent"] = device["volume_percent"]
    return short


def queue_of(reply: Reply) -> Queue:
    """Return the queue; what has no id is left out."""
    told = orjson.loads(reply.body or b"{}")
    current = heard(told.get("currently_playing") or {})
    following = list(_all(told.get("queue") or ()))
    return Queue(
        current_id=None if current is None else current["id"],
        next_ids=[one["id"] for one in following],
        byId={one["id"]: one for one in [*([current] if current else []), *following]},
    )


def _all(items: Iterable[Mapping[str, Any] | None]) -> Iterable[Heard]:
    return (short for item in items if (short := heard(item or {})) is not None)
