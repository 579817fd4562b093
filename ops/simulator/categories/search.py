"""Search: one paging object per asked type, each with its own total; limit and offset apply to each type."""

from collections.abc import Callable, Mapping
from typing import Final, cast, get_args

from ops.simulator.answers import ApiError
from ops.simulator.objects.objects import Json
from ops.simulator.objects.playlist_bodies import playlist_ref
from ops.simulator.objects.spoken_bodies import Listener
from ops.simulator.paging import Page, repeated
from ops.simulator.params import narrowed, read_choices, read_limit, read_offset
from ops.simulator.routes import SEARCH, Ask, Realm, Route
from ops.simulator.search.search import Kind

MOST_OFFSET: Final = 1_000

Render = Callable[[Realm, int, str | None], Json | None]


def _playlist(realm: Realm, number: int) -> Json | None:
    return playlist_ref(realm, realm.society.playlists.unfold(realm.world.playlists[number]))


_RENDER: Final[Mapping[Kind, Render]] = {
    "album": lambda realm, number, market: realm.bodies.album_ref(realm.world.albums[number], market=market),
    "artist": lambda realm, number, _market: realm.bodies.artist(realm.world.artists[number]),
    "track": lambda realm, number, market: realm.bodies.track(realm.world.tracks[number], market=market),
    "playlist": lambda realm, number, _market: _playlist(realm, number),
    "show": lambda realm, number, _market: realm.bodies.spoken.show_ref(realm.world.shows[number]),
    "episode": lambda realm, number, market: realm.bodies.spoken.episode_ref(
        realm.world.episodes[number], Listener(market or "")
    ),
    "audiobook": lambda realm, number, _market: realm.bodies.spoken.audiobook_ref(realm.world.audiobooks[number]),
}

_MARKETS: Final[Mapping[Kind, Callable[[Realm, int], tuple[str, ...]]]] = {
    "show": lambda realm, number: realm.world.shows[number].markets,
    "episode": lambda realm, number: realm.world.shows[realm.world.episodes[number].show].markets,
    "audiobook": lambda realm, number: realm.world.audiobooks[number].markets,
}
"""Kinds that are found only where they are on sale; without a market they are found, but null."""


def search(ask: Ask) -> Json:
    """`GET /search`.

    The text is `q`, or `query` as in the addresses of Spotify's own pages.
    """
    text = ask.query.get("q") or ask.query.get("query", "")
    if not text.strip():
        raise ApiError(400, "No search query")
    asked = read_choices(ask.query, "type", choices=get_args(Kind), complaint="Bad search type field {}")
    if not asked:
        raise ApiError(400, "Missing parameter type")
    kinds = cast("tuple[Kind, ...]", asked)
    market = ask.market
    limit = read_limit(ask.query, narrowed(ask.realm.profile))
    offset = read_offset(ask.query, most=MOST_OFFSET)
    extra = {"query": text, **repeated(ask.query, "market", "include_external")}
    pages = {kind: Page("/search", offset, limit, {**extra, "type": kind}) for kind in kinds}
    return {
        f"{kind}s": _results(ask.realm, text, page=page, kind=kind, market=market) for kind, page in pages.items()
    }


def _results(realm: Realm, text: str, *, page: Page, kind: Kind, market: str | None) -> Json:
    sold = _MARKETS.get(kind)

    def keep(number: int) -> bool:
        return sold is None or market is None or market in sold(realm, number)

    found = realm.index.find(kind, text, limit=page.limit, offset=page.offset, keep=keep if sold else None)
    if sold is not None and market is None:
        return page.body([None for _ in found.numbers], total=found.total)
    return page.body([_RENDER[kind](realm, number, market) for number in found.numbers], total=found.total)


ROUTES: Final = (Route("/search", search, family=SEARCH),)
