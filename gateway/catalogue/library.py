"""The user's library: one common route, and one set of older routes for each kind of thing."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from gateway.catalogue.fills import Fills, albums, episodes, in_part, tracks
from gateway.catalogue.policies import LIMIT_20, LIVE, MARKET, OFFSET, OWN, in_library, item_ids
from gateway.endpoint import Auth, Endpoint, Param, Place, ScopeRule
from gateway.rules import AtLeastOne, AtMostOne

_READ = ("user-library-read",)
_MODIFY = ("user-library-modify",)
_TAGS = ("library",)
# A body with the same URIs is answered with 400 "Missing required field: uris".
_URIS = Param(
    name="uris",
    kind="uris",
    required=True,
    maximum=40,
    about="URIs of tracks, albums, episodes, shows, audiobooks, artists, users or playlists, comma separated.",
)


_write = partial(Endpoint, family="library-write", cache=LIVE, auth=Auth.USER)
_read = partial(Endpoint, family="library-read", cache=OWN, auth=Auth.USER)


@dataclass(frozen=True, slots=True)
class _Shelf:
    """One kind of thing in the library.

    `place` is where its ids may travel when they are saved and removed; two kinds were added to the API when
    bodies had gone out of fashion, and their pages hold simplified objects. `fills` is what a page holds.
    """

    kind: str
    fills: Fills
    maximum: int = 50
    place: Place = "either"
    has_market: bool = True
    scopes: tuple[str, ...] = _READ


_SHELVES = (
    _Shelf("album", albums("items[].album"), maximum=20),
    _Shelf("track", tracks("items[].track")),
    _Shelf("episode", episodes("items[].episode"), scopes=("user-library-read", "user-read-playback-position")),
    _Shelf("show", in_part("get-a-show", "items[].show"), place="query", has_market=False),
    _Shelf("audiobook", in_part("get-an-audiobook", "items[].audiobook"), place="query", has_market=False),
)


def _routes(shelf: _Shelf) -> Iterator[Endpoint]:
    plural, path = f"{shelf.kind}s", f"/me/{shelf.kind}s"
    yield _read(
        id=f"get-users-saved-{plural}",
        path=path,
        summary=f"The {plural} that the user has saved, in pages",
        scopes=shelf.scopes,
        tags=_TAGS,
        params=(*((MARKET,) if shelf.has_market else ()), LIMIT_20, OFFSET),
        fills=shelf.fills,
    )
    yield _save_tracks(shelf) if shelf.kind == "track" else _change(shelf, "PUT", "save")
    yield _change(shelf, "DELETE", "remove")
    yield _read(
        id=f"check-users-saved-{plural}",
        path=f"{path}/contains",
        summary=f"Whether the user has saved {plural}",
        scopes=_READ,
        tags=_TAGS,
        params=(item_ids(plural, shelf.maximum),),
        emulation=in_library("check-library-contains", shelf.kind),
    )


def _change(shelf: _Shelf, method: str, verb: str) -> Endpoint:
    plural = f"{shelf.kind}s"
    # An old filter that has no meaning any more; spotipy still sends it with its empty default left out.
    extra = (MARKET,) if (shelf.kind, verb) == ("show", "remove") else ()
    return _write(
        id=f"{verb}-{plural}-user",
        path=f"/me/{plural}",
        method=method,
        summary=f"{verb.capitalize()} {plural}",
        scopes=_MODIFY,
        invalidates=_TAGS,
        params=(item_ids(plural, shelf.maximum, place=shelf.place), *extra),
        emulation=in_library(f"{verb}-library-items", shelf.kind),
    )


def _save_tracks(shelf: _Shelf) -> Endpoint:
    return _write(
        id="save-tracks-user",
        path="/me/tracks",
        method="PUT",
        summary="Save tracks",
        scopes=_MODIFY,
        invalidates=_TAGS,
        params=(
            item_ids("tracks", shelf.maximum, place="either", required=False),
            Param(
                name="timestamped_ids",
                kind="stamps",
                place="body",
                maximum=shelf.maximum,
                about="Tracks with the time at which each shall count as saved.",
            ),
        ),
        rules=(AtLeastOne(("ids", "timestamped_ids")), AtMostOne(("ids", "timestamped_ids"))),
        emulation=in_library("save-library-items", shelf.kind),
    )


_COMMON = (
    _write(
        id="save-library-items",
        path="/me/library",
        method="PUT",
        summary="Save or follow things of any kind",
        scopes=("user-library-modify", "user-follow-modify", "playlist-modify-public"),
        scope_rule=ScopeRule.URIS,
        invalidates=("library", "playlists"),
        params=(_URIS,),
    ),
    _write(
        id="remove-library-items",
        path="/me/library",
        method="DELETE",
        summary="Remove or unfollow things of any kind",
        scopes=("user-library-modify", "user-follow-modify", "playlist-modify-public"),
        scope_rule=ScopeRule.URIS,
        invalidates=("library", "playlists"),
        params=(_URIS,),
    ),
    _read(
        id="check-library-contains",
        path="/me/library/contains",
        summary="Whether things of any kind are in the user's library",
        scopes=("user-library-read", "user-follow-read", "playlist-read-private"),
        scope_rule=ScopeRule.URIS,
        tags=("library", "playlists"),
        params=(_URIS,),
    ),
)

LIBRARY = (*_COMMON, *(endpoint for shelf in _SHELVES for endpoint in _routes(shelf)))
