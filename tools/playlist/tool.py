"""Puts `spotify_playlist` together, and the tool of that name which only reads."""

from collections.abc import Callable
from typing import Final

from gateway.client import SpotifyClient
from tools.action import Repertoire
from tools.action_tool import action_tool
from tools.compat import Compat
from tools.playlist.arguments import PlaylistArguments, ReadingArguments
from tools.playlist.contents import CONTENTS
from tools.playlist.details import DETAILS_ACTIONS
from tools.playlist.reading import READING
from tools.playlist.result import PlaylistResult
from tools.tool import Tool

PLAYLIST_READING: Final = Repertoire(
    name="spotify_playlist",
    title="Spotify playlists",
    description="The signed-in user's playlists: list them (list_user), read one (get) and what it holds (items).",
    model=ReadingArguments,
    actions=READING,
    result=PlaylistResult,
    idempotent=True,
)
"""What it does where nothing may be changed."""

PLAYLIST: Final = Repertoire(
    name="spotify_playlist",
    title="Spotify playlists",
    description="The signed-in user's playlists: list them (list_user), read one (get) and what it holds (items), "
    "create one, change its details, add, remove and reorder items. Up to 500 uris in one call; wherever an id is "
    "wanted, a URI or a link will do.",
    model=PlaylistArguments,
    actions={**READING, **DETAILS_ACTIONS, **CONTENTS},
    result=PlaylistResult,
    idempotent=False,
)
"""What the tool does where changes are allowed."""


def playlist_tool(client: SpotifyClient, *, clock: Callable[[], float], compat: Compat = Compat.SEED) -> Tool:
    """Return the tool `spotify_playlist` over `client`; `clock` is monotonic seconds."""
    reader = action_tool(PLAYLIST_READING, client, clock=clock, compat=compat)
    return action_tool(PLAYLIST, client, clock=clock, compat=compat, reader=reader)
