"""Puts the answers of several requests into the shape of the one that was asked; pure."""

from collections.abc import Iterator, Sequence
from typing import Any

import orjson
from yarl import URL


def total_of(body: bytes) -> int:
    """Return how many items there are in all: the largest total of the paging objects in `body`."""
    return max((paging["total"] for _, paging in _pagings(orjson.loads(body))), default=0)


def merge_pages(bodies: Sequence[bytes], *, limit: int, offset: int) -> bytes:
    """Join consecutive pages into one that looks as if Spotify had taken `limit`."""
    merged = orjson.loads(bodies[0])
    for body in bodies[1:]:
        page = dict(_pagings(orjson.loads(body)))
        for name, paging in _pagings(merged):
            paging["items"] += page[name]["items"] if name in page else []
    for _, paging in _pagings(merged):
        _relink(paging, limit=limit, offset=offset)
    return orjson.dumps(merged)


def collect(bodies: Sequence[bytes | None], field: str) -> bytes:
    """Join single objects into a batch answer; None, for what Spotify does not have, becomes null."""
    # Spliced rather than parsed: twenty albums are a megabyte that nobody here needs to understand.
    return b'{"%s":[%s]}' % (field.encode(), b",".join(b"null" if body is None else body for body in bodies))


def _pagings(document: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the paging objects of a search answer by kind, or the one that the whole document is."""
    if "items" in document:
        yield "", document
        return
    for name, value in document.items():
        if isinstance(value, dict) and "items" in value:
            yield name, value


def _relink(paging: dict[str, Any], *, limit: int, offset: int) -> None:
    here = URL(paging["href"]).update_query(limit=limit, offset=offset)
    after, before = offset + limit, max(0, offset - limit)
    paging["href"] = str(here)
    paging["limit"] = limit
    paging["next"] = str(here.update_query(offset=after)) if after < paging["total"] else None
    paging["previous"] = str(here.update_query(offset=before)) if offset else None


def join_lists(bodies: Sequence[bytes]) -> bytes:
    """Join JSON lists into one."""
    return orjson.dumps([member for body in bodies for member in orjson.loads(body)])


def only_of(body: bytes, *, owner: str) -> bytes:
    """Keep those playlists of a page that belong to `owner`; the total stays that of the whole list."""
    page = orjson.loads(body)
    page["items"] = [one for one in page["items"] if one and one.get("owner", {}).get("id") == owner]
    return orjson.dumps(page)


def older(body: bytes, *, whole: bool) -> bytes:
    """Put a playlist (`whole`) or a page of its contents into the shape that it had before February 2026."""
    document = orjson.loads(body)
    page = document.get("items") if whole else document
    if isinstance(page, dict):
        for entry in page.get("items") or ():
            if entry and "item" in entry:
                entry["track"] = entry.pop("item")
    if whole and "items" in document:
        document["tracks"] = document.pop("items")
    return orjson.dumps(document)
