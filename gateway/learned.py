"""What Spotify's answers have taught about the app; it is believed until an answer says otherwise."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Protocol

from gateway.endpoint import Emulation, Endpoint, Library, Paged, Profile, Renamed, Reshaped
from gateway.errors import ForbiddenError, RejectedError, SpotifyError
from gateway.plan import emulation_of

_FORBIDDEN = "Forbidden"
"""All that Spotify says about a route that the app no longer has; other refusals say more."""

_INVALID_LIMIT = "Invalid limit"


class Lesson(StrEnum):
    """Whether an endpoint is served as documented, or what takes its place in the most restricted profile."""

    SERVED = "served"
    CUT = "cut"


class Notebook(Protocol):
    """Where lessons are kept; it may outlive the process."""

    def lessons(self) -> Mapping[str, Lesson]:
        """Return what is known, by endpoint id."""

    def note(self, endpoint: str, lesson: Lesson) -> None:
        """Remember a lesson; it never raises."""


class BlankNotebook:
    """Remembers until the process ends."""

    def __init__(self) -> None:
        self._lessons: dict[str, Lesson] = {}

    def lessons(self) -> Mapping[str, Lesson]:
        """Return what was noted."""
        return self._lessons

    def note(self, endpoint: str, lesson: Lesson) -> None:
        """Remember a lesson."""
        self._lessons[endpoint] = lesson


def choose(
    endpoint: Endpoint, profile: Profile, lesson: Lesson | None
) -> tuple[Emulation | None, Emulation | None]:
    """Return what to try, and what to try if Spotify says that the app does not have that.

    An unknown profile is judged as the most restricted where that works in every profile. Where it costs more
    calls, or gives less, the first call of each endpoint tries the full thing: one call each is spent to learn.
    """
    believed = emulation_of(endpoint, profile)
    restricted = emulation_of(endpoint, Profile.DEVELOPMENT)
    if restricted is None or lesson is Lesson.CUT:
        return restricted, None
    if isinstance(restricted, Reshaped):
        return believed, None
    if profile is Profile.AUTO:
        works_everywhere = isinstance(restricted, Library | Renamed)
        return (restricted, None) if works_everywhere else (None, restricted)
    return (believed, None) if believed is not None else (None, restricted)


def teaches(error: SpotifyError, fallback: Emulation) -> bool:
    """Tell whether an error means that the app lacks the route, rather than that this call was wrong."""
    if isinstance(fallback, Paged):
        return isinstance(error, RejectedError) and error.message == _INVALID_LIMIT
    return isinstance(error, ForbiddenError) and error.message == _FORBIDDEN
