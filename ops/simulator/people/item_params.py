"""What writes to the items of a playlist say, in query and body: read strictly, refused in Spotify's words."""

from collections.abc import Mapping
from typing import Any, Final

from ops.simulator.answers import ApiError
from ops.simulator.objects.playlist_bodies import ITEM_TYPES
from ops.simulator.people.keeping import BY_KIND
from ops.simulator.routes import Ask
from ops.simulator.world.ids import is_spotify_id

MOST: Final = 100


def given(ask: Ask) -> Mapping[str, Any]:
    """The members of the body; a bare list, as spotipy sends it, stands for `uris`.

    Raises:
        ApiError: 400 for JSON that is neither object nor list.
    """
    return {"uris": ask.body} if isinstance(ask.body, list) else ask.fields


def read_uris(ask: Ask) -> list[str] | None:
    """The URIs from the query, else from the body; None when neither names any.

    Raises:
        ApiError: 400 for more than 100, or one that names nothing that can be on a playlist.
    """
    text = ask.query.get("uris")
    uris: Any = given(ask).get("uris") if text is None else list(filter(None, text.split(",")))
    if uris is None:
        return None
    if not isinstance(uris, list):
        raise ApiError(400, "Invalid field: uris")
    if len(uris) > MOST:
        raise ApiError(400, "You can add a maximum of 100 tracks per request.")
    for uri in uris:
        _check_uri(ask, uri)
    return uris


def read_position(ask: Ask) -> int | None:
    """Where to insert, from the query, else from the body; None for the end.

    Raises:
        ApiError: 400 for anything but a number from 0.
    """
    text = ask.query.get("position")
    if text is None:
        return read_integer(ask, "position") if given(ask).get("position") is not None else None
    if not text.isascii() or not text.isdecimal():
        raise ApiError(400, "Invalid field: position")
    return int(text)


def read_snapshot(ask: Ask) -> str | None:
    """The snapshot that positions refer to; None for the current one.

    Raises:
        ApiError: 400 for anything but text.
    """
    snapshot_id = given(ask).get("snapshot_id")
    if snapshot_id is not None and not isinstance(snapshot_id, str):
        raise ApiError(400, "Invalid field: snapshot_id")
    return snapshot_id


def read_places(ask: Ask, *, key: str, exact: bool) -> list[tuple[str, list[int] | None]]:
    """The URIs to remove, from the rows under `key`, each with its positions if it has any.

    `exact` says whether positions are understood at all.

    Raises:
        ApiError: 400 for no rows, more than 100, or a malformed one.
    """
    rows = given(ask).get(key)
    if not isinstance(rows, list) or not rows:
        raise ApiError(400, f"Missing required field: {key}")
    if len(rows) > MOST:
        raise ApiError(400, "You can remove a maximum of 100 tracks per request.")
    return [_read_place(row, exact=exact) for row in rows]


def read_integer(ask: Ask, name: str) -> int:
    """A number of the body.

    Raises:
        ApiError: 400 for anything but a number from 0.
    """
    value = given(ask).get(name)
    if type(value) is not int or value < 0:
        raise ApiError(400, f"Invalid field: {name}")
    return value


def _check_uri(ask: Ask, uri: object) -> None:
    parts = uri.split(":") if isinstance(uri, str) else []
    if len(parts) != 3 or parts[0] != "spotify" or parts[1] not in ITEM_TYPES or not is_spotify_id(parts[2]):  # noqa: PLR2004 - scheme, kind and id
        raise ApiError(400, f"Invalid track uri: {uri}")
    if not BY_KIND[parts[1]].exists(ask, parts[2]):
        raise ApiError(400, "Payload contains a non-existing ID")


def _read_place(row: Any, *, exact: bool) -> tuple[str, list[int] | None]:
    uri = row.get("uri") if isinstance(row, dict) else None
    if not isinstance(uri, str) or not uri.startswith("spotify:"):
        raise ApiError(400, f"Invalid track uri: {uri}")
    positions = row.get("positions")
    if positions is None:
        return uri, None
    if not exact or not isinstance(positions, list) or not all(type(one) is int for one in positions):
        raise ApiError(400, "Invalid field: positions")
    return uri, positions
