"""What commands ask for that can be seen afterwards; a later command takes the place of an earlier wish."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tools.player.commands import Command
from tools.player.operations import Operation
from tools.player.playback import Playback


@dataclass(frozen=True, slots=True)
class Wish:
    """Something that the player is to show.

    Attributes:
        index: Which operation asked for it.
        aspect: What it is about, in a word.
        holds: Tells whether it is so.
        seen: Tells what is so instead, in a few words.
    """

    index: int
    aspect: str
    holds: Callable[[Playback], bool]
    seen: Callable[[Playback], str]


def wishes_of(commands: Iterable[tuple[int, Command]]) -> Sequence[Wish]:
    """Return what is to be seen after `commands`, given with their indexes, were done in their order."""
    open_wishes: dict[str, Wish] = {}
    for index, command in commands:
        # Every device has a volume of its own.
        elsewhere = ("volume",) if command.moves else ()
        for aspect in (*_SPOILS.get(command.action, ()), *elsewhere):
            open_wishes.pop(aspect, None)
        for wish in _MAKERS.get(command.action, _none)(index, command.operation):
            open_wishes[wish.aspect] = wish
    return tuple(open_wishes.values())


def _none(_: int, __: Operation) -> Iterable[Wish]:
    return ()


def _played(index: int, operation: Operation) -> Iterable[Wish]:
    yield _playing(index, wanted=True)
    if operation.device_id:
        yield _device(index, operation.device_id)
    if wanted := operation.context_uri:
        yield Wish(index, "context", lambda now: _same_context(now.context_uri, wanted), _context)
    if tracks := _tracks(operation):
        yield Wish(index, "track", lambda now: not tracks.isdisjoint(_uris(now.item)), _track)


def _transferred(index: int, operation: Operation) -> Iterable[Wish]:
    yield _device(index, operation.device_id or "")
    if operation.transfer_play:
        yield _playing(index, wanted=True)


def _playing(index: int, *, wanted: bool) -> Wish:
    return Wish(
        index,
        "playback",
        lambda now: now.is_playing is wanted,
        lambda now: "playing" if now.is_playing else "paused",
    )


def _device(index: int, wanted: str) -> Wish:
    return Wish(
        index,
        "device",
        lambda now: now.device.get("id") == wanted,
        lambda now: now.device.get("name") or "no device",
    )


def _volume(index: int, operation: Operation) -> Iterable[Wish]:
    def holds(now: Playback) -> bool:
        # The volume of a device that is not the active one is not to be seen here.
        elsewhere = operation.device_id not in {None, now.device.get("id")}
        return elsewhere or now.device.get("volume_percent") == operation.volume_percent

    yield Wish(index, "volume", holds, lambda now: str(now.device.get("volume_percent")))


def _state(aspect: str, wanted: object) -> tuple[str, Callable[[Playback], bool], Callable[[Playback], str]]:
    field = f"{aspect}_state"
    return aspect, lambda now: now.state.get(field) == wanted, lambda now: str(now.state.get(field))


_MAKERS: Mapping[str, Callable[[int, Operation], Iterable[Wish]]] = {
    "play": _played,
    "resume": _played,
    "start": _played,
    "pause": lambda index, _: [_playing(index, wanted=False)],
    "volume": _volume,
    "shuffle": lambda index, operation: [Wish(index, *_state("shuffle", operation.shuffle))],
    "repeat": lambda index, operation: [Wish(index, *_state("repeat", operation.repeat))],
    "transfer": _transferred,
}

_NEW = ("context", "track")
_SPOILS: Mapping[str, Sequence[str]] = {
    # Where a step leads to is not known, and it may start what was paused.
    "next": ("track", "playback"),
    "previous": ("track", "playback"),
    # Beyond the end is the next track.
    "seek": ("track",),
    "play": _NEW,
    "start": _NEW,
    "resume": (),
}


def _tracks(operation: Operation) -> frozenset[str]:
    """Return the URIs of which one must be on."""
    uris, offset = operation.uris or [], operation.offset
    if offset is not None and offset.uri:
        return frozenset((offset.uri,))
    # Shuffled, or where Spotify leaves out what it may not play, any of them may be first.
    return frozenset(uris)


def _uris(item: Mapping[str, Any]) -> set[str]:
    """Return by which URIs an item goes; Spotify plays another copy where one is not sold."""
    return {uri for one in (item, item.get("linked_from") or {}) if (uri := one.get("uri"))}


def _same_context(seen: str | None, wanted: str) -> bool:
    # Playlists have an older form, with the owner's name in front.
    return seen is not None and seen.split(":")[-2:] == wanted.split(":")[-2:]


def _context(now: Playback) -> str:
    return now.context_uri or "none"


def _track(now: Playback) -> str:
    return str(now.item.get("name") or "none")
