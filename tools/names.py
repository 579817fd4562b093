"""Finds out what things are called for the sake of a message: only at once and cheaply, and it never fails."""

from collections.abc import Sequence

from tools.errand import Errand
from tools.outcome import Call, Got
from tools.slim import SlimItem, slim_all

MOST = 5
"""Tracks that a message names."""


def tracks_call(ids: Sequence[str]) -> Call:
    """Return the call that reads the tracks of `ids`."""
    return "get-several-tracks", [("ids", list(ids))]


def playlist_call(playlist_id: str) -> Call:
    """Return the call that reads the name of a playlist."""
    return "get-playlist", [("playlist_id", playlist_id), ("fields", "name")]


async def tracks_named(errand: Errand, ids: Sequence[str], *, calls: int) -> list[SlimItem]:
    """Return the first few tracks of `ids`, as many as `calls` calls can bring."""
    # Where the app has batches, all cost one call; where it has none, each one that is not known costs one.
    wanted = list(dict.fromkeys(ids))[:MOST]
    while wanted and not errand.affords(tracks_call(wanted), calls=calls):
        wanted.pop()
    if not wanted:
        return []
    outcome = await errand.ask_besides(tracks_call(wanted))
    return slim_all("track", outcome.document["tracks"]) if isinstance(outcome, Got) else []


async def playlist_named(errand: Errand, playlist_id: str) -> str:
    """Return the name of a playlist; empty if one call, at once, does not tell it."""
    call = playlist_call(playlist_id)
    if not errand.affords(call, calls=1):
        return ""
    outcome = await errand.ask_besides(call)
    return str(outcome.document.get("name") or "") if isinstance(outcome, Got) else ""
