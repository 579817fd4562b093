"""Following artists and users: the list of followed artists by cursor, and the routes of old to change it."""

from functools import partial
from typing import Final

from ops.simulator.answers import ApiError
from ops.simulator.categories.library import CHANGES, Change, read_given_ids
from ops.simulator.objects.objects import API_URL, Json
from ops.simulator.objects.works import work
from ops.simulator.params import PAGE, read_choices, read_id, read_limit
from ops.simulator.people.keeping import BY_KIND, FOLLOW, Keeping, must_exist
from ops.simulator.routes import BEFORE_FEB_2026, LIBRARY_READ, LIBRARY_WRITE, Ask, Reply, Route

MOST_IDS: Final = 50
READ, MODIFY = FOLLOW


def list_followed(ask: Ask) -> Json:
    """`GET /me/following?type=artist`.

    Artists come in the order of their identifiers, so a cursor is good even when its artist is gone.
    """
    _read_type(ask, "artist")
    limit = read_limit(ask.query, PAGE)
    after = read_id(ask.query["after"]) if "after" in ask.query else ""
    followed = sorted(one for one, _ in ask.me.shelves["artist"])
    rest = [one for one in followed if one > after]
    shown = rest[:limit]
    last = shown[-1] if len(rest) > limit else None
    href = f"{API_URL}/me/following?type=artist&limit={limit}"
    return {
        "artists": {
            "href": href + (f"&after={after}" if after else ""),
            "limit": limit,
            "next": None if last is None else f"{href}&after={last}",
            "cursors": {"after": last},
            "total": len(followed),
            "items": [work(ask, "artist", spotify_id=one) for one in shown],
        }
    }


def change_followed(ask: Ask, *, change: Change) -> Reply:
    """`PUT` and `DELETE /me/following`."""
    keeping = _read_type(ask, "artist", "user")
    ids = _read_ids(ask, keeping)
    if ask.method == "PUT":
        must_exist(ask, keeping, ids=ids)
    for one in reversed(ids):
        change(ask.me.shelves[keeping.kind], one, ask.wall_s)
    return Reply(204)


def contains_followed(ask: Ask) -> list[bool]:
    """`GET /me/following/contains`."""
    keeping = _read_type(ask, "artist", "user")
    return [one in ask.me.shelves[keeping.kind] for one in _read_ids(ask, keeping)]


def _read_type(ask: Ask, *kinds: str) -> Keeping:
    chosen = read_choices(ask.query, "type", choices=kinds, complaint="Invalid type: {}")
    if len(chosen) != 1:
        raise ApiError(400, "Missing required field: type")
    return BY_KIND[chosen[0]]


def _read_ids(ask: Ask, keeping: Keeping) -> list[str]:
    # Names of users are free text; only artists have identifiers that can be malformed.
    return read_given_ids(ask, most=MOST_IDS, check=str if keeping.kind == "user" else read_id)


ROUTES: Final = (
    Route("/me/following", list_followed, family=LIBRARY_READ, auth="user", scopes=(READ,)),
    Route("/me/following/contains", contains_followed, BEFORE_FEB_2026, LIBRARY_READ, auth="user", scopes=(READ,)),
    *(
        Route(
            "/me/following",
            partial(change_followed, change=change),
            BEFORE_FEB_2026,
            LIBRARY_WRITE,
            method=method,
            auth="user",
            scopes=(MODIFY,),
            body="json",
        )
        for method, change in CHANGES
    ),
)
