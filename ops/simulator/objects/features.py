"""Audio features and analysis of tracks; every number is a pure function of the track's identifier."""

import random
from typing import Final

from ops.simulator.objects.objects import API_URL, Json
from ops.simulator.world.records import Track

SHARES: Final = (
    "acousticness",
    "danceability",
    "energy",
    "instrumentalness",
    "liveness",
    "speechiness",
    "valence",
)
"""Features between 0 and 1."""

SEGMENT_S: Final = 0.28
SECTION_S: Final = 26.0
META: Final = {
    "analyzer_version": "4.0.0",
    "platform": "Linux",
    "detailed_status": "OK",
    "status_code": 0,
    "timestamp": 1_495_193_577,
    "input_process": "libvorbisfile L+R 44100->22050",
}
CHROMA: Final = 12
"""Numbers in the pitches and in the timbre of a segment."""


def features(track: Track) -> Json:
    """The audio features object of a track."""
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


def analysis(track: Track) -> Json:
    """The audio analysis of a track: some hundred kilobytes, most of which are segments."""
    found = features(track)
    seconds, beat_s = track.duration_ms / 1000, 60 / found["tempo"]
    shared = {name: found[name] for name in ("tempo", "key", "mode", "time_signature", "loudness")}
    sure = {f"{name}_confidence": 0.5 for name in ("tempo", "key", "mode", "time_signature")}
    return {
        "meta": {**META, "analysis_time": round(seconds / 40, 5)},
        "track": {
            "num_samples": int(seconds * 22_050),
            "duration": seconds,
            "sample_md5": "",
            "offset_seconds": 0,
            "window_seconds": 0,
            "analysis_sample_rate": 22_050,
            "analysis_channels": 1,
            **shared,
        },
        "bars": _intervals(seconds, beat_s * found["time_signature"]),
        "beats": _intervals(seconds, beat_s),
        "tatums": _intervals(seconds, beat_s / 2),
        "sections": [{**section, **shared, **sure} for section in _intervals(seconds, SECTION_S)],
        "segments": _segments(track, seconds),
    }


def _segments(track: Track, seconds: float) -> list[Json]:
    rng = random.Random(f"segments:{track.id}")  # noqa: S311 - repeatable draws are the purpose
    return [
        {
            **interval,
            "loudness_start": round(-60 * rng.random(), 3),
            "loudness_max": round(-20 * rng.random(), 3),
            "loudness_max_time": round(SEGMENT_S * rng.random(), 5),
            "loudness_end": 0,
            "pitches": [int(1000 * rng.random()) / 1000 for _ in range(CHROMA)],
            "timbre": [int(1000 * (200 * rng.random() - 100)) / 1000 for _ in range(CHROMA)],
        }
        for interval in _intervals(seconds, SEGMENT_S)
    ]


def _intervals(seconds: float, step_s: float) -> list[Json]:
    count = max(1, int(seconds / step_s))
    return [{"start": round(n * step_s, 5), "duration": round(step_s, 5), "confidence": 0.9} for n in range(count)]
