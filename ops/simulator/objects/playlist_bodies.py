"""JSON objects of playlists and their items, in the words of the generation that is asked for."""

from dataclasses import dataclass
from typing import Final, Literal

from ops.simulator.objects.objects import API_URL, IMAGE_URL, Json, cut, identity, images
from ops.simulator.objects.works import work
from ops.simulator.paging import Page, repeated
from ops.simulator.params import read_choices, read_market
from ops.simulator.people.playlist_access import reveals_items
from ops.simulator.people.playlists import Playlist
from ops.simulator.people.tape import Entry
from ops.simulator.routes import Ask, Realm
from ops.simulator.wallclock import iso

EMBEDDED: Final = 50
"""Items on the page inside a full playlist object."""

ITEM_TYPES: Final = ("track", "episode")
LOCAL: Final = "spotify:local:"


@dataclass(frozen=True, slots=True)
class Generation:
    """What the contents of a playlist are called: `plural` in paths, bodies and playlists, `singular` in items."""

    plural: Literal["tracks", "items"]
    singular: Literal["track", "item"]


OLD: Final = Generation("tracks", "track")
NEW: Final = Generation("items", "item")


def generation(ask: Ask) -> Generation:
    """The generation in which a profile's playlist objects are written."""
    return NEW if ask.realm.profile == "development" else OLD


def playlist_ref(realm: Realm, playlist: Playlist) -> Json | None:
    """A simplified playlist; null for one that Spotify made."""
    if playlist.hidden:
        return None
    total, base = len(playlist.tape.entries), f"{API_URL}/playlists/{playlist.id}"
    body = {
        **identity("playlist", playlist.id),
        "collaborative": playlist.collaborative,
        "description": playlist.description,
        "images": playlist_images(playlist),
        "items": {"href": f"{base}/items", "total": total},
        "name": playlist.name,
        "owner": _owner(realm, playlist.owner),
        "primary_color": None,
        "public": playlist.public,
        "snapshot_id": playlist.tape.snapshot_id,
        "tracks": {"href": f"{base}/tracks", "total": total},
    }
    return cut(body, realm.profile)


def playlist_body(ask: Ask, playlist: Playlist) -> Json:
    """A full playlist with the first page of its items, unless the profile keeps those of others back."""
    body = playlist_ref(ask.realm, playlist) or {}
    body["followers"] = {"href": None, "total": ask.realm.society.followers_of(playlist)}
    named = generation(ask)
    if reveals_items(ask, playlist):
        extra = repeated(ask.query, "market", "additional_types")
        page = Page(f"/playlists/{playlist.id}/{named.plural}", 0, EMBEDDED, extra)
        body[named.plural] = items_page(ask, playlist, named=named, page=page)
    else:
        del body[named.plural]
    return body


def items_page(ask: Ask, playlist: Playlist, *, named: Generation, page: Page) -> Json:
    """A page of items."""
    entries = playlist.tape.entries
    items = [_item(ask, entry, named=named) for entry in entries[page.offset : page.offset + page.limit]]
    return page.body(items, total=len(entries))


def check_view(ask: Ask) -> None:
    """Judge the parameters that decide how items look.

    Raises:
        ApiError: 400 for a malformed market or a type of item that does not exist.
    """
    read_market(ask.query)
    read_choices(ask.query, "additional_types", choices=ITEM_TYPES, complaint="Invalid additional_types")


def playlist_images(playlist: Playlist) -> list[Json]:
    """The cover: the uploaded picture, else the mosaic that Spotify makes of the items; none for no items."""
    if playlist.cover is not None:
        return [{"url": f"{IMAGE_URL}/ab67706c0000{playlist.cover}", "height": None, "width": None}]
    return images(playlist.id)[:1] if playlist.tape.entries else []


def _item(ask: Ask, entry: Entry, *, named: Generation) -> Json:
    adder = identity("user", entry.added_by)
    return {
        "added_at": iso(entry.added_at),
        "added_by": adder,
        "is_local": entry.uri.startswith(LOCAL),
        "primary_color": None,
        named.singular: _content(ask, entry.uri),
        "video_thumbnail": {"url": None},
    }


def _content(ask: Ask, uri: str) -> Json | None:
    if uri.startswith(LOCAL):
        return _local(uri)
    _, kind, spotify_id = uri.split(":")
    # A client that does not say it knows episodes is not shown any.
    known = {"track", *ask.query.get("additional_types", "").split(",")}
    body = work(ask, kind, spotify_id=spotify_id) if kind in known else None
    # Only inside a playlist does a track or an episode say once more which of both it is.
    return body and {**body, "episode": kind == "episode", "track": kind == "track"}


def _local(uri: str) -> Json:
    artist, album, title, seconds = (part.replace("+", " ") for part in uri.removeprefix(LOCAL).split(":"))
    nameless: Json = {"external_urls": {}, "href": None, "id": None, "uri": None}
    return {
        **nameless,
        "album": {**nameless, "artists": [], "images": [], "name": album, "type": "album"},
        "artists": [{**nameless, "name": artist, "type": "artist"}],
        "disc_number": 0,
        "duration_ms": int(seconds) * 1000,
        "explicit": False,
        "external_ids": {},
        "is_local": True,
        "name": title,
        "preview_url": None,
        "track_number": 0,
        "type": "track",
        "uri": uri,
    }


def _owner(realm: Realm, user_id: str) -> Json:
    return {**identity("user", user_id), "display_name": realm.society.name_of(user_id)}
