"""Albums."""

from gateway.catalogue.policies import FOREVER, LIMIT_20, MARKET, OFFSET, SLOW, batch_of, item_id, item_ids
from gateway.endpoint import Endpoint

ALBUMS = (
    Endpoint(
        id="get-an-album",
        path="/albums/{id}",
        summary="One album with its artists, images and first page of tracks",
        family="catalog-read",
        cache=SLOW,
        params=(item_id("album"), MARKET),
    ),
    Endpoint(
        id="get-multiple-albums",
        path="/albums",
        summary="Several albums",
        family="catalog-read",
        cache=SLOW,
        params=(item_ids("albums", 20), MARKET),
        emulation=batch_of("get-an-album", "albums"),
    ),
    Endpoint(
        id="get-an-albums-tracks",
        path="/albums/{id}/tracks",
        summary="The tracks of one album, in pages",
        family="catalog-read",
        cache=FOREVER,
        params=(item_id("album"), MARKET, LIMIT_20, OFFSET),
    ),
)
