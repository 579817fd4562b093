"""The actions that read playlists; what lacks an id or a name is left out, and its place still counts."""

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.fields import contents_as_items, names_of, translate
from tools.action import Action
from tools.errand import Errand
from tools.inline import inline
from tools.listing import listed, preview
from tools.outcome import Call, Outcome, document_of
from tools.playlist.arguments import Reading
from tools.playlist.result import DETAILS, details
from tools.slim import slim, slim_all, slim_entry

EXAMPLE_ID = "37i9dQZF1DXcBWIGoYBM5M"


def _list_calls(arguments: Reading) -> Sequence[Call]:
    page = [("limit", arguments.limit), ("offset", arguments.offset)]
    return [("get-a-list-of-current-users-playlists", page)]


async def _tell_list(arguments: Reading, outcomes: Sequence[Outcome], _: Errand) -> dict[str, Any]:
    found = document_of(outcomes)
    total = found["total"]
    # Spotify leaves gaps where it shows its own playlists to older apps only.
    items = slim_all("playlist", found["items"])
    shown = {item["id"] for item in items}
    whole = [details(one, whole=False) for one in found["items"] if one and one.get("id") in shown]
    page = {"limit": arguments.limit, "offset": arguments.offset, "total": total}
    plural = "" if len(items) == 1 else "s"
    return {
        "_msg": preview(f"Found {len(items)} playlist{plural}", items, total=total),
        **listed(items, **page),
        "data": {**page, "items": whole},
    }


def _get_calls(arguments: Reading) -> Sequence[Call]:
    given = [
        ("playlist_id", arguments.playlist_id),
        ("market", arguments.market),
        ("fields", _with(arguments.fields, "id", "name", "uri") or DETAILS),
    ]
    return [("get-playlist", given)]


async def _tell_one(arguments: Reading, outcomes: Sequence[Outcome], _: Errand) -> dict[str, Any]:
    # A filter may leave anything out.
    known = {"id": arguments.playlist_id, "uri": f"spotify:playlist:{arguments.playlist_id}"}
    found = known | document_of(outcomes)
    short = slim("playlist", found)
    about = details(found, whole=True)
    count = f", {about['tracks_total']} items" if "tracks_total" in about else ""
    owner = f" by {inline(about['owner_name'])}" if "owner_name" in about else ""
    name = inline(about.get("name", "without a name"))
    return {
        "_msg": f"Playlist '{name}'{owner}{count} — {about['uri']}. Action items reads what it holds.",
        "byId": {about["id"]: short} if short else {},
        "ids": [about["id"]] if short else [],
        "data": about,
    }


def _items_calls(arguments: Reading) -> Sequence[Call]:
    filtered = _with(arguments.fields, "total")
    given = [
        ("playlist_id", arguments.playlist_id),
        ("market", arguments.market),
        # Filters from before February 2026 name the tracks otherwise.
        ("fields", filtered and translate(filtered, contents_as_items)),
        ("limit", arguments.limit),
        ("offset", arguments.offset),
        # Without a word Spotify shows no episodes, or shows them as tracks.
        ("additional_types", ["track"] if arguments.additional_types == "track" else ["track", "episode"]),
    ]
    return [("get-playlists-items", given)]


async def _tell_items(arguments: Reading, outcomes: Sequence[Outcome], _: Errand) -> dict[str, Any]:
    found = document_of(outcomes)
    entries = found.get("items") or []
    places = [
        slim_entry((entry or {}).get("item") or (entry or {}).get("track"), position=arguments.offset + number)
        for number, entry in enumerate(entries)
    ]
    items = [place for place in places if place is not None]
    uri, page = f"spotify:playlist:{arguments.playlist_id}", {"limit": arguments.limit, "offset": arguments.offset}
    page["total"] = found.get("total", arguments.offset + len(entries))
    left_out = len(entries) - len(items)
    plain = [{name: value for name, value in item.items() if name != "position"} for item in items]
    message = preview(f"Loaded {len(items)} item(s) of {uri}", items, total=page["total"])
    if left_out:
        message += f"\nLeft out, since Spotify tells no id or name of them: {left_out}."
    return {
        "_msg": message,
        **listed(plain, **page),
        "data": {"playlist_id": arguments.playlist_id, "playlist_uri": uri, **page, "items": items},
    }


def _with(fields: str | None, *names: str) -> str | None:
    """Return the filter `fields` with `names` in it; one that says what to leave out stays as it is."""
    if not fields or "!" in fields:
        return fields
    return ",".join([fields, *(name for name in names if name not in names_of(fields))])


READING: Mapping[str, Action[Reading]] = {
    "list_user": Action(reads=True, example={"limit": 20}, calls=_list_calls, tell=_tell_list),
    "get": Action(
        reads=True,
        owned=True,
        needs=(("playlist_id",),),
        example={"playlist_id": EXAMPLE_ID},
        calls=_get_calls,
        tell=_tell_one,
    ),
    "items": Action(
        reads=True,
        owned=True,
        needs=(("playlist_id",),),
        example={"playlist_id": EXAMPLE_ID, "limit": 50},
        calls=_items_calls,
        tell=_tell_items,
    ),
}
