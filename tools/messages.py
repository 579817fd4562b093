"""Words for people and agents: what happened and what to do next; nothing here changes what a tool returns."""

from collections.abc import Sequence

from gateway.errors import whole_seconds
from tools.batch import Batch
from tools.slim import SlimItem

_PREVIEW_LINES = 20
_PASSING = frozenset({"unavailable", "timeout"})
"""Codes of errors that there is nothing to mend about."""

_TIMES = "\N{MULTIPLICATION SIGN}"


def search_message(batches: Sequence[Batch]) -> str:
    """Return the message of a search: counts, a preview of at most 20 lines in all, failures, the next step."""
    share = max(1, _PREVIEW_LINES // len(batches))
    lines = [] if len(batches) == 1 else _overview(batches)
    for batch in batches:
        if batch["items"]:
            lines += [f'Results for "{batch["query"]}":', *_preview(batch["items"], share)]
        elif batch["ok"] and len(batches) == 1:
            lines.append(f'No results for "{batch["query"]}".')
    lines += [_failure(batch) for batch in batches if not batch["ok"]]
    return "\n".join([*lines, _next_step(batches)])


def _overview(batches: Sequence[Batch]) -> list[str]:
    counts = ", ".join(f'{len(batch["items"])}{_TIMES} "{batch["query"]}"' for batch in batches if batch["ok"])
    lines = [f"Processed {len(batches)} queries — {counts or 'none worked'}."]
    if empty := [f'"{batch["query"]}"' for batch in batches if batch["ok"] and not batch["items"]]:
        lines.append(f"No results for {', '.join(empty)}.")
    return lines


def _preview(items: Sequence[SlimItem], most: int) -> list[str]:
    lines = [f"- [{item['type']}] {item['name']} — {item['uri']}" for item in items[:most]]
    if len(items) > most:
        lines.append(f"  … and {len(items) - most} more in items")
    return lines


def _failure(batch: Batch) -> str:
    return f'Failed: "{batch["query"]}" — {batch.get("code")}: {batch.get("error")}'


def _next_step(batches: Sequence[Batch]) -> str:
    if any(batch["items"] for batch in batches):
        return "Review and select URIs to proceed."
    if waits := [batch["retry_after"] for batch in batches if "retry_after" in batch]:
        wait_s = whole_seconds(max(waits))
        return f"Wait {wait_s} s, then call again with the failed queries only; sooner is refused again."
    if all(batch["ok"] for batch in batches):
        return "Try fewer or other words, or another type."
    if all(batch["ok"] or batch.get("code") in _PASSING for batch in batches):
        return "Call again with the failed queries only."
    return "Mend what the errors name, then call again with the failed queries only."
