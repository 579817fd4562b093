"""The player as one read of it tells; a player that nothing is known of is silent, never an error."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NotRequired, cast

import orjson

# Before Python 3.12 pydantic cannot read the schema of the standard one.
from typing_extensions import TypedDict

from gateway.player import STATE
from gateway.steps import Reply
from tools.inline import inline
from tools.slim import slim

STATE_READ = (STATE, (("additional_types", "track,episode"),))
"""The call that tells it; without the types an episode would look like silence."""


class Heard(TypedDict):
    """A track or episode in short; fields that it does not have are absent."""

    type: Literal["track", "episode"]
    id: str
    uri: str
    name: str
    artists: NotRequired[list[str]]
    album: NotRequired[str]
    show: NotRequired[str]
    duration_ms: NotRequired[int]
    url: NotRequired[str]


class Player(TypedDict):
    """How it plays; what Spotify does not tell is absent."""

    is_playing: bool
    shuffle_state: NotRequired[bool]
    repeat_state: NotRequired[Literal["off", "track", "context"]]
    progress_ms: NotRequired[int]
    timestamp: NotRequired[int]
    device_id: NotRequired[str]
    device_name: NotRequired[str]
    context_uri: NotRequired[str | None]


@dataclass(frozen=True, slots=True)
class Playback:
    """What plays, where and how; `state` is Spotify's object, empty if no device is active."""

    state: Mapping[str, Any]

    @property
    def is_playing(self) -> bool:
        """Whether something sounds now."""
        return self.state.get("is_playing") is True

    @property
    def device(self) -> Mapping[str, Any]:
        """The active device; empty if there is none."""
        return self.state.get("device") or {}

    @property
    def item(self) -> Mapping[str, Any]:
        """What is on; empty if nothing is."""
        return self.state.get("item") or {}

    @property
    def context_uri(self) -> str | None:
        """The album, playlist or the like that it belongs to."""
        return (self.state.get("context") or {}).get("uri")

    @property
    def track(self) -> Heard | None:
        """What is on, in short; None also for a file of the user's own, which has no id."""
        return heard(self.item)

    def player(self) -> Player:
        """Return how it plays."""
        names = ("shuffle_state", "repeat_state", "progress_ms", "timestamp")
        told = {name: self.state.get(name) for name in names}
        told |= {"device_id": self.device.get("id"), "device_name": self.device.get("name")}
        known = {name: value for name, value in told.items() if value is not None}
        context = {"context_uri": self.context_uri} if "context" in self.state else {}
        return cast("Player", {"is_playing": self.is_playing, **known, **context})

    def sentence(self, more: str = "") -> str:
        """Return what plays where, in words; `more` goes before the context, whose URI ends it."""
        verb = "playing" if self.is_playing else "paused"
        where = f" on device '{inline(self.device['name'])}'" if self.device.get("name") else ""
        if name := self.item.get("name"):
            context = f" Context: {self.context_uri}" if self.context_uri else ""
            return f"'{inline(name)}' is {verb}{where}.{more}{context}"
        return (
            f"Playback is {'active' if self.is_playing else 'paused'}{where}." if where else "Nothing is playing."
        )


SILENT = Playback({})


def playback_of(reply: Reply) -> Playback:
    """Return what an answer tells; Spotify's 204 is a player that no device is active on."""
    return Playback(orjson.loads(reply.body)) if reply.body else SILENT


def heard(item: Mapping[str, Any]) -> Heard | None:
    """Return a track or episode in short, or None if it has no id or name."""
    short = slim("track", item)
    if short is None:
        return None
    found = cast("Heard", short)
    if item.get("type") == "episode":
        found["type"] = "episode"
        found.pop("artists")
        if show := (item.get("show") or {}).get("name"):
            found["show"] = show
    return found
