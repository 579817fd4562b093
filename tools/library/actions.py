"""What `spotify_library` does; long lists go in portions that every kind of Spotify app takes."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from tools.action import Action
from tools.compat import Compat
from tools.errand import Errand
from tools.inline import inline
from tools.library.arguments import Library
from tools.listing import listed, preview
from tools.names import tracks_call, tracks_named
from tools.outcome import Call, Got, Outcome, document_of
from tools.portions import Portions, portions
from tools.slim import slim_all

_PORTION = 40
"""Members that the library route takes, the one that all apps have since February 2026."""

_NAMING_CALLS = 2
_EXAMPLE = {"ids": ["4iV5W9uYEdYUVa79Axb7Rh", "1301WleyT98MSxVHPZCA6M"]}


def _get_calls(arguments: Library) -> Sequence[Call]:
    names = ("market", "limit", "offset")
    return [("get-users-saved-tracks", [(name, getattr(arguments, name)) for name in names])]


async def _tell_saved(arguments: Library, outcomes: Sequence[Outcome], _: Errand) -> dict[str, Any]:
    found = document_of(outcomes)
    items = slim_all("track", (entry.get("track") for entry in found["items"]))
    page = {"limit": arguments.limit, "offset": arguments.offset, "total": found["total"]}
    return {
        "_msg": preview(f"Loaded {len(items)} saved track(s)", items, total=found["total"]),
        **listed(items, **page),
        "data": {**page, "items": items},
    }


def _calls(arguments: Library, *, endpoint_id: str) -> Sequence[Call]:
    return [
        (endpoint_id, [("uris", [f"spotify:track:{one}" for one in portion])])
        for portion in portions(arguments.ids or [], _PORTION)
    ]


async def _tell_changed(
    arguments: Library, outcomes: Sequence[Outcome], errand: Errand, *, verb: str
) -> dict[str, Any]:
    done = Portions("ids", arguments.ids or [], outcomes, _PORTION)
    served = done.served()
    count = f"{len(served)}" if len(served) == len(done.members) else f"{len(served)} of {len(done.members)}"
    message = f"library.tracks_{'add' if verb == 'saved' else 'remove'}: {count} {verb}"
    if errand.compat is Compat.ICEENER:
        message += await _named(served, errand, lead=": ")
    return {
        "_msg": message + done.rest(),
        "ids": served,
        "data": {verb: len(served), "ids": served},
        **done.fields(errand),
    }


async def _tell_contained(arguments: Library, outcomes: Sequence[Outcome], errand: Errand) -> dict[str, Any]:
    ids = arguments.ids or []
    done = Portions("ids", ids, outcomes, _PORTION)
    # Null where Spotify did not answer: an unknown must not read as a no.
    contains = [
        saved
        for portion, outcome in zip(portions(ids, _PORTION), outcomes, strict=True)
        for saved in (outcome.document if isinstance(outcome, Got) else [None] * len(portion))
    ]
    saved = [one for one, kept in zip(ids, contains, strict=True) if kept]
    names = await _named(saved, errand, lead=" Saved: ") if saved else ""
    return {
        "_msg": f"Already saved: {len(saved)}/{len(done.served())}.{names}{done.rest()}",
        "ids": ids,
        "contains": contains,
        "data": {"ids": ids, "contains": contains},
        **done.fields(errand),
    }


async def _named(ids: Sequence[str], errand: Errand, *, lead: str) -> str:
    """Return the names of some of `ids` after `lead`, and how many more there are; empty if none is known."""
    tracks = await tracks_named(errand, ids, calls=_NAMING_CALLS)
    if not tracks:
        return ""
    more = len(set(ids)) - len(tracks)
    names = [inline(track["name"]) for track in tracks]
    if errand.compat is Compat.ICEENER:
        names = [f"{name} — {track['uri']}" for name, track in zip(names, tracks, strict=True)]
    return f"{lead}{', '.join(names)}{f' and {more} more' if more else ''}"


def _naming(arguments: Library, compat: Compat, *, modes: frozenset[Compat]) -> Sequence[Call]:
    # Which of them need a name is not known before the answer; where each costs a call, so many are looked up.
    return [tracks_call((arguments.ids or [])[:_NAMING_CALLS])] if compat in modes else []


READING: Mapping[str, Action[Library]] = {
    "tracks_get": Action(reads=True, example={"limit": 20}, calls=_get_calls, tell=_tell_saved),
    "tracks_contains": Action(
        reads=True,
        needs=(("ids",),),
        example=_EXAMPLE,
        calls=partial(_calls, endpoint_id="check-library-contains"),
        tell=_tell_contained,
        naming=partial(_naming, modes=frozenset(Compat)),
    ),
}
CHANGING: Mapping[str, Action[Library]] = {
    "tracks_add": Action(
        reads=False,
        needs=(("ids",),),
        example=_EXAMPLE,
        calls=partial(_calls, endpoint_id="save-library-items"),
        tell=partial(_tell_changed, verb="saved"),
        naming=partial(_naming, modes=frozenset({Compat.ICEENER})),
        # What is saved later stands further up, and in one call the first stands on top.
        last_first=True,
    ),
    "tracks_remove": Action(
        reads=False,
        needs=(("ids",),),
        example=_EXAMPLE,
        calls=partial(_calls, endpoint_id="remove-library-items"),
        tell=partial(_tell_changed, verb="removed"),
        naming=partial(_naming, modes=frozenset({Compat.ICEENER})),
    ),
}
