"""What `spotify_control` takes; fields that an action has no use for are no fault, for agents send whole forms."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from tools.address import uri_behind

Action = Literal[
    "play",
    "pause",
    "next",
    "previous",
    "seek",
    "volume",
    "shuffle",
    "repeat",
    "transfer",
    "queue",
    "resume",
    "start",
]
Text = Annotated[str, Field(min_length=1)]
Uri = Annotated[Text, AfterValidator(uri_behind)]
"""What people paste is a link, and Spotify takes none."""
Whole = Annotated[int, Field(ge=0)]


class Offset(BaseModel):
    """Where in a context or list to start; one of the two."""

    model_config = ConfigDict(extra="forbid")

    position: Whole | None = None
    uri: Uri | None = None


class Operation(BaseModel):
    """One thing that the player is to do."""

    model_config = ConfigDict(extra="forbid")

    action: Action = Field(description="resume and start mean play.")
    device_id: Text | None = Field(None, description="Target device (transfer: required); else the active one.")
    position_ms: Whole | None = Field(None, description="seek: required. play: where in the first track to start.")
    volume_percent: Annotated[int, Field(ge=0, le=100)] | None = Field(None, description="volume: required.")
    shuffle: bool | None = Field(None, description="shuffle: required.")
    repeat: Literal["off", "track", "context"] | None = Field(None, description="repeat: required.")
    context_uri: Uri | None = Field(
        None, description="play: album, artist, playlist or show. Without it and uris, play resumes."
    )
    uris: Annotated[list[Uri], Field(min_length=1)] | None = Field(None, description="play: tracks or episodes.")
    offset: Offset | None = Field(None, description="play: start at a position, or at a uri of the context.")
    queue_uri: Uri | None = Field(None, description="queue: required; track or episode.")
    transfer_play: bool | None = Field(None, description="transfer: whether to play there.")


class ControlArguments(BaseModel):
    """What `spotify_control` takes, with operations that are checked one by one."""

    model_config = ConfigDict(extra="forbid", title="spotify_control")

    operations: Annotated[list[Any], Field(min_length=1, max_length=25)] = Field(
        description="Done in this order; each succeeds or fails by itself."
    )
    parallel: bool = Field(default=False, description="Do not let an operation wait for the one before.")
    dry_run: bool = Field(default=False, description="Only tell the cost.")
    mode: Literal["slim"] = Field("slim", description="For older clients.")


class WholeControlArguments(ControlArguments):
    """What `spotify_control` is told to take, and takes where one bad operation spoils the call."""

    operations: Annotated[list[Operation], Field(min_length=1, max_length=25)] = Field(
        description="Done in this order; each succeeds or fails by itself."
    )
