"""The actions that make a playlist and change what is said about it; what it holds stays as it is."""

from collections.abc import Mapping, Sequence
from typing import Any

from tools.action import Action
from tools.errand import Errand
from tools.inline import inline
from tools.outcome import Call, Outcome, document_of
from tools.playlist.arguments import PlaylistArguments
from tools.playlist.reading import EXAMPLE_ID
from tools.playlist.result import details
from tools.slim import slim

_SAID = ("name", "description", "public", "collaborative")
_UNNAMED = "New Playlist"


def _create_calls(arguments: PlaylistArguments) -> Sequence[Call]:
    # Spotify makes playlists public unless told otherwise, and then refuses the collaborative ones.
    public = False if arguments.collaborative and arguments.public is None else arguments.public
    given = [
        ("name", arguments.name or _UNNAMED),
        ("description", arguments.description),
        ("public", public),
        ("collaborative", arguments.collaborative),
    ]
    return [("create-playlist", given)]


async def _tell_created(arguments: PlaylistArguments, outcomes: Sequence[Outcome], _: Errand) -> dict[str, Any]:
    found = document_of(outcomes) or {}
    short = slim("playlist", found)
    if short is None:
        return {
            "_msg": "Created the playlist, but Spotify did not say its id: look with action list_user.",
            "data": {},
        }
    ignored = " The uris were not added." if arguments.members else ""
    return {
        "_msg": f"Created playlist '{inline(short['name'])}' — {short['uri']}.{ignored} Fill it with action "
        "add_items.",
        **short,
        "byId": {short["id"]: short},
        "ids": [short["id"]],
        "data": details(found, whole=True),
    }


def _update_calls(arguments: PlaylistArguments) -> Sequence[Call]:
    given = [("playlist_id", arguments.playlist_id), *((name, getattr(arguments, name)) for name in _SAID)]
    return [("change-playlist-details", given)]


async def _tell_updated(arguments: PlaylistArguments, _: Sequence[Outcome], __: Errand) -> dict[str, Any]:
    changed = [f"{name}={value!r}" for name in _SAID if (value := getattr(arguments, name)) is not None]
    return {
        "_msg": f"Updated spotify:playlist:{arguments.playlist_id}: {', '.join(changed)}.",
        "data": {"updated": True},
    }


DETAILS_ACTIONS: Mapping[str, Action[PlaylistArguments]] = {
    "create": Action(
        reads=False,
        example={"name": "Focus", "public": False},
        calls=_create_calls,
        tell=_tell_created,
        doubt="It may have been made all the same: look with action list_user before you make it again.",
    ),
    "update_details": Action(
        reads=False,
        owned=True,
        needs=(("playlist_id",), _SAID),
        example={"playlist_id": EXAMPLE_ID, "name": "Focus"},
        calls=_update_calls,
        tell=_tell_updated,
    ),
}
