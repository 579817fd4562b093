"""Puts `spotify_library` together, and the tool of that name which only reads."""

from collections.abc import Callable
from typing import Annotated, Final, NotRequired

from pydantic import Field

# Before Python 3.12 pydantic cannot read the schema of the standard one.
from typing_extensions import TypedDict

from gateway.client import SpotifyClient
from tools.action import Repertoire
from tools.action_tool import action_tool
from tools.compat import Compat
from tools.envelope import Envelope
from tools.library.actions import CHANGING, READING
from tools.library.arguments import LibraryArguments, ReadingArguments
from tools.slim import SlimItem
from tools.tool import Tool


class LibraryResult(Envelope, TypedDict):
    """What `spotify_library` answers."""

    byId: NotRequired[dict[str, SlimItem]]
    ids: NotRequired[list[str]]
    limit: NotRequired[int]
    offset: NotRequired[int]
    total: NotRequired[int]
    contains: NotRequired[
        Annotated[list[bool | None], Field(description="In the order of ids; null where unknown.")]
    ]


LIBRARY_READING: Final = Repertoire(
    name="spotify_library",
    title="Spotify library",
    description="The signed-in user's saved tracks: list them (tracks_get), or check some (tracks_contains).",
    model=ReadingArguments,
    actions=READING,
    result=LibraryResult,
    idempotent=True,
)
"""What it does where nothing may be changed."""

LIBRARY: Final = Repertoire(
    name="spotify_library",
    title="Spotify library",
    description="The signed-in user's saved tracks: list them (tracks_get), save (tracks_add) or remove some, or "
    "check which are saved (tracks_contains). Up to 500 ids in one call; a URI or a link will do for an id.",
    model=LibraryArguments,
    actions={**READING, **CHANGING},
    result=LibraryResult,
    idempotent=True,
)
"""What the tool does where changes are allowed."""


def library_tool(client: SpotifyClient, *, clock: Callable[[], float], compat: Compat = Compat.SEED) -> Tool:
    """Return the tool `spotify_library` over `client`; `clock` is monotonic seconds."""
    reader = action_tool(LIBRARY_READING, client, clock=clock, compat=compat)
    return action_tool(LIBRARY, client, clock=clock, compat=compat, reader=reader)
