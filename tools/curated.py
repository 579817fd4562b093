"""Lists the tools that are made for agents, in the order in which clients show them."""

from collections.abc import Callable

from gateway.client import SpotifyClient
from tools.search import search_tool
from tools.tool import Tool


def curated_tools(client: SpotifyClient, *, clock: Callable[[], float]) -> tuple[Tool, ...]:
    """Return the tools of the set `core` over `client`; `clock` is monotonic seconds."""
    return (search_tool(client, clock=clock),)
