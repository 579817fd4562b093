"""What `spotify_search` takes, and what it asks of Spotify for it; queries are echoed as they came."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from tools.address import Market
from tools.outcome import Call

ItemType = Literal["album", "artist", "playlist", "track"]


def _not_blank(query: str) -> str:
    if not query.strip():
        raise PydanticCustomError("blank", "must not be blank")
    return query


Query = Annotated[str, StringConstraints(min_length=1, max_length=500), AfterValidator(_not_blank)]


class SearchArguments(BaseModel):
    """What `spotify_search` takes."""

    model_config = ConfigDict(extra="forbid", title="spotify_search")

    queries: Annotated[list[Query], Field(min_length=1, max_length=20)] = Field(
        description="Search queries; use a one-element array for one query. Field filters such as artist:, "
        "album:, track:, year: and isrc: are understood."
    )
    types: Annotated[list[ItemType], Field(min_length=1)] = Field(description="Kinds of item to look for.")
    market: Market | None = Field(None, description="Country (ISO 3166-1 alpha-2) to search in, for example US.")
    limit: int = Field(20, ge=1, le=50, description="Largest number of results per kind.")
    offset: int = Field(0, ge=0, le=1000, description="Index of the first result of each kind.")
    include_external: Literal["audio"] | None = Field(
        None, description="Whether externally hosted audio counts as playable."
    )
    dry_run: bool = Field(default=False, description="Only tell what it would cost and when it would be done.")
    cache: bool = Field(
        default=False,
        description="Also tell how each answer was come by (hit, stale, shared, joined, miss) and its age.",
    )
    mode: Literal["slim"] = Field("slim", description="For older clients; results are always slim.")


def calls_of(arguments: SearchArguments) -> list[Call]:
    """Return one call for each query, in order."""
    return [
        (
            "search",
            [
                # Spaces around it would make another entry in the cache of the same answer.
                ("q", query.strip()),
                ("type", arguments.types),
                ("market", arguments.market),
                ("limit", arguments.limit),
                ("offset", arguments.offset),
                ("include_external", arguments.include_external),
            ],
        )
        for query in arguments.queries
    ]
