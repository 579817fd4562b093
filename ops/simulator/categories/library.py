"""The library: pages of what is kept, the routes per kind of old, and the one route for all kinds."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from ops.simulator.answers import ApiError
from ops.simulator.objects.objects import Json
from ops.simulator.objects.works import work
from ops.simulator.paging import Page, repeated
from ops.simulator.params import PAGE, read_id, read_ids, read_limit, read_offset
from ops.simulator.people.keeping import KEEPINGS, MOST_URIS, Keeping, must_exist, parse_uri
from ops.simulator.people.shelf import Shelf
from ops.simulator.routes import BEFORE_FEB_2026, LIBRARY_READ, LIBRARY_WRITE, Ask, Reply, Route
from ops.simulator.wallclock import iso, parse_iso

DONE: Final = Reply(200)
Change = Callable[[Shelf, str, float], None]
CHANGES: Final[tuple[tuple[str, Change], ...]] = (
    ("PUT", lambda shelf, one, now: shelf.put(one, at=now)),
    ("DELETE", lambda shelf, one, _now: shelf.drop(one)),
)


def list_kept(ask: Ask, *, keeping: Keeping) -> Json:
    """`GET /me/{plural}`."""
    limit, offset = read_limit(ask.query, PAGE), read_offset(ask.query)
    kept = list(ask.me.shelves[keeping.kind])
    items = [
        {"added_at": iso(added_at), keeping.kind: work(ask, keeping.kind, spotify_id=one)}
        for one, added_at in kept[offset : offset + limit]
    ]
    page = Page(f"/me/{keeping.plural}", offset, limit, repeated(ask.query, "market"))
    return page.body(items, total=len(kept))


def change_kept(ask: Ask, *, keeping: Keeping, change: Change) -> Reply:
    """`PUT` and `DELETE /me/{plural}`."""
    if keeping.kind == "track" and ask.method == "PUT" and "timestamped_ids" in _members(ask.body):
        return _date_tracks(ask, keeping)
    ids = read_given_ids(ask, most=keeping.most)
    if ask.method == "PUT":
        must_exist(ask, keeping, ids=ids)
    # A later one of a list is listed after an earlier one, so the list goes on the shelf from its end.
    for one in reversed(ids):
        change(ask.me.shelves[keeping.kind], one, ask.wall_s)
    return DONE


def contains_kept(ask: Ask, *, keeping: Keeping) -> list[bool]:
    """`GET /me/{plural}/contains`."""
    shelf = ask.me.shelves[keeping.kind]
    return [one in shelf for one in read_ids(ask.query, most=keeping.most)]


def change_library(ask: Ask, *, change: Change) -> Reply:
    """`PUT` and `DELETE /me/library`."""
    named = _read_uris(ask)
    ask.require(*(keeping.scopes[1] for keeping, _ in named))
    if ask.method == "PUT":
        for keeping, one in named:
            must_exist(ask, keeping, ids=[one])
    for keeping, one in reversed(named):
        change(ask.me.shelves[keeping.kind], one, ask.wall_s)
    return DONE


def library_contains(ask: Ask) -> list[bool]:
    """`GET /me/library/contains`."""
    named = _read_uris(ask)
    ask.require(*(keeping.scopes[0] for keeping, _ in named))
    return [one in ask.me.shelves[keeping.kind] for keeping, one in named]


def read_given_ids(ask: Ask, *, most: int, check: Callable[[str], str] = read_id) -> list[str]:
    """Identifiers from the query, else from the body: a list, or an object whose `ids` is one.

    Raises:
        ApiError: 400 when there are none, too many, or malformed ones.
    """
    ids: Any = ask.query["ids"].split(",") if ask.query.get("ids") else _members(ask.body).get("ids", ask.body)
    if not isinstance(ids, list) or not ids:
        raise ApiError(400, "Missing required field: ids")
    if len(ids) > most:
        raise ApiError(400, "Too many ids requested")
    return [check(str(one)) for one in ids]


def _members(body: Any) -> dict[str, Any]:
    return body if isinstance(body, dict) else {}


def _date_tracks(ask: Ask, keeping: Keeping) -> Reply:
    rows = ask.fields["timestamped_ids"]
    if not isinstance(rows, list) or not rows or len(rows) > keeping.most:
        raise ApiError(400, "Invalid field: timestamped_ids")
    try:
        dated = [(read_id(str(row["id"])), parse_iso(row["added_at"])) for row in rows]
    except (KeyError, TypeError, ValueError) as error:
        raise ApiError(400, "Invalid field: timestamped_ids") from error
    must_exist(ask, keeping, ids=[one for one, _ in dated])
    for one, at in dated:
        ask.me.shelves["track"].date(one, at=at)
    return DONE


def _read_uris(ask: Ask) -> list[tuple[Keeping, str]]:
    text = ask.query.get("uris", "")
    if not text:
        raise ApiError(400, "Missing required field: uris")
    uris = text.split(",")
    if len(uris) > MOST_URIS:
        raise ApiError(400, "Too many uris requested")
    return [parse_uri(uri) for uri in uris]


def _routes_of(keeping: Keeping) -> tuple[Route, ...]:
    path, (read, write) = f"/me/{keeping.plural}", keeping.scopes
    changes = tuple(
        Route(
            path,
            partial(change_kept, keeping=keeping, change=change),
            BEFORE_FEB_2026,
            LIBRARY_WRITE,
            method=method,
            auth="user",
            scopes=(write,),
            body="json",
        )
        for method, change in CHANGES
    )
    listing = partial(list_kept, keeping=keeping)
    contains = partial(contains_kept, keeping=keeping)
    return (
        Route(path, listing, family=LIBRARY_READ, auth="user", scopes=(read, *keeping.listed_with)),
        Route(f"{path}/contains", contains, BEFORE_FEB_2026, LIBRARY_READ, auth="user", scopes=(read,)),
        *changes,
    )


ROUTES: Final = (
    *(
        Route(
            "/me/library", partial(change_library, change=change), family=LIBRARY_WRITE, method=method, auth="user"
        )
        for method, change in CHANGES
    ),
    Route("/me/library/contains", library_contains, family=LIBRARY_READ, auth="user"),
    *(route for keeping in KEEPINGS if keeping.plural is not None for route in _routes_of(keeping)),
)
