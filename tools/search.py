"""The tool `spotify_search`: many queries in one call, each of which succeeds or fails by itself."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Annotated, Any, Literal, NotRequired

import orjson
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from typing_extensions import TypedDict

from gateway.client import SpotifyClient
from gateway.errors import SpotifyError
from gateway.principal import Principal
from gateway.steps import Reply
from gateway.together import together
from limiter import Priority
from tools.batch import Batch, Summary
from tools.compat import Compat
from tools.failure import failure_of
from tools.messages import search_message
from tools.slim import slim_all
from tools.tool import Progress, Read, Tool, ToolCall, ToolResult, checked, schema_of_result

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
    dry_run: bool = Field(default=False, description="Only tell what it would cost and when it would be done.")
    cache: bool = Field(default=False, description="Also tell how each answer was come by and its age.")
    mode: Literal["slim"] = Field("slim", description="Results are always slim; accepted for older clients.")


class SearchResult(TypedDict):
    """What `spotify_search` answers; `upstream_calls` is what it cost of the shared quota.

    A dry run has an `estimate` (calls, seconds, fits_deadline) and no batches.
    """

    _msg: str
    queries: list[str]
    types: list[str]
    limit: int
    offset: int
    batches: list[Batch]
    summary: Summary
    upstream_calls: int
    # Its schema would cost every agent, on each listing, more words than the answer that few of them ask for.
    estimate: NotRequired[dict[str, Any]]


class _How(TypedDict):
    """What the calls of one batch have in common."""

    principal: Principal
    deadline_s: float | None
    priority: Priority


def search_tool(client: SpotifyClient, *, clock: Callable[[], float], compat: Compat = Compat.SEED) -> Tool:
    """Return the tool `spotify_search` over `client`; `clock` is monotonic seconds."""

    async def run(call: ToolCall) -> ToolResult:
        options = call.options
        arguments: SearchArguments = checked(SearchArguments, call.arguments)
        # Many at once are bulk: one question of somebody else goes before them.
        usual = Priority.BACKGROUND if len(arguments.queries) > 1 else Priority.INTERACTIVE
        priority = usual if options.priority is None else options.priority
        how = _How(principal=call.principal, deadline_s=options.deadline_s, priority=priority)
        if arguments.dry_run or options.dry_run:
            return _estimate(client, arguments, how)
        searching = _Searching(client, how, clock, call.progress, total=len(arguments.queries))
        told = await together(searching.search(_fields(arguments, query)) for query in arguments.queries)
        now = clock()
        outcomes = [outcome for outcome, _ in told]
        batches = [
            _batch(index, query, outcome, arguments=arguments, waited_s=now - at)
            for index, (query, (outcome, at)) in enumerate(zip(arguments.queries, told, strict=True))
        ]
        failed = sum(not batch["ok"] for batch in batches)
        message = search_message(batches)
        result = _result(
            arguments, message, batches=batches, summary=Summary(ok=len(batches) - failed, failed=failed)
        )
        result["upstream_calls"] = sum(o.upstream_calls for o in outcomes if isinstance(o, Reply))
        return ToolResult(
            message,
            dict(result),
            is_error=failed == len(batches),
            reads=partial(_reads, client, arguments, outcomes, call.principal),
        )

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


def _fields(arguments: SearchArguments, query: str) -> list[tuple[str, object]]:
    return [
        ("q", query),
        ("type", arguments.types),
        ("market", arguments.market),
        ("limit", arguments.limit),
        ("offset", arguments.offset),
        ("include_external", arguments.include_external),
    ]


class _Searching:
    """Searches of one call; each that is over is told."""

    def __init__(
        self, client: SpotifyClient, how: _How, clock: Callable[[], float], progress: Progress, *, total: int
    ) -> None:
        self._client = client
        self._how = how
        self._clock = clock
        self._progress = progress
        self._total = total
        self._done = 0

    async def search(self, fields: list[tuple[str, object]]) -> tuple[Reply | SpotifyError, float]:
        """Return the outcome and when it came."""
        try:
            outcome: Reply | SpotifyError = await self._client.call("search", fields, **self._how)
        except SpotifyError as error:
            outcome = error
        at = self._clock()
        self._done += 1
        await self._progress(self._done, self._total)
        return outcome, at


def _reads(
    client: SpotifyClient,
    arguments: SearchArguments,
    outcomes: Sequence[Reply | SpotifyError],
    principal: Principal,
) -> Sequence[Read]:
    """Return the reads of an answer that they decide: all from the cache, and nothing told of the cache itself."""
    reads: list[Read] = []
    for query, outcome in zip(arguments.queries, outcomes, strict=True):
        if isinstance(outcome, SpotifyError) or outcome.cache != "hit" or arguments.cache:
            return ()
        memo = client.memo("search", _fields(arguments, query), principal=principal)
        if memo is None:
            return ()
        reads.append(Read(memo, outcome.body))
    return reads


def _estimate(client: SpotifyClient, arguments: SearchArguments, how: _How) -> ToolResult:
    try:
        estimate = client.estimate([("search", _fields(arguments, query)) for query in arguments.queries], **how)
    except SpotifyError as error:
        return ToolResult(f"{error.code}: {error.message}", is_error=True)
    message = estimate["message"]
    result = _result(arguments, message, batches=[], summary=Summary(ok=0, failed=0))
    result["estimate"] = dict(estimate)
    return ToolResult(message, dict(result))


def _result(arguments: SearchArguments, message: str, *, batches: list[Batch], summary: Summary) -> SearchResult:
    return SearchResult(
        _msg=message,
        queries=arguments.queries,
        types=list(arguments.types),
        limit=arguments.limit,
        offset=arguments.offset,
        batches=batches,
        summary=summary,
        upstream_calls=0,
    )


def _batch(
    index: int, query: str, outcome: Reply | SpotifyError, *, arguments: SearchArguments, waited_s: float
) -> Batch:
    """Return the result of one query, whose outcome came `waited_s` before the slowest one's."""
    batch = Batch(inputIndex=index, query=query, ok=True, totals={}, items=[])
    if isinstance(outcome, SpotifyError):
        failure = failure_of(outcome, waited_s=waited_s)
        return Batch({**batch, "ok": False, **failure})
    if arguments.cache:
        batch |= {"cache": outcome.cache, "age_s": int(outcome.age_s)}
    found: dict[str, Any] = orjson.loads(outcome.body)
    for kind in _ORDER:
        if kind in arguments.types and (paging := found.get(f"{kind}s")):
            batch["totals"][kind] = paging["total"]
            batch["items"] += slim_all(kind, paging["items"])
    return batch
