"""Audio features and analysis; every number is a pure function of the track's identifier."""

from typing import Final

from ops.simulator.lookup import one
from ops.simulator.objects.features import analysis, features
from ops.simulator.objects.objects import Json
from ops.simulator.params import read_ids
from ops.simulator.routes import BEFORE_NOV_2024, Ask, Route

MOST_IDS: Final = 100


def get_audio_features(ask: Ask) -> Json:
    """`GET /audio-features/{id}`."""
    return features(one(ask.realm.world.track_by_id, ask.path["id"]))


def get_several_audio_features(ask: Ask) -> Json:
    """`GET /audio-features?ids=`."""
    found = map(ask.realm.world.track_by_id.get, read_ids(ask.query, most=MOST_IDS))
    return {"audio_features": [track and features(track) for track in found]}


def get_audio_analysis(ask: Ask) -> Json:
    """`GET /audio-analysis/{id}`."""
    return analysis(one(ask.realm.world.track_by_id, ask.path["id"]))


ROUTES: Final = (
    Route("/audio-features", get_several_audio_features, BEFORE_NOV_2024),
    Route("/audio-features/{id}", get_audio_features, BEFORE_NOV_2024),
    Route("/audio-analysis/{id}", get_audio_analysis, BEFORE_NOV_2024),
)
