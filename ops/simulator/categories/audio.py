"""Audio features and analysis; every number is a pure function of the track's identifier."""

import random
from typing import Final

from ops.simulator.bodies import API_URL, Json
from ops.simulator.lookup import one
from ops.simulator.params import read_ids
from ops.simulator.records import Track
from ops.simulator.routes import BEFORE_NOV_2024, Ask, Route

MOST_IDS: Final = 100
SHARES: Final = (
    "acousticness",
    "danceability",
    "energy",
    "instrumentalness",
    "liveness",
    "speechiness",
    "valence",
)


def get_audio_features(ask: Ask) -> Json:
    """`GET /audio-features/{id}`."""
    return _features(one(ask.realm.world.track_by_id, ask.path["id"]))


def get_several_audio_features(ask: Ask) -> Json:
    """`GET /audio-features?ids=`."""
    found = map(ask.realm.world.track_by_id.get, read_ids(ask.query, most=MOST_IDS))
    return {"audio_features": [track and _features(track) for track in found]}


def get_audio_analysis(ask: Ask) -> Json:
    """`GET /audio-analysis/{id}`."""
    track = one(ask.realm.world.track_by_id, ask.path["id"])
    features = _features(track)
    seconds, beat_s = track.duration_ms / 1000, 60 / features["tempo"]
    beats = _intervals(seconds, beat_s)
    whole = {"start": 0.0, "duration": seconds, "confidence": 1.0}
    shared = {name: features[name] for name in ("tempo", "key", "mode", "time_signature", "loudness")}
    return {
        "meta": {"analyzer_version": "4.0.0", "platform": "Linux", "detailed_status": "OK", "status_code": 0},
        "track": {"duration": seconds, "sample_md5": "", "analysis_sample_rate": 22050, **shared},
        "bars": _intervals(seconds, beat_s * features["time_signature"]),
        "beats": beats,
        "tatums": _intervals(seconds, beat_s / 2),
        "sections": [{**whole, **shared}],
        "segments": [{**beat, "loudness_start": shared["loudness"]} for beat in beats],
    }


def _features(track: Track) -> Json:
    rng = random.Random(track.id)  # noqa: S311 - repeatable draws are the purpose
    return {
        **{share: round(rng.random(), 3) for share in SHARES},
        "key": rng.randrange(12),
        "mode": rng.randrange(2),
        "loudness": round(-30 * rng.random(), 3),
        "tempo": round(60 + 120 * rng.random(), 3),
        "time_signature": rng.choice((3, 4, 4, 4, 5)),
        "duration_ms": track.duration_ms,
        "type": "audio_features",
        "id": track.id,
        "uri": f"spotify:track:{track.id}",
        "track_href": f"{API_URL}/tracks/{track.id}",
        "analysis_url": f"{API_URL}/audio-analysis/{track.id}",
    }


def _intervals(seconds: float, step_s: float) -> list[Json]:
    count = int(seconds / step_s)
    return [{"start": round(n * step_s, 5), "duration": round(step_s, 5), "confidence": 0.9} for n in range(count)]


ROUTES: Final = (
    Route("/audio-features", get_several_audio_features, BEFORE_NOV_2024),
    Route("/audio-features/{id}", get_audio_features, BEFORE_NOV_2024),
    Route("/audio-analysis/{id}", get_audio_analysis, BEFORE_NOV_2024),
)
