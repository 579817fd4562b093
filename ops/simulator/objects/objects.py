"""What all objects of the Web API share: identity, pictures, and the fields that a profile lost."""

import hashlib
from collections.abc import Mapping
from typing import Any, Final

from ops.simulator.config import Profile

API_URL: Final = "https://api.spotify.com/v1"
OPEN_URL: Final = "https://open.spotify.com"
IMAGE_URL: Final = "https://i.scdn.co/image"

Json = dict[str, Any]

# The cuts of February 2026, by the object's `type`. Album and track kept external_ids after all.
_CUTS: Final[Mapping[str, tuple[str, ...]]] = {
    "track": ("available_markets", "linked_from", "popularity"),
    "album": ("album_group", "available_markets", "label", "popularity"),
    "artist": ("followers", "popularity"),
    "playlist": ("tracks",),
    "show": ("available_markets", "publisher"),
    "audiobook": ("available_markets", "publisher"),
    "chapter": ("available_markets",),
    "user": ("country", "email", "explicit_content", "followers", "product"),
}
# What took the place of a cut field.
_GAINS: Final[Mapping[str, tuple[str, ...]]] = {"playlist": ("items",)}
_PRECISION: Final[Mapping[int, str]] = {4: "year", 7: "month", 10: "day"}


def cut(body: Json, profile: Profile) -> Json:
    """The object itself without the fields that its profile lost, or does not have yet."""
    cuts = _CUTS if profile == "development" else _GAINS
    for name in cuts.get(body["type"], ()):
        body.pop(name, None)
    return body


def identity(kind: str, spotify_id: str) -> Json:
    """The members that name an object."""
    return {
        "external_urls": {"spotify": f"{OPEN_URL}/{kind}/{spotify_id}"},
        "href": f"{API_URL}/{kind}s/{spotify_id}",
        "id": spotify_id,
        "type": kind,
        "uri": f"spotify:{kind}:{spotify_id}",
    }


def images(spotify_id: str) -> list[Json]:
    """Cover pictures, the largest first."""
    digest = hashlib.sha256(spotify_id.encode()).hexdigest()
    return [
        {"url": f"{IMAGE_URL}/{size:08x}{digest[:32]}", "height": size, "width": size} for size in (640, 300, 64)
    ]


def released(date: str) -> Json:
    """A release date with the precision that its length tells."""
    return {"release_date": date, "release_date_precision": _PRECISION[len(date)]}
