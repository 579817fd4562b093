"""The tool `spotify_search`: many queries in one call, each of which succeeds or fails by itself."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import orjson
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from typing_extensions import TypedDict

from gateway.client import SpotifyClient
from gateway.errors import SpotifyError
from gateway.principal import Principal
from gateway.steps import Reply
from gateway.together import together
from tools.batch import Batch, Summary
from tools.messages import search_message
from tools.slim import slim_all
from tools.tool import Tool, ToolResult, checked, schema_of_result

ItemType = Literal["album", "artist", "playlist", "track"]

_ORDER: Sequence[ItemType] = ("track", "album", "artist", "playlist")
"""Order of the kinds among the items of one query."""

Query = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
Market = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2}$"), AfterValidator(str.upper)]


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
    mode: Literal["slim"] = Field("slim", description="Results are always slim; accepted for older clients.")


class SearchResult(TypedDict):
    """What `spotify_search` answers; `upstream_calls` is what it cost of the shared quota."""

    _msg: str
    queries: list[str]
    types: list[str]
    limit: int
    offset: int
    batches: list[Batch]
    summary: Summary
    upstream_calls: int


def search_tool(client: SpotifyClient) -> Tool:
    """Return the tool `spotify_search` over `client`."""

    async def run(given: Mapping[str, Any], principal: Principal) -> ToolResult:
        arguments: SearchArguments = checked(SearchArguments, given)
        outcomes = await together(_search(client, arguments, query, principal) for query in arguments.queries)
        batches = [
            _batch(index, query, outcome, arguments.types)
            for index, (query, outcome) in enumerate(zip(arguments.queries, outcomes, strict=True))
        ]
        failed = sum(not batch["ok"] for batch in batches)
        message = search_message(batches)
        result = SearchResult(
            _msg=message,
            queries=arguments.queries,
            types=list(arguments.types),
            limit=arguments.limit,
            offset=arguments.offset,
            batches=batches,
            summary=Summary(ok=len(batches) - failed, failed=failed),
            upstream_calls=sum(o.upstream_calls for o in outcomes if isinstance(o, Reply)),
        )
        return ToolResult(message, dict(result), is_error=failed == len(batches))

    return Tool(
        name="spotify_search",
        title="Search Spotify",
        description="Find tracks, albums, artists and playlists by text. Takes up to 20 queries at once; each "
        "result names the URIs to act on. Needs no login. One query that fails does not spoil the others.",
        input_schema=SearchArguments.model_json_schema(),
        output_schema=schema_of_result(SearchResult),
        run=run,
        read_only=True,
        destructive=False,
        idempotent=True,
    )


async def _search(
    client: SpotifyClient, arguments: SearchArguments, query: str, principal: Principal
) -> Reply | SpotifyError:
    fields = {
        "q": query,
        "type": arguments.types,
        "market": arguments.market,
        "limit": arguments.limit,
        "offset": arguments.offset,
        "include_external": arguments.include_external,
    }
    try:
        return await client.call("search", fields.items(), principal=principal)
    except SpotifyError as error:
        return error


def _batch(index: int, query: str, outcome: Reply | SpotifyError, types: Sequence[ItemType]) -> Batch:
    batch = Batch(inputIndex=index, query=query, ok=True, totals={}, items=[])
    if isinstance(outcome, SpotifyError):
        batch |= {"ok": False, "error": outcome.message, "code": outcome.code}
        if outcome.retry_after_s is not None:
            batch["retry_after"] = round(outcome.retry_after_s, 1)
        return batch
    found: dict[str, Any] = orjson.loads(outcome.body)
    for kind in _ORDER:
        if kind in types and (paging := found.get(f"{kind}s")):
            batch["totals"][kind] = paging["total"]
            batch["items"] += slim_all(kind, paging["items"])
    return batch
