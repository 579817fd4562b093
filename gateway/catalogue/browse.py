"""Browse, markets and recommendations: what Spotify's editors and algorithms offer, and mostly took away."""

from collections.abc import Iterator

from gateway.catalogue.fills import albums_in_part, tracks
from gateway.catalogue.policies import (
    COUNTRY,
    FAST,
    FOREVER,
    LIMIT_20,
    LOCALE,
    MARKET,
    OFFSET,
    SLOW,
    TIMESTAMP,
    cut,
    grandfathered,
)
from gateway.endpoint import Endpoint, Param
from gateway.rules import AtLeastOne, Together

_CATEGORY = Param(name="category_id", kind="text", required=True, about="Id of the category, for example party.")
_NO_EDITORS = "Spotify offers no replacement; search for playlists instead"
_NO_CATEGORIES = "Spotify offers no replacement; search with the field filter genre: instead"
_SEEDS = ("seed_artists", "seed_genres", "seed_tracks")

_UNIT = (0, 1)
_ATTRIBUTES: dict[str, tuple[float, float | None]] = {
    "acousticness": _UNIT,
    "danceability": _UNIT,
    "duration_ms": (0, None),
    "energy": _UNIT,
    "instrumentalness": _UNIT,
    "key": (0, 11),
    "liveness": _UNIT,
    "loudness": (-100, 100),
    "mode": _UNIT,
    "popularity": (0, 100),
    "speechiness": _UNIT,
    "tempo": (0, None),
    "time_signature": (0, 11),
    "valence": _UNIT,
}
"""Audio attributes that a recommendation can be tuned by, with their ranges."""


def _tunings() -> Iterator[Param]:
    for attribute, (minimum, maximum) in _ATTRIBUTES.items():
        for sense, words in (("min", "At least"), ("max", "At most"), ("target", "Close to")):
            yield Param(
                name=f"{sense}_{attribute}",
                kind="number",
                minimum=minimum,
                maximum=maximum,
                about=f"{words} this {attribute}.",
            )


BROWSE = (
    Endpoint(
        id="get-featured-playlists",
        path="/browse/featured-playlists",
        summary="Playlists that Spotify's editors feature",
        family="catalog-read",
        cache=FAST,
        params=(LOCALE, COUNTRY, TIMESTAMP, LIMIT_20, OFFSET),
        emulation=grandfathered(_NO_EDITORS),
    ),
    Endpoint(
        id="get-categories",
        path="/browse/categories",
        summary="Categories by which Spotify sorts playlists",
        family="catalog-read",
        cache=SLOW,
        params=(LOCALE, COUNTRY, LIMIT_20, OFFSET),
        emulation=cut(_NO_CATEGORIES),
    ),
    Endpoint(
        id="get-a-category",
        path="/browse/categories/{category_id}",
        summary="One category",
        family="catalog-read",
        cache=SLOW,
        params=(_CATEGORY, LOCALE, COUNTRY),
        emulation=cut(_NO_CATEGORIES),
    ),
    Endpoint(
        id="get-a-categories-playlists",
        path="/browse/categories/{category_id}/playlists",
        summary="The playlists of one category",
        family="playlist-read",
        cache=FAST,
        params=(_CATEGORY, COUNTRY, LIMIT_20, OFFSET),
        emulation=grandfathered(_NO_EDITORS),
    ),
    Endpoint(
        id="get-new-releases",
        path="/browse/new-releases",
        summary="New albums that Spotify's editors feature",
        family="catalog-read",
        cache=FAST,
        params=(COUNTRY, LIMIT_20, OFFSET),
        emulation=cut("search with q=tag:new and type=album; it knows the last two weeks, without editors' order"),
        fills=albums_in_part("albums.items[]"),
    ),
    Endpoint(
        id="get-available-markets",
        path="/markets",
        summary="Countries in which Spotify is available",
        family="catalog-read",
        cache=FOREVER,
        params=(),
        emulation=cut("Spotify offers no replacement; its website lists the countries"),
    ),
    Endpoint(
        id="get-recommendations",
        path="/recommendations",
        summary="Tracks like some artists, genres or tracks",
        family="catalog-read",
        cache=FAST,
        params=(
            Param(name="seed_artists", kind="ids", maximum=5, about="Ids of artists to start from."),
            Param(name="seed_genres", kind="words", maximum=5, about="Genres to start from."),
            Param(name="seed_tracks", kind="ids", maximum=5, about="Ids of tracks to start from."),
            Param(name="limit", kind="integer", minimum=1, maximum=100, default=20, about="Number of tracks."),
            MARKET,
            COUNTRY,
            *_tunings(),
        ),
        rules=(AtLeastOne(_SEEDS), Together(_SEEDS, 5)),
        emulation=grandfathered("Spotify offers no replacement for recommendations"),
        fills=tracks("tracks[]"),
    ),
    Endpoint(
        id="get-recommendation-genres",
        path="/recommendations/available-genre-seeds",
        summary="Genres that recommendations can start from",
        family="catalog-read",
        cache=FOREVER,
        params=(),
        emulation=grandfathered("Spotify offers no replacement for genre seeds"),
    ),
)
