"""Tracks."""

from gateway.catalogue.policies import (
    FOREVER,
    MARKET,
    SLOW,
    batch_of,
    grandfathered,
    item_id,
    item_ids,
)
from gateway.endpoint import Endpoint

_NO_FEATURES = "Spotify offers no replacement for audio features and analysis"

TRACKS = (
    Endpoint(
        id="get-track",
        path="/tracks/{id}",
        summary="One track",
        family="catalog-read",
        cache=SLOW,
        params=(item_id("track"), MARKET),
    ),
    Endpoint(
        id="get-several-tracks",
        path="/tracks",
        summary="Several tracks",
        family="catalog-read",
        cache=SLOW,
        params=(item_ids("tracks", 50), MARKET),
        emulation=batch_of("get-track", "tracks"),
    ),
    Endpoint(
        id="get-several-audio-features",
        path="/audio-features",
        summary="Derived audio descriptors of several tracks",
        family="catalog-read",
        cache=FOREVER,
        params=(item_ids("tracks", 100),),
        emulation=grandfathered(_NO_FEATURES),
    ),
    Endpoint(
        id="get-audio-features",
        path="/audio-features/{id}",
        summary="Derived audio descriptors of one track",
        family="catalog-read",
        cache=FOREVER,
        params=(item_id("track"),),
        emulation=grandfathered(_NO_FEATURES),
    ),
    Endpoint(
        id="get-audio-analysis",
        path="/audio-analysis/{id}",
        summary="Low-level analysis of one track",
        family="catalog-read",
        cache=FOREVER,
        params=(item_id("track"),),
        emulation=grandfathered(_NO_FEATURES),
    ),
)
