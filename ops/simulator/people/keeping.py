"""What users can keep, one row per kind: its scopes, its legacy routes, and how identifiers are judged."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from ops.simulator.answers import ApiError
from ops.simulator.params import read_id
from ops.simulator.people.users import Kind
from ops.simulator.routes import Ask

MOST_URIS: Final = 40
LIBRARY: Final = ("user-library-read", "user-library-modify")
FOLLOW: Final = ("user-follow-read", "user-follow-modify")


@dataclass(frozen=True, slots=True)
class Keeping:
    """How one kind is kept.

    Attributes:
        kind: the word in its URIs.
        exists: whether there is such a thing for the caller.
        scopes: needed to read and to change the shelf.
        plural: last part of the legacy paths, `/me/{plural}`; None for kinds that were followed instead.
        most: identifiers in one legacy call.
        listed_with: more scopes that the list needs.
    """

    kind: Kind
    exists: Callable[[Ask, str], bool]
    scopes: tuple[str, str] = LIBRARY
    plural: str | None = None
    most: int = 50
    listed_with: tuple[str, ...] = ()


def _is_readable(ask: Ask, playlist_id: str) -> bool:
    playlist = ask.realm.society.playlists.get(playlist_id)
    return playlist is not None and playlist.is_seen_by(ask.me.id)


KEEPINGS: Final = (
    Keeping("track", lambda ask, one: one in ask.realm.world.track_by_id, plural="tracks"),
    Keeping("album", lambda ask, one: one in ask.realm.world.album_by_id, plural="albums", most=20),
    Keeping("show", lambda ask, one: one in ask.realm.world.show_by_id, plural="shows"),
    Keeping(
        "episode",
        lambda ask, one: one in ask.realm.world.episode_by_id,
        plural="episodes",
        listed_with=("user-read-playback-position",),
    ),
    Keeping("audiobook", lambda ask, one: one in ask.realm.world.audiobook_by_id, plural="audiobooks"),
    Keeping("artist", lambda ask, one: one in ask.realm.world.artist_by_id, FOLLOW),
    Keeping("user", lambda ask, one: ask.realm.society.name_of(one) is not None, FOLLOW),
    Keeping("playlist", _is_readable, ("playlist-read-private", "playlist-modify-public")),
)
BY_KIND: Final[Mapping[str, Keeping]] = {keeping.kind: keeping for keeping in KEEPINGS}


def parse_uri(uri: str) -> tuple[Keeping, str]:
    """What a URI such as `spotify:track:...` names.

    Raises:
        ApiError: 400 when it is no URI of something that can be kept.
    """
    parts = uri.split(":", 2)
    keeping = BY_KIND.get(parts[1]) if len(parts) == 3 and parts[0] == "spotify" else None  # noqa: PLR2004 - scheme, kind and id
    if keeping is None or not parts[2]:
        raise ApiError(400, f"Invalid uri: {uri}")
    return keeping, parts[2] if keeping.kind == "user" else read_id(parts[2])


def must_exist(ask: Ask, keeping: Keeping, *, ids: list[str]) -> None:
    """Refuse identifiers that name nothing.

    Raises:
        ApiError: 400, and nothing has been kept.
    """
    if not all(keeping.exists(ask, one) for one in ids):
        raise ApiError(400, "Payload contains a non-existing ID")
