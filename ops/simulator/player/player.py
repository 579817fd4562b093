"""The player of one user: a state machine on milliseconds since 1970, moved by commands and by time alone."""

from collections import deque
from collections.abc import Iterable
from typing import Final

from ops.simulator.answers import ApiError
from ops.simulator.player.devices import Device
from ops.simulator.player.plays import Play, Plays
from ops.simulator.player.reasons import Reason, refused
from ops.simulator.player.running_order import Context, ContextKind, Item, Repeat, RunningOrder

HEARD_MS: Final = 30_000
"""A track that is skipped sooner does not count as played."""

NO_SHUFFLE: Final[frozenset[ContextKind | None]] = frozenset({"show"})
"""Contexts that keep their order."""


class Player:
    """Devices, running order and position.

    Every method that takes `now_ms` first lets the time pass that has gone by. Commands raise `ApiError` with the
    reason why they are refused, and then change nothing.
    """

    __slots__ = (
        "_anchor_ms",
        "_since_ms",
        "active",
        "changed_ms",
        "devices",
        "order",
        "playing",
        "plays",
        "refusals",
        "repeat",
        "shuffled",
    )

    def __init__(self, devices: Iterable[Device], *, plays: Plays, now_ms: int) -> None:
        self.devices = tuple(devices)
        self.plays = plays
        self.order = RunningOrder()
        self.refusals: deque[Reason] = deque()
        self.active: Device | None = None
        self.playing = False
        self.shuffled = False
        self.repeat: Repeat = "off"
        self.changed_ms = now_ms
        self._anchor_ms = 0
        self._since_ms = now_ms

    @property
    def item(self) -> Item | None:
        """What is on."""
        return self.order.current

    def progress_ms(self, now_ms: int) -> int:
        """How much of the current item has been played."""
        self.pass_time(now_ms)
        return self._progress(now_ms)

    def pass_time(self, now_ms: int) -> None:
        """Let items end, and others follow, up to an instant."""
        while self.playing and (item := self.item) is not None and self._progress(now_ms) >= item.duration_ms:
            ended_ms = self._since_ms + item.duration_ms - self._anchor_ms
            self._remember(item, ended_ms)
            if self.repeat != "track" and not self.order.forward(self.repeat):
                self.order.rewind()
                self.playing = False
            self._set(0, ended_ms)

    def target(self, device_id: str | None) -> Device:
        """The device that a command is for: the one it names, else the active one."""
        if device_id is None:
            if self.active is None:
                raise refused("NO_ACTIVE_DEVICE")
            device = self.active
        else:
            device = self.device(device_id)
        if device.restricted:
            raise refused("DEVICE_NOT_CONTROLLABLE")
        return device

    def device(self, device_id: str) -> Device:
        """The device of an identifier."""
        for device in self.devices:
            if device.id == device_id:
                return device
        raise ApiError(404, "Device not found")

    def activate(self, device: Device | None, *, now_ms: int) -> None:
        """Move playback to a device, or stop it by leaving none active."""
        self.pass_time(now_ms)
        self._set(self._progress(now_ms), now_ms)
        self.active = device
        self.playing = self.playing and device is not None

    def start(self, context: Context, *, at: int, position_ms: int, now_ms: int) -> None:
        """Play a context from one of its items."""
        self.pass_time(now_ms)
        self._leave(now_ms)
        self.order.load(context, start=at, shuffled=self.shuffled and context.kind not in NO_SHUFFLE)
        self.playing = True
        self._set(position_ms, now_ms)
        self.pass_time(now_ms)

    def resume(self, now_ms: int) -> None:
        """Go on with what is paused."""
        self.pass_time(now_ms)
        if self.playing or self.item is None:
            raise refused("UNKNOWN")
        self.playing = True
        self._set(self._anchor_ms, now_ms)

    def pause(self, now_ms: int) -> None:
        """Hold what is playing."""
        self.pass_time(now_ms)
        if not self.playing:
            raise refused("UNKNOWN")
        self._set(self._progress(now_ms), now_ms)
        self.playing = False

    def skip(self, now_ms: int, *, back: bool = False) -> None:
        """Go to the next item, or to the previous one."""
        self.pass_time(now_ms)
        item = self._loaded()
        progress = self._progress(now_ms)
        moved = self.order.back(self.repeat) if back else self.order.forward(self.repeat)
        if not moved:
            raise refused("NO_PREV_TRACK" if back else "NO_NEXT_TRACK")
        if progress >= HEARD_MS:
            self._remember(item, now_ms)
        self.playing = True
        self._set(0, now_ms)

    def seek(self, position_ms: int, *, now_ms: int) -> None:
        """Move within the item; beyond its end is the next one."""
        self.pass_time(now_ms)
        if position_ms >= self._loaded().duration_ms:
            self.skip(now_ms)
        else:
            self._set(position_ms, now_ms)

    def set_repeat(self, repeat: Repeat, *, now_ms: int) -> None:
        """Repeat nothing, the item or the context."""
        self.pass_time(now_ms)
        self._loaded()
        if repeat == "context" and self.order.context.uri is None:
            raise refused("NOT_PLAYING_CONTEXT")
        self.repeat = repeat
        self.changed_ms = now_ms

    def set_shuffle(self, *, on: bool, now_ms: int) -> None:
        """Mix the context, or put it back in order."""
        self.pass_time(now_ms)
        self._loaded()
        if self.order.context.kind in NO_SHUFFLE:
            raise refused("CONTEXT_DISALLOW")
        if on != self.shuffled:
            self.order.shuffle(on=on)
        self.shuffled = on
        self.changed_ms = now_ms

    def _loaded(self) -> Item:
        item = self.item
        if item is None:
            raise refused("NOT_PLAYING_TRACK")
        return item

    def _progress(self, now_ms: int) -> int:
        return self._anchor_ms + (max(0, now_ms - self._since_ms) if self.playing else 0)

    def _set(self, position_ms: int, now_ms: int) -> None:
        self._anchor_ms, self._since_ms, self.changed_ms = position_ms, now_ms, now_ms

    def _leave(self, now_ms: int) -> None:
        item = self.item
        if item is not None and self._progress(now_ms) >= HEARD_MS:
            self._remember(item, now_ms)

    def _remember(self, item: Item, ended_ms: int) -> None:
        self.plays.add(Play(item, ended_ms, self.order.context.uri))
