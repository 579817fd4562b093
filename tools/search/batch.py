"""What one query found: every query has its own result, and one that fails never spoils another."""

from collections.abc import Sequence
from typing import Annotated, Any, NotRequired

from pydantic import Field

# Before Python 3.12 pydantic cannot read the schema of the standard one.
from typing_extensions import TypedDict

from tools.errand import Errand
from tools.outcome import Miss, Outcome
from tools.search.arguments import ItemType, SearchArguments
from tools.slim import SlimItem, slim_all

_ORDER: Sequence[ItemType] = ("track", "album", "artist", "playlist")
"""Order of the kinds among the items of one query."""


class Batch(TypedDict):
    """The result of one query.

    `inputIndex` and `query` say which. If `ok` is false, `error`, `code` and, where waiting helps, `retry_after`
    say why. `cache` (hit, stale, shared, joined or miss) and `age_s` are there if they were asked for.
    """

    inputIndex: int
    query: str
    ok: bool
    totals: dict[str, int]
    items: list[SlimItem]
    error: NotRequired[str]
    code: NotRequired[str]
    reason: NotRequired[str]
    retry_after: NotRequired[Annotated[float, Field(description="Seconds.")]]
    cache: NotRequired[str]
    age_s: NotRequired[int]


def batches_of(arguments: SearchArguments, outcomes: Sequence[Outcome], errand: Errand) -> list[Batch]:
    """Return the results of all queries, in their order, as they stand now."""
    pairs = zip(arguments.queries, outcomes, strict=True)
    return [_batch(index, *pair, arguments=arguments, errand=errand) for index, pair in enumerate(pairs)]


def _batch(index: int, query: str, outcome: Outcome, *, arguments: SearchArguments, errand: Errand) -> Batch:
    batch = Batch(inputIndex=index, query=query, ok=True, totals={}, items=[])
    if isinstance(outcome, Miss):
        return Batch({**batch, "ok": False, **errand.failure(outcome)})
    if arguments.cache:
        batch |= {"cache": outcome.reply.cache, "age_s": int(outcome.reply.age_s)}
    found: dict[str, Any] = outcome.document
    for kind in _ORDER:
        if kind in arguments.types and (paging := found.get(f"{kind}s")):
            batch["totals"][kind] = paging["total"]
            batch["items"] += slim_all(kind, paging["items"])
    return batch
