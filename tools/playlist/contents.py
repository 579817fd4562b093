"""The actions that change what a playlist holds; long lists go in portions, in order, and stop at a failure."""

from collections.abc import Mapping, Sequence
from typing import Any

from tools.action import Action
from tools.compat import Compat
from tools.errand import Errand
from tools.inline import inline
from tools.names import MOST, playlist_call, playlist_named, tracks_call, tracks_named
from tools.outcome import Call, Outcome, document_of
from tools.playlist.arguments import PlaylistArguments
from tools.playlist.reading import EXAMPLE_ID
from tools.portions import Portions, portions

_PORTION = 100
"""Members that Spotify takes in one call."""

_TRACK = "spotify:track:"
_EXAMPLE = {
    "playlist_id": EXAMPLE_ID,
    "uris": ["spotify:track:4iV5W9uYEdYUVa79Axb7Rh", "spotify:track:1301WleyT98MSxVHPZCA6M"],
}


def _add_calls(arguments: PlaylistArguments) -> Sequence[Call]:
    return [
        ("add-items-to-playlist", [("playlist_id", arguments.playlist_id), ("uris", list(portion))])
        for portion in portions(arguments.members, _PORTION)
    ]


async def _tell_added(arguments: PlaylistArguments, outcomes: Sequence[Outcome], errand: Errand) -> dict[str, Any]:
    done = Portions("uris", arguments.members, outcomes, _PORTION)
    told = await _changed(done, arguments, errand, words=("added", "to"))
    told["data"] |= {"uris": done.served()}
    return told


def _remove_calls(arguments: PlaylistArguments) -> Sequence[Call]:
    return [
        (
            "remove-items-playlist",
            [
                ("playlist_id", arguments.playlist_id),
                ("items", [{"uri": uri} for uri in portion]),
                ("snapshot_id", arguments.snapshot_id),
            ],
        )
        for portion in portions(arguments.members, _PORTION)
    ]


async def _tell_removed(
    arguments: PlaylistArguments, outcomes: Sequence[Outcome], errand: Errand
) -> dict[str, Any]:
    done = Portions("uris", arguments.members, outcomes, _PORTION)
    return await _changed(done, arguments, errand, words=("removed", "from"))


async def _changed(
    done: Portions, arguments: PlaylistArguments, errand: Errand, *, words: tuple[str, str]
) -> dict[str, Any]:
    verb, preposition = words
    served = done.served()
    count = f"{len(served)}" if len(served) == len(done.members) else f"{len(served)} of {len(done.members)}"
    message = f"playlist.{arguments.action}: {count} {verb}"
    if errand.compat is Compat.ICEENER:
        # After a write the playlist has to be read again, so one of the two calls is for its name.
        name = await playlist_named(errand, arguments.playlist_id or "")
        tracks = await tracks_named(errand, _tracks(served), calls=1)
        where = f"'{inline(name)}'" if name else f"playlist {arguments.playlist_id}"
        more = ["…"] if len(set(served)) > len(tracks) else []
        listed = f": {', '.join([*(inline(track['name']) for track in tracks), *more])}" if tracks else "."
        plural = "" if len(served) == 1 else "s"
        message = f"I've {verb} {count} item{plural} {preposition} {where}{listed}"
    # The newest snapshot is the last one that arrived.
    snapshot = _snapshot(done.outcomes[::-1])
    return {"_msg": message + done.rest(), **snapshot, "data": {**snapshot}, **done.fields(errand)}


def _reorder_calls(arguments: PlaylistArguments) -> Sequence[Call]:
    names = ("playlist_id", "range_start", "insert_before", "range_length", "snapshot_id")
    return [("reorder-or-replace-playlists-items", [(name, getattr(arguments, name)) for name in names])]


async def _tell_reordered(arguments: PlaylistArguments, outcomes: Sequence[Outcome], _: Errand) -> dict[str, Any]:
    snapshot = _snapshot(outcomes)
    moved = f"{arguments.range_length or 1} moved from {arguments.range_start} before {arguments.insert_before}"
    version = f"; snapshot_id {snapshot['snapshot_id']}" if snapshot else ""
    return {"_msg": f"playlist.reorder_items: {moved}{version}", **snapshot, "data": {**snapshot}}


def _snapshot(outcomes: Sequence[Outcome]) -> dict[str, str]:
    found = document_of(outcomes) or {}
    return {"snapshot_id": found["snapshot_id"]} if found.get("snapshot_id") else {}


def _tracks(uris: Sequence[str]) -> list[str]:
    return [uri.removeprefix(_TRACK) for uri in uris if uri.startswith(_TRACK)]


def _naming(arguments: PlaylistArguments, compat: Compat) -> Sequence[Call]:
    if compat is Compat.SEED:
        return []
    tracks = _tracks(arguments.members)[:MOST]
    return [playlist_call(arguments.playlist_id or ""), *([tracks_call(tracks[:1])] if tracks else [])]


CONTENTS: Mapping[str, Action[PlaylistArguments]] = {
    "add_items": Action(
        reads=False,
        owned=True,
        needs=(("playlist_id",), ("uris", "tracks")),
        example=_EXAMPLE,
        calls=_add_calls,
        tell=_tell_added,
        naming=_naming,
        doubt="They may have been added all the same: look with action items before you add them again.",
    ),
    "remove_items": Action(
        reads=False,
        owned=True,
        needs=(("playlist_id",), ("uris", "tracks")),
        example=_EXAMPLE,
        calls=_remove_calls,
        tell=_tell_removed,
        naming=_naming,
    ),
    "reorder_items": Action(
        reads=False,
        owned=True,
        needs=(("playlist_id",), ("range_start",), ("insert_before",)),
        example={"playlist_id": EXAMPLE_ID, "range_start": 0, "insert_before": 10},
        calls=_reorder_calls,
        tell=_tell_reordered,
        doubt="It may have been moved all the same: look with action items before you move it again.",
    ),
}
