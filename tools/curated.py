"""Lists the tools that are made for agents, in the order in which clients show them."""

from collections.abc import Awaitable, Callable, Sequence

from gateway.client import SpotifyClient
from tools.compat import Compat
from tools.library import LIBRARY, LIBRARY_READING, library_tool
from tools.outcome import Call
from tools.player import CONTROL_KINDS, STATUS_KINDS, control_tool, status_tool
from tools.playlist import PLAYLIST, PLAYLIST_READING, playlist_tool
from tools.search import search_tool
from tools.tool import Tool


def curated_tools(
    client: SpotifyClient,
    *,
    clock: Callable[[], float],
    sleep: Callable[[float], Awaitable[None]],
    compat: Compat = Compat.SEED,
) -> tuple[Tool, ...]:
    """Return the tools of the set `core` over `client`.

    Args:
        client: The way to Spotify.
        clock: Monotonic seconds.
        sleep: Waits for seconds.
        compat: In whose words they answer.
    """
    return (
        search_tool(client, clock=clock, compat=compat),
        status_tool(client, clock=clock, compat=compat),
        control_tool(client, clock=clock, sleep=sleep, compat=compat),
        playlist_tool(client, clock=clock, compat=compat),
        library_tool(client, clock=clock, compat=compat),
    )


def curated_kinds(*, read_only: bool) -> Sequence[Call]:
    """Return one call of each kind that these tools can make, or those that only read: their `Tool.kinds`.

    A search asks for nothing that a user would have to grant, and has none.
    """
    if read_only:
        return [*STATUS_KINDS, *PLAYLIST_READING.kinds(), *LIBRARY_READING.kinds()]
    return [*STATUS_KINDS, *CONTROL_KINDS, *PLAYLIST.kinds(), *LIBRARY.kinds()]
