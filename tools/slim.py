"""Maps Spotify's objects to the few fields that an agent needs to act; what lacks an id or a name is left out."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict


class _Slim(TypedDict):
    id: str
    uri: str
    name: str
    artists: NotRequired[list[str]]
    album: NotRequired[str]
    duration_ms: NotRequired[int]
    owner: NotRequired[str]
    url: NotRequired[str]


class SlimItem(_Slim):
    """A track, album, artist or playlist in short; fields that a kind does not have are absent."""

    type: Literal["track", "album", "artist", "playlist"]


class SlimEntry(_Slim):
    """A track or an episode in short, and its place in a playlist, counted from zero."""

    type: Literal["track", "episode"]
    position: int
    show: NotRequired[str]


def slim(kind: Literal["track", "album", "artist", "playlist"], item: Mapping[str, Any] | None) -> SlimItem | None:
    """Return `item` in short, or None for the gaps that Spotify leaves in its lists."""
    if not item or not item.get("id") or not item.get("name"):
        return None
    short = SlimItem(type=kind, id=item["id"], uri=_uri(kind, item), name=item["name"])
    _fill(kind, short, item)
    return short


def slim_all(
    kind: Literal["track", "album", "artist", "playlist"], items: Iterable[Mapping[str, Any] | None]
) -> list[SlimItem]:
    """Return the short forms of all items that have one, in order."""
    return [short for item in items if (short := slim(kind, item)) is not None]


def slim_entry(item: Mapping[str, Any] | None, *, position: int) -> SlimEntry | None:
    """Return what stands at `position` of a playlist in short, or None for gaps and files of the user's own."""
    if not item or not item.get("id") or not item.get("name"):
        return None
    kind: Literal["track", "episode"] = "episode" if item.get("type") == "episode" else "track"
    short = SlimEntry(type=kind, id=item["id"], uri=_uri(kind, item), name=item["name"], position=position)
    _fill(kind, short, item)
    if show := (item.get("show") or {}).get("name"):
        short["show"] = show
    return short


def _uri(kind: str, item: Mapping[str, Any]) -> str:
    return item.get("uri") or f"spotify:{kind}:{item['id']}"


def _fill(kind: str, short: _Slim, item: Mapping[str, Any]) -> None:
    _EXTRAS.get(kind, _nothing)(short, item)
    if url := (item.get("external_urls") or {}).get("spotify"):
        short["url"] = url


def _nothing(_: _Slim, __: Mapping[str, Any]) -> None:
    """Add nothing: the common fields say it all."""


def _track(short: _Slim, item: Mapping[str, Any]) -> None:
    short["artists"] = [artist["name"] for artist in item.get("artists") or () if artist.get("name")]
    if album := (item.get("album") or {}).get("name"):
        short["album"] = album
    if duration_ms := item.get("duration_ms"):
        short["duration_ms"] = duration_ms


def _episode(short: _Slim, item: Mapping[str, Any]) -> None:
    if duration_ms := item.get("duration_ms"):
        short["duration_ms"] = duration_ms


def _playlist(short: _Slim, item: Mapping[str, Any]) -> None:
    owner = item.get("owner") or {}
    if name := owner.get("display_name") or owner.get("id"):
        short["owner"] = name


_EXTRAS: Mapping[str, Callable[[_Slim, Mapping[str, Any]], None]] = {
    "track": _track,
    "episode": _episode,
    "playlist": _playlist,
}
