"""The scopes that users grant, and which of them a call lacks; nothing is refused that Spotify might answer."""

from collections.abc import Iterable
from typing import Final

from gateway.endpoint import Endpoint, ScopeRule
from gateway.params import Arguments
from gateway.values import Value

SCOPES: Final = frozenset(
    {
        "user-read-private",
        "user-read-email",
        "user-top-read",
        "user-read-recently-played",
        "user-read-currently-playing",
        "user-read-playback-state",
        "user-modify-playback-state",
        "user-read-playback-position",
        "user-library-read",
        "user-library-modify",
        "user-follow-read",
        "user-follow-modify",
        "playlist-read-private",
        "playlist-read-collaborative",
        "playlist-modify-public",
        "playlist-modify-private",
        "ugc-image-upload",
    }
)
"""Every scope of the Web API; the two others of Spotify's are for its own players."""

_PUBLIC, _PRIVATE = "playlist-modify-public", "playlist-modify-private"
_PAIR = frozenset({_PUBLIC, _PRIVATE})
_BEGINNINGS = {
    **dict.fromkeys(("track", "album", "episode", "show", "audiobook"), "user-library-"),
    **dict.fromkeys(("artist", "user"), "user-follow-"),
    "playlist": "playlist-",
}
"""How the scope begins that things of a kind are kept with."""

_PARTS = 3


def lacking(endpoint: Endpoint, arguments: Arguments, granted: frozenset[str] | None) -> tuple[str, ...]:
    """Return the scopes without which Spotify is certain to refuse a call, in the catalogue's order.

    Args:
        endpoint: What is called.
        arguments: With what; checked.
        granted: What there is; None if that is not known, and then nothing is certain.
    """
    if granted is None:
        return ()
    needed = _needed(endpoint, arguments)
    pair = _PAIR.intersection(needed)
    if endpoint.scope_rule is ScopeRule.ONE and pair & granted:
        needed -= pair
    return tuple(scope for scope in endpoint.scopes if scope in needed - granted)


def _needed(endpoint: Endpoint, arguments: Arguments) -> frozenset[str]:
    scopes = frozenset(endpoint.scopes)
    match endpoint.scope_rule:
        case ScopeRule.OBJECT:
            return frozenset()
        case ScopeRule.PUBLIC:
            return scopes - {_PUBLIC if arguments.get("public") is False else _PRIVATE}
        case ScopeRule.URIS:
            return frozenset(_of_kinds(scopes, arguments["uris"]))
        case _:
            return scopes


def _of_kinds(scopes: Iterable[str], uris: Value) -> Iterable[str]:
    beginnings = tuple({_beginning(uri) for uri in uris}) if isinstance(uris, tuple) else ()
    return (scope for scope in scopes if scope.startswith(tuple(one for one in beginnings if one)))


def _beginning(uri: object) -> str:
    parts = str(uri).split(":")
    # Longer ones are of an older form, in which a playlist begins like the user who has it.
    return _BEGINNINGS.get(parts[1], "") if len(parts) == _PARTS else ""
