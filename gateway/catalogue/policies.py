"""Words that the catalogue's categories share; each is said once."""

from dataclasses import replace

from cache import NEVER, CachePolicy
from gateway.endpoint import FanOut, Kind, Library, Param, Place, Profile, Removed, Renamed

_MINUTE_S = 60.0
_HOUR_S = 60 * _MINUTE_S

# Spotify's terms allow temporary caching and name no number; its own headers say "max-age=0" nearly
# everywhere. These spans follow how often each kind of thing changes. What belongs to a user is never served past
# its time while it is renewed, because people look at it to see what they just did elsewhere; if Spotify cannot be
# asked, something a little old is better than nothing.
FOREVER = CachePolicy(ttl_s=24 * _HOUR_S, stale_s=12 * _HOUR_S, error_s=24 * _HOUR_S)
SLOW = CachePolicy(ttl_s=6 * _HOUR_S, stale_s=6 * _HOUR_S, error_s=18 * _HOUR_S)
HOURLY = CachePolicy(ttl_s=_HOUR_S, error_s=11 * _HOUR_S)
PROFILE = CachePolicy(ttl_s=10 * _MINUTE_S, error_s=50 * _MINUTE_S)
FAST = CachePolicy(ttl_s=2 * _MINUTE_S, stale_s=10 * _MINUTE_S, error_s=58 * _MINUTE_S)
PLAYLIST = CachePolicy(ttl_s=_MINUTE_S, error_s=59 * _MINUTE_S)
OWN = CachePolicy(ttl_s=30, error_s=10 * _MINUTE_S, missing_ttl_s=0)
LIVE = NEVER
"""Kept for nobody; those who ask at the same moment still share one call."""

MARKET = Param(
    name="market",
    kind="market",
    about="Country (ISO 3166-1 alpha-2) whose catalogue is asked, for example US.",
)
COUNTRY = Param(
    name="country",
    kind="market",
    # Passed on as it is: whether Spotify still reads it is for Spotify to say.
    about="Older name of market, which spotipy still sends; prefer market.",
)
LOCALE = Param(name="locale", kind="text", about="Language and country of names, for example es_MX.")
TIMESTAMP = Param(name="timestamp", kind="text", about="Moment (ISO 8601) for which the list is made.")
ADDITIONAL_TYPES = Param(
    name="additional_types",
    kind="words",
    choices=("track", "episode"),
    about="Kinds of item that the caller understands besides tracks, comma separated.",
)
OFFSET = Param(name="offset", kind="integer", default=0, about="Index of the first item.")
LIMIT = Param(name="limit", kind="integer", minimum=1, maximum=50, about="Largest number of items.")
"""Page size where the default of 20 became 5 for new apps in February 2026."""

LIMIT_20 = replace(LIMIT, default=20)
"""Page size where it did not."""


def item_id(what: str) -> Param:
    """Return the path parameter of a single read of `what`."""
    return Param(name="id", kind="id", required=True, about=f"Spotify id of the {what}: 22 letters and digits.")


def item_ids(
    what: str, maximum: int, *, kind: Kind = "ids", place: Place = "query", required: bool = True
) -> Param:
    """Return the list parameter of a batch of `what`."""
    return Param(
        name="ids",
        kind=kind,
        required=required,
        place=place,
        maximum=maximum,
        about=f"Spotify ids of the {what}, comma separated.",
    )


def batch_of(endpoint_id: str, answer_field: str, *, whole: bool = True) -> dict[Profile, FanOut]:
    """Return the emulation of a batch read, which new development-mode apps lost in February 2026."""
    return {Profile.DEVELOPMENT: FanOut(endpoint_id, answer_field, whole)}


def in_library(endpoint_id: str, kind: str = "", *, ids: str = "ids") -> dict[Profile, Library]:
    """Return the emulation of what moved to the common library route in February 2026."""
    return {Profile.DEVELOPMENT: Library(endpoint_id, kind, ids)}


def as_items(endpoint_id: str) -> dict[Profile, Renamed]:
    """Return the emulation of a route under `/tracks` that is now under `/items`."""
    return {Profile.DEVELOPMENT: Renamed(endpoint_id)}


def cut(instead: str) -> dict[Profile, Removed]:
    """Return the emulation of what new development-mode apps lost in February 2026 without a replacement."""
    return {Profile.DEVELOPMENT: Removed(instead)}


def grandfathered(instead: str) -> dict[Profile, Removed]:
    """Return the emulation of what only apps with extended access before November 2024 kept."""
    gone = Removed(instead)
    return {Profile.EXTENDED: gone, Profile.DEVELOPMENT_LEGACY: gone, Profile.DEVELOPMENT: gone}
