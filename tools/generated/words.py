"""What a generated tool takes beside what Spotify's reference names: the spellings that other servers taught."""

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.endpoint import Endpoint

_NOUNS: Mapping[str, str] = {
    "albums": "album",
    "artists": "artist",
    "audiobooks": "audiobook",
    "chapters": "chapter",
    "episodes": "episode",
    "shows": "show",
    "tracks": "track",
    "audio-features": "track",
    "audio-analysis": "track",
}
"""What ids are ids of, by the first part of a path that tells."""

_OWN: Mapping[str, Mapping[str, str]] = {
    "search": {"query": "q", "search_type": "type", "types": "type"},
    "get-an-artists-albums": {"album_type": "include_groups"},
}

DEFAULTS: Mapping[str, Mapping[str, object]] = {"search": {"type": ["track"]}}
"""What a call that leaves it out means, by operation, where Spotify itself demands it."""

OVERWRITES = frozenset(
    {
        "change-playlist-details",
        "reorder-or-replace-playlists-items",
        "reorder-or-replace-playlists-tracks",
        "upload-custom-playlist-cover",
    }
)
"""Operations that delete nothing by name and yet put something in the place of what the user had."""


@dataclass(frozen=True, slots=True)
class Variant:
    """A further tool of an operation, for clients that know it; it is called, and not listed.

    Attributes:
        name: Its name.
        fixed: Arguments that it has by itself.
    """

    name: str
    fixed: Mapping[str, object]


VARIANTS: Mapping[str, tuple[Variant, ...]] = {
    "search": (Variant("search_tracks", {"type": ["track"]}),),
    "get-users-top-artists-and-tracks": (
        Variant("get_user_top_artists", {"type": "artists"}),
        Variant("get_user_top_tracks", {"type": "tracks"}),
    ),
}
"""By operation."""


def synonyms_of(endpoint: Endpoint) -> Mapping[str, str]:
    """Return the further names of parameters, such as `album_id` for `id`, with the names that they stand for."""
    noun = next((_NOUNS[part] for part in endpoint.path.split("/") if part in _NOUNS), "")
    names = {param.name for param in endpoint.params}
    by_noun = {f"{noun}_{name}": name for name in ("id", "ids") if noun and name in names}
    return {**by_noun, **_OWN.get(endpoint.id, {})}
