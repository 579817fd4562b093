"""Puts `spotify_search` together: all its queries go to Spotify as one group."""

from collections.abc import Callable, Mapping

from gateway.client import SpotifyClient
from tools.compat import Compat
from tools.errand import Errand
from tools.search.arguments import SearchArguments, calls_of
from tools.search.result import SearchResult, answer, rehearsed
from tools.terse import terse
from tools.tool import Tool, ToolCall, ToolResult, checked, schema_of_result

_PARTS: Mapping[Compat, str] = {
    Compat.SEED: "One query that fails does not spoil the others.",
    Compat.ICEENER: "If one query fails, the whole search does.",
}


def search_tool(client: SpotifyClient, *, clock: Callable[[], float], compat: Compat = Compat.SEED) -> Tool:
    """Return the tool `spotify_search` over `client`; `clock` is monotonic seconds."""

    async def run(call: ToolCall) -> ToolResult:
        arguments: SearchArguments = checked(SearchArguments, call.arguments)
        errand, calls = Errand(client, call, clock=clock, compat=compat), calls_of(arguments)
        if arguments.dry_run or call.options.dry_run:
            return rehearsed(arguments, errand.estimate(calls), errand)
        return answer(arguments, await errand.ask_all(calls), errand)

    return Tool(
        name="spotify_search",
        aliases=("search_catalog",),
        title="Search Spotify",
        description="Find tracks, albums, artists and playlists by text. Takes up to 20 queries at once; each "
        f"result names the URIs to act on. Needs no login. {_PARTS[compat]}",
        input_schema=terse(SearchArguments.model_json_schema()),
        output_schema=terse(schema_of_result(SearchResult)),
        run=run,
        read_only=True,
        destructive=False,
        idempotent=True,
    )
