"""Tracks: one or, where batches survive, up to 50; an unknown track of a batch is null in its place."""

from typing import Final

from ops.simulator.lookup import one
from ops.simulator.objects.objects import Json
from ops.simulator.params import read_ids
from ops.simulator.routes import BEFORE_FEB_2026, Ask, Route

MOST_IDS: Final = 50


def get_track(ask: Ask) -> Json:
    """`GET /tracks/{id}`."""
    market = ask.market
    return ask.realm.bodies.track(one(ask.realm.world.track_by_id, ask.path["id"]), market=market)


def get_tracks(ask: Ask) -> Json:
    """`GET /tracks?ids=`."""
    ids, market = read_ids(ask.query, most=MOST_IDS), ask.market
    found = map(ask.realm.world.track_by_id.get, ids)
    return {"tracks": [track and ask.realm.bodies.track(track, market=market) for track in found]}


ROUTES: Final = (
    Route("/tracks", get_tracks, BEFORE_FEB_2026),
    Route("/tracks/{id}", get_track),
)
