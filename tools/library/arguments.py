"""What `spotify_library` takes."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from tools.action import ActionArguments
from tools.address import Market, TrackId

_MOST = 500


class Library(ActionArguments):
    """What the actions need."""

    market: Market | None = Field(None, description="tracks_get: country (ISO 3166-1 alpha-2).")
    limit: int = Field(20, ge=1, le=50, description="tracks_get: most to return.")
    offset: int = Field(0, ge=0, le=100_000, description="tracks_get: index of the first, newest first.")
    ids: Annotated[list[TrackId], Field(max_length=_MOST)] | None = Field(
        None, description="All but tracks_get: tracks by id, URI or link."
    )


class ReadingArguments(Library):
    """What the tool takes that only reads."""

    model_config = ConfigDict(title="spotify_library")

    action: Literal["tracks_get", "tracks_contains"]


class LibraryArguments(Library):
    """What `spotify_library` takes."""

    model_config = ConfigDict(title="spotify_library")

    action: Literal["tracks_get", "tracks_add", "tracks_remove", "tracks_contains"]
