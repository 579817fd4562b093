"""A page of things: by id, in order, and in words; a message shows at most twenty lines of it."""

from collections.abc import Mapping, Sequence
from typing import Any

from tools.inline import inline

_PREVIEW_LINES = 20


def listed(items: Sequence[Mapping[str, Any]], *, limit: int, offset: int, total: int) -> dict[str, Any]:
    """Return what is told of a page beside its message: the things by id, their order, and where it stands."""
    return {
        "byId": {item["id"]: item for item in items},
        "ids": [item["id"] for item in items],
        "limit": limit,
        "offset": offset,
        "total": total,
    }


def preview(heading: str, items: Sequence[Mapping[str, Any]], *, total: int) -> str:
    """Return a message that names `items`, of `total` in all."""
    if not items:
        return f"{heading}. There are {total} in all; try another offset." if total else f"{heading}."
    lines = [f"- {inline(item['name'])} — {item['uri']}" for item in items[:_PREVIEW_LINES]]
    if len(items) > _PREVIEW_LINES:
        lines.append(f"  … and {len(items) - _PREVIEW_LINES} more in ids")
    return "\n".join([f"{heading}:", *lines])
