"""Words that the catalogue's categories share; each is said once."""

from dataclasses import replace

from cache import CachePolicy
from gateway.endpoint import FanOut, Param, Profile, Removed

_HOUR_S = 3600.0

# Spotify's terms allow temporary caching and name no number; its own headers say "max-age=0" nearly
# everywhere. These spans follow how often each kind of thing changes.
FOREVER = CachePolicy(ttl_s=24 * _HOUR_S)
SLOW = CachePolicy(ttl_s=6 * _HOUR_S)
FAST = CachePolicy(ttl_s=120)

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
OFFSET = Param(name="offset", kind="integer", default=0, about="Index of the first item.")
LIMIT = Param(name="limit", kind="integer", minimum=1, maximum=50, about="Largest number of items.")
"""Page size where the default of 20 became 5 for new apps in February 2026."""

LIMIT_20 = replace(LIMIT, default=20)
"""Page size where it did not."""


def item_id(what: str) -> Param:
    """Return the path parameter of a single read of `what`."""
    return Param(name="id", kind="id", required=True, about=f"Spotify id of the {what}: 22 letters and digits.")


def item_ids(what: str, maximum: int) -> Param:
    """Return the list parameter of a batch read of `what`."""
    return Param(
        name="ids",
        kind="ids",
        required=True,
        maximum=maximum,
        about=f"Spotify ids of the {what}, comma separated.",
    )


def batch_of(endpoint_id: str, answer_field: str) -> dict[Profile, FanOut]:
    """Return the emulation of a batch read, which new development-mode apps lost in February 2026."""
    return {Profile.DEVELOPMENT: FanOut(endpoint_id, answer_field)}


def grandfathered(instead: str) -> dict[Profile, Removed]:
    """Return the emulation of what only apps with extended access before November 2024 kept."""
    gone = Removed(instead)
    return {Profile.EXTENDED: gone, Profile.DEVELOPMENT_LEGACY: gone, Profile.DEVELOPMENT: gone}
