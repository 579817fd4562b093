"""The shape of a batch: every input has its own result, and one that fails never spoils another."""

from typing import NotRequired

# Before Python 3.12 pydantic cannot read the schema of the standard one.
from typing_extensions import TypedDict

from tools.slim import SlimItem


class Batch(TypedDict):
    """The result of one query.

    `inputIndex` and `query` say which. If `ok` is false, `error`, `code` and, where waiting helps, `retry_after`
    (seconds) say why. `cache` (hit, stale, shared, joined or miss) and `age_s` are there if they were asked for.
    """

    inputIndex: int
    query: str
    ok: bool
    totals: dict[str, int]
    items: list[SlimItem]
    error: NotRequired[str]
    code: NotRequired[str]
    reason: NotRequired[str]
    retry_after: NotRequired[float]
    cache: NotRequired[str]
    age_s: NotRequired[int]


class Summary(TypedDict):
    """How many inputs worked."""

    ok: int
    failed: int
