"""Artists."""

from functools import partial

from gateway.catalogue.fills import albums_in_part, artists, tracks
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

_read = partial(Endpoint, family="catalog-read", cache=SLOW)

ARTISTS = (
    _read(
        id="get-an-artist",
        path="/artists/{id}",
        summary="One artist: name, images, genres",
        params=(item_id("artist"),),
    ),
    _read(
        id="get-multiple-artists",
        path="/artists",
        summary="Several artists",
        params=(item_ids("artists", 50),),
        emulation=batch_of("get-an-artist", "artists"),
        fills=artists("artists[]"),
    ),
    _read(
        id="get-an-artists-albums",
        path="/artists/{id}/albums",
        summary="The discography of one artist, in pages, filtered by release group",
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
        # What the albums are to this artist stands nowhere else.
        fills=albums_in_part("items[]", extra=("album_group",)),
    ),
    _read(
        id="get-an-artists-top-tracks",
        path="/artists/{id}/top-tracks",
        summary="Up to ten most popular tracks of an artist in a market",
        params=(item_id("artist"), MARKET, COUNTRY),
        emulation=cut('search for tracks with q=artist:"NAME" and type=track, by relevance'),
        fills=tracks("tracks[]"),
    ),
    _read(
        id="get-an-artists-related-artists",
        path="/artists/{id}/related-artists",
        summary="Artists similar to one artist",
        params=(item_id("artist"),),
        emulation=grandfathered("Spotify offers no replacement for related artists"),
        fills=artists("artists[]"),
    ),
)
