"""What `spotify_playlist` answers: an envelope, and beside it the fields of the published catalog."""

from collections.abc import Mapping
from typing import Any, NotRequired

# Before Python 3.12 pydantic cannot read the schema of the standard one.
from typing_extensions import TypedDict

from tools.envelope import Envelope


class PlaylistResult(Envelope, TypedDict):
    """What `spotify_playlist` answers.

    `byId` and the ordered `ids` hold playlists or tracks in short, `data` the same with more about each.
    What creates a playlist also answers its fields.
    """

    byId: NotRequired[dict[str, dict[str, Any]]]
    ids: NotRequired[list[str]]
    limit: NotRequired[int]
    offset: NotRequired[int]
    total: NotRequired[int]
    snapshot_id: NotRequired[str]
    type: NotRequired[str]
    id: NotRequired[str]
    uri: NotRequired[str]
    name: NotRequired[str]
    owner: NotRequired[str]
    url: NotRequired[str]


DETAILS = (
    "id,name,uri,description,public,collaborative,snapshot_id,external_urls,images,"
    "owner(id,display_name),tracks.total"
)
"""Filter for a playlist without its contents."""


def details(playlist: Mapping[str, Any], *, whole: bool) -> dict[str, Any]:
    """Return what is told of a playlist; in a list no more than is needed to choose one."""
    found = {
        "id": playlist.get("id"),
        "name": playlist.get("name"),
        "uri": playlist.get("uri"),
        "url": (playlist.get("external_urls") or {}).get("spotify"),
        "public": playlist.get("public"),
        "owner_name": (playlist.get("owner") or {}).get("display_name"),
        "images": _largest(playlist.get("images") or ()),
        "tracks_total": (playlist.get("tracks") or playlist.get("items") or {}).get("total"),
    }
    if whole:
        found |= {name: playlist.get(name) for name in ("description", "collaborative", "snapshot_id")}
    return {name: value for name, value in found.items() if value is not None}


def _largest(images: Any) -> str | None:
    """Return the URL of the largest picture; the only one that Spotify makes of a cover has no size."""
    return max(images, key=lambda image: image.get("width") or 0)["url"] if images else None
