"""Tracks."""

from functools import partial

from gateway.catalogue.fills import IN_TRACK, features, tracks
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

_read = partial(Endpoint, family="catalog-read", cache=SLOW)
_measured = partial(Endpoint, family="catalog-read", cache=FOREVER, emulation=grandfathered(_NO_FEATURES))

TRACKS = (
    _read(
        id="get-track",
        path="/tracks/{id}",
        summary="One track",
        params=(item_id("track"), MARKET),
        fills=IN_TRACK,
    ),
    _read(
        id="get-several-tracks",
        path="/tracks",
        summary="Several tracks",
        params=(item_ids("tracks", 50), MARKET),
        emulation=batch_of("get-track", "tracks"),
        fills=tracks("tracks[]"),
    ),
    _measured(
        id="get-several-audio-features",
        path="/audio-features",
        summary="Derived audio descriptors of several tracks",
        params=(item_ids("tracks", 100),),
        fills=features("audio_features[]"),
    ),
    _measured(
        id="get-audio-features",
        path="/audio-features/{id}",
        summary="Derived audio descriptors of one track",
        params=(item_id("track"),),
    ),
    _measured(
        id="get-audio-analysis",
        path="/audio-analysis/{id}",
        summary="Low-level analysis of one track",
        params=(item_id("track"),),
    ),
)
