"""Words for people and agents about a search: what was found and what to do next, in either tradition."""

from collections.abc import Sequence

from gateway.errors import whole_seconds
from tools.compat import Compat
from tools.inline import inline
from tools.search.batch import Batch
from tools.slim import SlimItem

_PREVIEW_LINES = 20
_ICEENERS_LINES = 5
_PASSING = frozenset({"unavailable", "timeout"})
"""Codes of failures that there is nothing to mend about."""

_TIMES = "\N{MULTIPLICATION SIGN}"


def search_message(batches: Sequence[Batch], compat: Compat) -> str:
    """Return the message of a search: counts, a preview, failures, and what to do next."""
    if compat is Compat.ICEENER:
        return _iceeners(batches)
    share = max(1, _PREVIEW_LINES // len(batches))
    several = len(batches) > 1
    lines = [_head(batches)] if several else []
    for batch in batches:
        if batch["items"]:
            lines.append(_preview(batch, share, more="  … and {} more in items"))
        elif batch["ok"] and not several:
            lines.append(f"No results for {_quoted(batch)}.")
    return "\n".join([*lines, *_failures(batches), *_next_step(batches)])


def refusal_message(batches: Sequence[Batch]) -> str:
    """Return the message of a search that failed as a whole because some of its queries did."""
    return "\n".join([*_failures(batches), f"{_remedy(batches)}call again."])


def _iceeners(batches: Sequence[Batch]) -> str:
    previews = [
        _preview(batch, _ICEENERS_LINES, more="… and {} more")
        if batch["items"]
        else f"No results for {_quoted(batch)}."
        for batch in batches
    ]
    return "\n\n".join(previews if len(batches) == 1 else [_counts(batches), *previews])


def _head(batches: Sequence[Batch]) -> str:
    found = any(batch["items"] for batch in batches)
    return _counts(batches) + (" Review and select URIs to proceed." if found else "")


def _counts(batches: Sequence[Batch]) -> str:
    counts = ", ".join(f"{len(batch['items'])}{_TIMES} {_quoted(batch)}" for batch in batches if batch["ok"])
    head = f"Processed {len(batches)} queries — {counts or 'none worked'}."
    empty = ", ".join(_quoted(batch) for batch in batches if batch["ok"] and not batch["items"])
    return f"{head} No results for {empty}." if empty else head


def _preview(batch: Batch, most: int, *, more: str) -> str:
    items = batch["items"]
    lines = [f"Results for {_quoted(batch)}:", *map(_line, items[:most])]
    return "\n".join([*lines, more.format(len(items) - most)] if len(items) > most else lines)


def _line(item: SlimItem) -> str:
    return f"- [{item['type']}] {inline(item['name'])} — {item['uri']}"


def _failures(batches: Sequence[Batch]) -> list[str]:
    # What all of them failed for, such as a sign-in that ended, is told once.
    reasons: dict[str, list[str]] = {}
    for batch in batches:
        if not batch["ok"]:
            reasons.setdefault(f"{batch.get('code')}: {batch.get('error')}", []).append(_quoted(batch))
    return [f"Failed: {', '.join(queries)} — {reason}" for reason, queries in reasons.items()]


def _next_step(batches: Sequence[Batch]) -> list[str]:
    if not all(batch["ok"] for batch in batches):
        sooner = "; sooner is refused again" if _wait(batches) else ""
        return [f"{_remedy(batches)}call again with the failed queries only{sooner}."]
    return [] if any(batch["items"] for batch in batches) else ["Try fewer or other words, or another type."]


def _remedy(batches: Sequence[Batch]) -> str:
    """Return what comes before another call, as the beginning of a sentence."""
    if wait := _wait(batches):
        return f"Wait {wait}, then "
    passing = all(batch["ok"] or batch.get("code") in _PASSING for batch in batches)
    return "In a moment, " if passing else "Mend what fails, then "


def _wait(batches: Sequence[Batch]) -> str:
    """Return how long to wait for all that failed; empty if time heals none of it."""
    waits = [batch["retry_after"] for batch in batches if "retry_after" in batch]
    return f"{whole_seconds(max(waits))} s" if waits else ""


def _quoted(batch: Batch) -> str:
    return f'"{inline(batch["query"])}"'
