"""Browse: categories, editorial playlists and new releases; each answer is a page inside a named member."""

from typing import Final

from ops.simulator.answers import ApiError
from ops.simulator.objects.objects import API_URL, IMAGE_URL, Json
from ops.simulator.objects.playlist_bodies import playlist_ref
from ops.simulator.paging import Page, repeated
from ops.simulator.params import PAGE, read_limit, read_offset
from ops.simulator.routes import BEFORE_FEB_2026, BEFORE_NOV_2024, PLAYLIST_READ, Ask, Route
from ops.simulator.world.browse import CATEGORIES, Category, category, playlists_of
from ops.simulator.world.records import Playlist

FEATURED: Final = 24
NEWEST: Final = 100
ICON_PX: Final = 274


def get_categories(ask: Ask) -> Json:
    """`GET /browse/categories`."""
    page = _page(ask, "/browse/categories")
    shown = CATEGORIES[page.offset : page.offset + page.limit]
    return {"categories": page.body([_body(one, ask.query.get("locale")) for one in shown], total=len(CATEGORIES))}


def get_category(ask: Ask) -> Json:
    """`GET /browse/categories/{category_id}`."""
    return _body(_asked(ask), ask.query.get("locale"))


def get_category_playlists(ask: Ask) -> Json:
    """`GET /browse/categories/{category_id}/playlists`."""
    asked = _asked(ask)
    page = _page(ask, f"/browse/categories/{asked.id}/playlists")
    playlists = playlists_of(ask.realm.world, asked.moods)
    return {"message": asked.name(None), "playlists": _listed(ask, playlists, page=page)}


def get_featured_playlists(ask: Ask) -> Json:
    """`GET /browse/featured-playlists`."""
    page = _page(ask, "/browse/featured-playlists")
    playlists = playlists_of(ask.realm.world, ())[:FEATURED]
    return {"message": "Popular Playlists", "playlists": _listed(ask, playlists, page=page)}


def get_new_releases(ask: Ask) -> Json:
    """`GET /browse/new-releases`."""
    page = _page(ask, "/browse/new-releases")
    market = ask.market
    newest = sorted(ask.realm.world.albums, key=lambda album: (album.released, -album.number), reverse=True)[
        :NEWEST
    ]
    shown = newest[page.offset : page.offset + page.limit]
    items = [ask.realm.bodies.album_ref(album, market=market) for album in shown]
    return {"albums": page.body(items, total=len(newest))}


def _page(ask: Ask, path: str) -> Page:
    limit, offset = read_limit(ask.query, PAGE), read_offset(ask.query)
    return Page(path, offset, limit, repeated(ask.query, "locale"))


def _asked(ask: Ask) -> Category:
    asked = category(ask.path["category_id"])
    if asked is None:
        raise ApiError(404, "Resource not found")
    return asked


def _body(asked: Category, locale: str | None) -> Json:
    return {
        "href": f"{API_URL}/browse/categories/{asked.id}",
        "icons": [{"height": ICON_PX, "url": f"{IMAGE_URL}/category-{asked.id}", "width": ICON_PX}],
        "id": asked.id,
        "name": asked.name(locale),
    }


def _listed(ask: Ask, playlists: list[Playlist], *, page: Page) -> Json:
    shown = playlists[page.offset : page.offset + page.limit]
    unfold = ask.realm.society.playlists.unfold
    return page.body([playlist_ref(ask.realm, unfold(listed)) for listed in shown], total=len(playlists))


ROUTES: Final = (
    Route("/browse/categories", get_categories, BEFORE_FEB_2026),
    Route("/browse/categories/{category_id}", get_category, BEFORE_FEB_2026),
    Route(
        "/browse/categories/{category_id}/playlists", get_category_playlists, BEFORE_NOV_2024, family=PLAYLIST_READ
    ),
    Route("/browse/featured-playlists", get_featured_playlists, BEFORE_NOV_2024),
    Route("/browse/new-releases", get_new_releases, BEFORE_FEB_2026),
)
