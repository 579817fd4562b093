"""Artists."""

from gateway.catalogue.policies import (
    COUNTRY,
    LIMIT,
    MARKET,
    OFFSET,
    SLOW,
    batch_of,
    cut,
    grandfathered,
    item_id,
    item_ids,
)
from gateway.endpoint import Endpoint, Paged, Param, Profile

ARTISTS = (
    Endpoint(
        id="get-an-artist",
        path="/artists/{id}",
        summary="One artist: name, images, genres",
        family="catalog-read",
        cache=SLOW,
        params=(item_id("artist"),),
    ),
    Endpoint(
        id="get-multiple-artists",
        path="/artists",
        summary="Several artists",
        family="catalog-read",
        cache=SLOW,
        params=(item_ids("artists", 50),),
        emulation=batch_of("get-an-artist", "artists"),
    ),
    Endpoint(
        id="get-an-artists-albums",
        path="/artists/{id}/albums",
        summary="The discography of one artist, in pages, filtered by release group",
        family="catalog-read",
        cache=SLOW,
        params=(
            item_id("artist"),
            Param(
                name="include_groups",
                kind="words",
                choices=("album", "single", "appears_on", "compilation"),
                about="Release groups to include, comma separated.",
            ),
            MARKET,
            COUNTRY,
            LIMIT,
            OFFSET,
        ),
        emulation={Profile.DEVELOPMENT: Paged(10)},
    ),
    Endpoint(
        id="get-an-artists-top-tracks",
        path="/artists/{id}/top-tracks",
        summary="Up to ten most popular tracks of an artist in a market",
        family="catalog-read",
        cache=SLOW,
        params=(item_id("artist"), MARKET, COUNTRY),
        emulation=cut('search for tracks with q=artist:"NAME" and type=track, by relevance'),
    ),
    Endpoint(
        id="get-an-artists-related-artists",
        path="/artists/{id}/related-artists",
        summary="Artists similar to one artist",
        family="catalog-read",
        cache=SLOW,
        params=(item_id("artist"),),
        emulation=grandfathered("Spotify offers no replacement for related artists"),
    ),
)
