"""Lists the tools that are made for agents, in the order in which clients show them."""

from collections.abc import Awaitable, Callable

from gateway.client import SpotifyClient
from tools.compat import Compat
from tools.library import library_tool
from tools.player import control_tool, status_tool
from tools.playlist import playlist_tool
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
