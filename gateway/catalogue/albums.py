"""Albums."""

from functools import partial

from gateway.catalogue.fills import IN_ALBUM, albums, tracks_in_part
from gateway.catalogue.policies import FOREVER, LIMIT_20, MARKET, OFFSET, SLOW, batch_of, item_id, item_ids
from gateway.endpoint import Endpoint

_read = partial(Endpoint, family="catalog-read", cache=SLOW)

ALBUMS = (
    _read(
        id="get-an-album",
        path="/albums/{id}",
        summary="One album with its artists, images and first page of tracks",
        params=(item_id("album"), MARKET),
        fills=IN_ALBUM,
    ),
    _read(
        id="get-multiple-albums",
        path="/albums",
        summary="Several albums",
        params=(item_ids("albums", 20), MARKET),
        emulation=batch_of("get-an-album", "albums"),
        fills=albums("albums[]"),
    ),
    Endpoint(
        id="get-an-albums-tracks",
        path="/albums/{id}/tracks",
        summary="The tracks of one album, in pages",
        family="catalog-read",
        cache=FOREVER,
        params=(item_id("album"), MARKET, LIMIT_20, OFFSET),
        fills=tracks_in_part("items[]"),
    ),
)
