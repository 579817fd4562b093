"""Browse and markets: what editors once offered, each part to the profiles that still get it."""

from typing import Any

import pytest

from ops.simulator import World
from ops.simulator.world.browse import CATEGORIES
from ops.simulator.world.markets import MARKETS

WORLD = World.of(1)
LATE = CATEGORIES[10].id
CUT_IN_2026 = (
    "/v1/markets",
    "/v1/browse/categories",
    "/v1/browse/categories/focus",
    f"/v1/browse/categories/{LATE}",
    "/v1/browse/new-releases",
)
CUT_IN_2024 = (
    "/v1/browse/categories/focus/playlists",
    "/v1/browse/featured-playlists",
    "/v1/recommendations?seed_genres=dream-pop",
    "/v1/recommendations/available-genre-seeds",
)
SERVED = {
    "extended_legacy": CUT_IN_2026 + CUT_IN_2024,
    "extended": CUT_IN_2026,
    "development_legacy": CUT_IN_2026,
    "development": (),
}


@pytest.mark.parametrize("profile", SERVED)
async def test_a_profile_serves_what_it_kept_and_forbids_the_rest(start: Any, profile: str) -> None:
    spotify = await start(profile=profile)
    for path in CUT_IN_2026 + CUT_IN_2024:
        answer = await spotify.get(path)
        if path in SERVED[profile]:
            assert answer.status == 200, path
        else:
            assert (answer.status, answer.message) == (403, "Forbidden"), path


async def test_markets_are_all_countries_with_a_service(start: Any) -> None:
    markets = (await (await start(profile="extended")).get("/v1/markets")).body["markets"]
    assert markets == list(MARKETS)
    assert markets == sorted(markets)
    assert {"SE", "US", "XK"} < set(markets)
    assert "CN" not in markets


async def test_categories_are_paged_and_speak_the_language_of_the_locale(start: Any) -> None:
    spotify = await start(profile="extended")
    page = (await spotify.get("/v1/browse/categories", limit=3, offset=2, locale="es_MX")).body["categories"]
    assert [(item["id"], item["name"]) for item in page["items"]] == [
        ("focus", "Concentración"),
        ("chill", "Relax"),
        ("workout", "Ejercicio"),
    ]
    assert page["total"] == len(CATEGORIES)
    assert page["next"].endswith("/browse/categories?offset=5&limit=3&locale=es_MX")
    category = (await spotify.get("/v1/browse/categories/focus", locale="sv_SE")).body
    assert category.keys() == {"href", "icons", "id", "name"}
    assert category["name"] == "Focus"


async def test_an_unknown_category_is_a_404(start: Any) -> None:
    spotify = await start(profile="extended_legacy")
    for path in ("/v1/browse/categories/polka", "/v1/browse/categories/polka/playlists"):
        assert (await spotify.get(path)).status == 404


async def test_playlists_of_a_category_fit_it(start: Any) -> None:
    spotify = await start(profile="extended_legacy")
    body = (await spotify.get("/v1/browse/categories/focus/playlists", limit=50)).body
    assert body["message"] == "Focus"
    assert body["playlists"]["items"]
    assert all(item["name"].startswith(("Focus", "Study")) for item in body["playlists"]["items"])


async def test_featured_playlists_are_the_most_popular(start: Any) -> None:
    spotify = await start(profile="extended_legacy")
    body = (await spotify.get("/v1/browse/featured-playlists")).body
    public = [playlist for playlist in WORLD.playlists if not playlist.hidden]
    best = max(public, key=lambda playlist: playlist.popularity)
    assert body["message"]
    assert body["playlists"]["items"][0]["id"] == best.id


async def test_new_releases_are_the_newest_albums(start: Any) -> None:
    spotify = await start(profile="extended")
    albums = (await spotify.get("/v1/browse/new-releases", limit=50)).body["albums"]
    dates = [item["release_date"] for item in albums["items"]]
    assert dates == sorted(dates, reverse=True)
    assert dates[0] == max(album.released for album in WORLD.albums)
    assert (albums["total"], len(dates)) == (100, 50)
