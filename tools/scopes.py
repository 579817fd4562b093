"""Which scopes a call of the catalogue cannot do without; what only might be refused is left to Spotify."""

from collections.abc import Iterable, Mapping
from typing import Final

from gateway.endpoint import Auth, Endpoint
from gateway.params import Arguments

_CHANGES_PLAYLISTS: Final = frozenset({"playlist-modify-public", "playlist-modify-private"})
"""One of them may do: which one hangs on the playlist, and Spotify alone knows that."""

_SHOWS_MORE: Final = frozenset(
    {
        "playlist-read-collaborative",
        "playlist-read-private",
        "user-read-email",
        "user-read-playback-position",
        "user-read-private",
    }
)
"""Without these, answers only hold less."""

_LIBRARY: Final = {"artist": "follow", "user": "follow", "playlist": "playlist"}
"""The word in a scope by which the common routes of the library sort their URIs; all others are `library`."""


def lacking(endpoint: Endpoint, arguments: Arguments, granted: frozenset[str]) -> frozenset[str]:
    """Return the scopes not `granted` without which a call with checked `arguments` is sure to fail."""
    if endpoint.auth is not Auth.USER:
        return frozenset()
    needed = _sorted_out(endpoint, arguments) - _SHOWS_MORE
    either = needed & _CHANGES_PLAYLISTS
    return needed - granted - (either if either & granted else frozenset())


def useful(endpoint: Endpoint, arguments: Mapping[str, object]) -> frozenset[str]:
    """Return all scopes that such a call may have a use for."""
    return _sorted_out(endpoint, arguments)


def _sorted_out(endpoint: Endpoint, arguments: Mapping[str, object]) -> frozenset[str]:
    uris = arguments.get("uris")
    if not endpoint.path.startswith("/me/library") or not isinstance(uris, list | tuple):
        return frozenset(endpoint.scopes)
    parts = _parts(map(str, uris))
    return frozenset(scope for scope in endpoint.scopes if any(f"{part}-" in scope for part in parts))


def _parts(uris: Iterable[str]) -> set[str]:
    return {_LIBRARY.get(kind, "library") for kind in (uri.split(":")[1] for uri in uris if uri.count(":") > 1)}
