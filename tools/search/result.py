"""The answer of `spotify_search`: whole or in part, or in iceener's words whole or not at all."""

from collections.abc import Sequence
from typing import Annotated, Any, NotRequired

from pydantic import Field

# Before Python 3.12 pydantic cannot read the schema of the standard one.
from typing_extensions import TypedDict

from gateway.estimate import Estimate
from tools.compat import Compat
from tools.errand import Errand
from tools.outcome import Miss, Outcome
from tools.search.arguments import SearchArguments
from tools.search.batch import Batch, batches_of
from tools.search.message import refusal_message, search_message
from tools.summary import Summary
from tools.tool import ToolResult, not_again


class SearchResult(TypedDict):
    """What `spotify_search` answers; a dry run has an `estimate` (calls, seconds, fits_deadline) and no batches.

    `retry_after` is when all that failed can be had. A search that failed as a whole has `error` and `code`.
    """

    _msg: str
    queries: list[str]
    types: list[str]
    limit: int
    offset: int
    batches: list[Batch]
    summary: Summary
    upstream_calls: Annotated[int, Field(description="Cost in calls of the shared quota.")]
    error: NotRequired[str]
    code: NotRequired[str]
    reason: NotRequired[str]
    retry_after: NotRequired[Annotated[float, Field(description="Seconds.")]]
    # Its schema would cost every agent, on each listing, more words than the answer that few of them ask for.
    estimate: NotRequired[dict[str, Any]]


def answer(arguments: SearchArguments, outcomes: Sequence[Outcome], errand: Errand) -> ToolResult:
    """Return what was found for each query, and what each of the others failed of."""
    batches = batches_of(arguments, outcomes, errand)
    failed = [batch for batch in batches if not batch["ok"]]
    if failed and errand.compat is Compat.ICEENER:
        return _refusal(batches, errand)
    message = search_message(batches, errand.compat)
    result = _result(arguments, message, batches, upstream_calls=errand.upstream_calls)
    if waits := _waits(failed):
        result["retry_after"] = max(waits)
    # How an answer was come by is no part of what the reads answer.
    reads = not_again if arguments.cache else errand.reads
    return ToolResult(message, dict(result), is_error=len(failed) == len(batches), reads=reads)


def rehearsed(arguments: SearchArguments, estimate: Estimate | Miss, errand: Errand) -> ToolResult:
    """Return what a dry run is told."""
    if isinstance(estimate, Miss):
        return answer(arguments, [estimate] * len(arguments.queries), errand)
    result = _result(arguments, estimate["message"], [], upstream_calls=0)
    result["estimate"] = dict(estimate)
    return ToolResult(estimate["message"], dict(result))


def _result(
    arguments: SearchArguments, message: str, batches: list[Batch], *, upstream_calls: int
) -> SearchResult:
    return SearchResult(
        _msg=message,
        queries=arguments.queries,
        types=list(arguments.types),
        limit=arguments.limit,
        offset=arguments.offset,
        batches=batches,
        summary=_summary(batches),
        upstream_calls=upstream_calls,
    )


def _refusal(batches: Sequence[Batch], errand: Errand) -> ToolResult:
    """Return the answer that knows no part: iceener's programs take a batch for a query that worked."""
    message, failed = refusal_message(batches), [batch for batch in batches if not batch["ok"]]
    result = SearchResult(
        _msg=message,
        queries=[],
        types=[],
        limit=0,
        offset=0,
        batches=[],
        summary=_summary(batches),
        upstream_calls=errand.upstream_calls,
        error=failed[0].get("error", ""),
        code=failed[0].get("code", ""),
    )
    if "reason" in failed[0]:
        result["reason"] = failed[0]["reason"]
    if waits := _waits(failed):
        result["retry_after"] = max(waits)
    return ToolResult(message, dict(result), is_error=True)


def _summary(batches: Sequence[Batch]) -> Summary:
    ok = sum(batch["ok"] for batch in batches)
    return Summary(ok=ok, failed=len(batches) - ok)


def _waits(failed: Sequence[Batch]) -> list[float]:
    return [batch["retry_after"] for batch in failed if "retry_after" in batch]
