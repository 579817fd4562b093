"""How tools with actions answer: whether it worked, what was done and why not are always in one place."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NotRequired

# Before Python 3.12 pydantic cannot read the schema of the standard one.
from typing_extensions import TypedDict

from gateway.estimate import Estimate
from tools.failure import Failure
from tools.summary import Summary
from tools.tool import Read, ToolResult, not_again


class Envelope(TypedDict):
    """What every action answers.

    `ok` is false if anything failed; `error`, `code` and, where waiting helps, `retry_after` (seconds) say why.
    A list that went in several parts has a `summary`, and if one failed `results`: the `index`, `uri` or `id`, and
    `ok` of each member, and the same of those that failed.
    """

    ok: bool
    action: str
    _msg: str
    upstream_calls: int
    data: NotRequired[dict[str, Any]]
    error: NotRequired[str]
    code: NotRequired[str]
    reason: NotRequired[str]
    retry_after: NotRequired[float]
    summary: NotRequired[Summary]
    # Their schemas would cost every agent, on each listing, more words than the answers that few of them get.
    results: NotRequired[list[dict[str, Any]]]
    estimate: NotRequired[dict[str, Any]]


def told(
    action: str,
    fields: Mapping[str, Any],
    *,
    upstream_calls: int,
    reads: Callable[[], Sequence[Read]] = not_again,
) -> ToolResult:
    """Return the answer of an action of which something worked; `fields` has the message and what was found."""
    structured = {"ok": True, "action": action, **fields, "upstream_calls": upstream_calls}
    return ToolResult(fields["_msg"], structured, reads=reads)


def estimated(action: str, estimate: Estimate) -> ToolResult:
    """Return the answer of a dry run."""
    return told(action, {"_msg": estimate["message"], "estimate": dict(estimate)}, upstream_calls=0)


def refused(action: str, failure: Failure, *, message: str, upstream_calls: int) -> ToolResult:
    """Return the answer of an action of which nothing worked."""
    fields = {"ok": False, "action": action, "_msg": message, **failure, "upstream_calls": upstream_calls}
    return ToolResult(message, fields, is_error=True)
