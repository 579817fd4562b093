"""What Spotify's answers have taught about the app; it is believed until an answer says otherwise."""

from collections.abc import Mapping
from typing import Protocol

from gateway.endpoint import Emulation, Endpoint, FanOut, Library, Paged, Profile, Removed, Renamed, Reshaped
from gateway.errors import ForbiddenError, RejectedError, SpotifyError
from gateway.plan import emulation_of

_FORBIDDEN = "Forbidden"
"""All that Spotify says about a route that the app no longer has; other refusals say more."""

_INVALID_LIMIT = "Invalid limit"


class Notebook(Protocol):
    """Where it is kept which endpoints the app turned out to lack; it may outlive the process."""

    def lacks(self, endpoint: str) -> bool:
        """Tell whether the app is known to lack `endpoint` as it is documented."""

    def note(self, endpoint: str) -> None:
        """Remember that the app lacks `endpoint`; it never raises."""


def choose(endpoint: Endpoint, profile: Profile, *, lacking: bool) -> tuple[Emulation | None, Emulation | None]:
    """Return what to try, and what to try if Spotify says that the app does not have that.

    `lacking` is what the notebook says. An unknown profile is judged as the most restricted where that works in
    every profile. Where it costs more calls, or gives less, the full thing is tried: one call for each endpoint is
    spent to learn. Batch reads are single reads in every profile; `has_batches` tells whether those share calls.
    """
    believed = emulation_of(endpoint, profile)
    restricted = emulation_of(endpoint, Profile.DEVELOPMENT)
    if restricted is None or lacking or (isinstance(restricted, FanOut) and restricted.whole):
        return restricted, None
    if isinstance(restricted, Reshaped):
        return believed, None
    if profile is Profile.AUTO:
        works_everywhere = isinstance(restricted, Library | Renamed)
        return (restricted, None) if works_everywhere else (None, restricted)
    return (believed, None) if believed is not None else (None, restricted)


def has_batches(batch: Endpoint, profile: Profile, *, lacking: bool) -> bool:
    """Tell whether a batch read is worth trying; an unknown profile spends a call to learn."""
    return not lacking and (profile is Profile.AUTO or emulation_of(batch, profile) is None)


def is_served(endpoint: Endpoint, *, profile: Profile, notebook: Notebook) -> bool:
    """Tell whether a call of `endpoint` is worth making: not if it is known that all are refused."""
    return not isinstance(choose(endpoint, profile, lacking=notebook.lacks(endpoint.id))[0], Removed)


def is_development(profile: Profile, notebook: Notebook, catalogue: Mapping[str, Endpoint]) -> bool:
    """Tell whether the app is known to have the most restricted profile: no other one lacks batch reads."""
    if profile is not Profile.AUTO:
        return profile is Profile.DEVELOPMENT
    batches = (
        entry.id for entry in catalogue.values() if isinstance(entry.emulation.get(Profile.DEVELOPMENT), FanOut)
    )
    return any(notebook.lacks(entry_id) for entry_id in batches)


def teaches(error: SpotifyError, fallback: Emulation) -> bool:
    """Tell whether an error means that the app lacks the route, rather than that this call was wrong."""
    if isinstance(fallback, Paged):
        return isinstance(error, RejectedError) and error.message == _INVALID_LIMIT
    return isinstance(error, ForbiddenError) and error.message == _FORBIDDEN
