"""The items of a playlist, on the paths of both generations: `/tracks` of old and `/items`."""

from collections.abc import Iterable
from functools import partial
from typing import Final

from ops.simulator.answers import ApiError
from ops.simulator.objects.fields import read_fields
from ops.simulator.objects.objects import Json
from ops.simulator.objects.playlist_bodies import NEW, OLD, Generation, check_view, items_page
from ops.simulator.paging import Page, repeated
from ops.simulator.params import PAGE, read_limit, read_offset
from ops.simulator.people.item_params import (
    given,
    read_integer,
    read_places,
    read_position,
    read_snapshot,
    read_uris,
)
from ops.simulator.people.playlist_access import MODIFY, changeable, readable, reveals_items
from ops.simulator.people.tape import Entry, Tape
from ops.simulator.routes import (
    BEFORE_FEB_2026,
    EVERYWHERE,
    PLAYLIST_READ,
    PLAYLIST_WRITE,
    Ask,
    Handler,
    Reply,
    Route,
)

FULL: Final = 11_000


def get_items(ask: Ask, *, named: Generation) -> object:
    """`GET /playlists/{playlist_id}/items` and `/tracks`."""
    if ask.realm.profile == "development":
        _ = ask.me  # elsewhere an application token may read public playlists
    limit, offset = read_limit(ask.query, PAGE), read_offset(ask.query)
    check_view(ask)
    wanted = read_fields(ask.query)
    playlist = readable(ask)
    if not reveals_items(ask, playlist):
        raise ApiError(403, "Forbidden")
    extra = repeated(ask.query, "market", "fields", "additional_types")
    page = Page(f"/playlists/{playlist.id}/{named.plural}", offset, limit, extra)
    return wanted(items_page(ask, playlist, named=named, page=page))


def add_items(ask: Ask) -> Reply:
    """`POST /playlists/{playlist_id}/items` and `/tracks`."""
    tape = changeable(ask).tape
    uris = read_uris(ask)
    if not uris:
        raise ApiError(400, "Missing required field: uris")
    if len(tape.entries) + len(uris) > FULL:
        raise ApiError(400, "Playlist size limit reached")
    tape.insert(_entries(ask, uris), position=read_position(ask))
    return Reply(201, _state(tape))


def put_items(ask: Ask) -> Json:
    """`PUT /playlists/{playlist_id}/items` and `/tracks`: a new order if a range is given, else new items."""
    tape = changeable(ask).tape
    if "range_start" not in given(ask):
        uris = read_uris(ask)
        if uris is None:
            raise ApiError(400, "Missing required field: uris")
        tape.replace(_entries(ask, uris))
        return _state(tape)
    if "uris" in given(ask) or "uris" in ask.query:
        raise ApiError(400, "Items can be replaced or reordered, not both")
    start, before = read_integer(ask, "range_start"), read_integer(ask, "insert_before")
    length = read_integer(ask, "range_length") if "range_length" in given(ask) else 1
    if length < 1:
        raise ApiError(400, "Invalid field: range_length")
    tape.move(range(start, start + length), before=before, snapshot_id=read_snapshot(ask))
    return _state(tape)


def remove_items(ask: Ask, *, named: Generation) -> Json:
    """`DELETE /playlists/{playlist_id}/items` and `/tracks`; positions are understood on the old path only."""
    tape = changeable(ask).tape
    places = read_places(ask, key=named.plural, exact=named is OLD)
    snapshot_id = read_snapshot(ask)
    exact = [(uri, positions) for uri, positions in places if positions is not None]
    if not exact:
        tape.remove({uri for uri, _ in places}, snapshot_id=snapshot_id)
    elif len(exact) == len(places):
        located = ((uri, position) for uri, positions in exact for position in positions)
        tape.remove_at(located, snapshot_id=snapshot_id)
    else:
        raise ApiError(400, "Could not remove tracks, please check parameters.")
    return _state(tape)


def _state(tape: Tape) -> Json:
    return {"snapshot_id": tape.snapshot_id}


def _entries(ask: Ask, uris: Iterable[str]) -> list[Entry]:
    return [Entry(uri, ask.me.id, ask.wall_s) for uri in uris]


def _routes_of(named: Generation) -> tuple[Route, ...]:
    path = f"/playlists/{{playlist_id}}/{named.plural}"
    profiles = BEFORE_FEB_2026 if named is OLD else EVERYWHERE
    changes: dict[str, Handler] = {
        "POST": add_items,
        "PUT": put_items,
        "DELETE": partial(remove_items, named=named),
    }
    return (
        Route(path, partial(get_items, named=named), profiles, PLAYLIST_READ, etag=True),
        *(
            Route(path, handler, profiles, PLAYLIST_WRITE, method=method, auth="user", any_of=MODIFY, body="json")
            for method, handler in changes.items()
        ),
    )


ROUTES: Final = (*_routes_of(NEW), *_routes_of(OLD))
