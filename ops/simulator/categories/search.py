"""Search: one paging object per asked type, each with its own total; limit and offset apply to each type."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final, cast

from ops.simulator.answers import ApiError
from ops.simulator.bodies import Json
from ops.simulator.paging import Page, repeated
from ops.simulator.params import narrowed, read_choices, read_limit, read_market, read_offset
from ops.simulator.routes import SEARCH, Ask, Realm, Route

if TYPE_CHECKING:
    from ops.simulator.search import Kind

TYPES: Final = ("album", "artist", "track", "playlist", "show", "episode", "audiobook")
MOST_OFFSET: Final = 1_000

_RENDER: Final[Mapping[str, Callable[[Realm, int, str | None], Json | None]]] = {
    "album": lambda realm, number, market: realm.bodies.album_ref(realm.world.albums[number], market=market),
    "artist": lambda realm, number, _market: realm.bodies.artist(realm.world.artists[number]),
    "track": lambda realm, number, market: realm.bodies.track(realm.world.tracks[number], market=market),
    "playlist": lambda realm, number, _market: realm.bodies.playlist_ref(realm.world.playlists[number]),
}
"""Types that the world has any of; the others get empty pages."""


def search(ask: Ask) -> Json:
    """`GET /search`.

    The text is `q`, or `query` as in the addresses of Spotify's own pages.
    """
    text = ask.query.get("q") or ask.query.get("query", "")
    if not text.strip():
        raise ApiError(400, "No search query")
    kinds = read_choices(ask.query, "type", choices=TYPES, complaint="Bad search type field {}")
    if not kinds:
        raise ApiError(400, "Missing parameter type")
    market = read_market(ask.query)
    limit = read_limit(ask.query, narrowed(ask.realm.profile))
    offset = read_offset(ask.query, most=MOST_OFFSET)
    extra = {"query": text, **repeated(ask.query, "market", "include_external")}
    pages = {kind: Page("/search", offset, limit, {**extra, "type": kind}) for kind in kinds}
    return {
        f"{kind}s": _results(ask.realm, text, page=page, kind=kind, market=market) for kind, page in pages.items()
    }


def _results(realm: Realm, text: str, *, page: Page, kind: str, market: str | None) -> Json:
    render = _RENDER.get(kind)
    if render is None:
        return page.body([], total=0)
    found = realm.index.find(cast("Kind", kind), text, limit=page.limit, offset=page.offset)
    return page.body([render(realm, number, market) for number in found.numbers], total=found.total)


ROUTES: Final = (Route("/search", search, family=SEARCH),)
