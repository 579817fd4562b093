"""What `spotify_playlist` takes: the words of the published catalog and those of iceener's code together."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from tools.action import ActionArguments
from tools.address import Market, PlayableUri, PlaylistId

_MOST = 500

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Index = Annotated[int, Field(ge=0)]


class Track(BaseModel):
    """A member of `tracks`."""

    model_config = ConfigDict(extra="forbid")

    uri: PlayableUri


class Reading(ActionArguments):
    """What the reading actions need."""

    playlist_id: PlaylistId | None = Field(None, description="Id, URI or link; for all but list_user and create.")
    limit: int = Field(20, ge=1, le=50, description="list_user, items: most to return.")
    offset: int = Field(0, ge=0, le=100_000, description="list_user, items: index of the first.")
    market: Market | None = Field(None, description="get, items: country (ISO 3166-1 alpha-2).")
    fields: str | None = Field(
        None, description="get, items: Spotify's filter; items without id and name are left out."
    )
    additional_types: Literal["track", "episode"] | None = Field(
        None, description="items: track leaves out episodes, which are shown otherwise."
    )


class ReadingArguments(Reading):
    """What the tool takes that only reads."""

    model_config = ConfigDict(title="spotify_playlist")

    action: Literal["list_user", "get", "items"]


class PlaylistArguments(Reading):
    """What `spotify_playlist` takes."""

    model_config = ConfigDict(title="spotify_playlist")

    action: Literal[
        "list_user",
        "get",
        "items",
        "create",
        "update_details",
        "add_items",
        "remove_items",
        "reorder_items",
    ]
    name: Name | None = Field(None, description="create, update_details.")
    description: str | None = Field(None, description="create, update_details.")
    public: bool | None = Field(None, description="create, update_details: whether it shows on the profile.")
    collaborative: bool | None = Field(
        None, description="create, update_details: whether others may change it; not while public."
    )
    uris: Annotated[list[PlayableUri], Field(max_length=_MOST)] | None = Field(
        None, description="add_items, remove_items: tracks or episodes; removes every occurrence."
    )
    tracks: Annotated[list[Track], Field(max_length=_MOST)] | None = Field(
        None, description="Another form of uris."
    )
    range_start: Index | None = Field(None, description="reorder_items: index of the first to move.")
    insert_before: Index | None = Field(
        None, description="reorder_items: index before which to put them, as counted before the move."
    )
    range_length: Annotated[int, Field(ge=1)] | None = Field(
        None, description="reorder_items: how many; 1 if left out."
    )
    snapshot_id: str | None = Field(
        None, description="remove_items, reorder_items: version that the indices are of."
    )

    @model_validator(mode="after")
    def _one_list(self) -> Self:
        if self.uris and self.tracks and self.uris != [track.uri for track in self.tracks]:
            raise PydanticCustomError("two_lists", "uris and tracks differ; give one of them")
        return self

    @property
    def members(self) -> list[str]:
        """What to add or remove, as URIs."""
        return self.uris or [track.uri for track in self.tracks or ()]
