"""Playlists as a whole: reading, listing, making and changing them."""

from typing import Final

from ops.simulator.answers import ApiError
from ops.simulator.config import Profile
from ops.simulator.objects.fields import read_fields
from ops.simulator.objects.objects import Json
from ops.simulator.objects.playlist_bodies import check_view, playlist_body, playlist_ref
from ops.simulator.paging import Page
from ops.simulator.params import PAGE, read_limit, read_offset
from ops.simulator.people.playlist_access import MODIFY, owned, readable
from ops.simulator.people.playlist_details import Details, read_details
from ops.simulator.people.playlists import Playlist
from ops.simulator.routes import (
    BEFORE_FEB_2026,
    EVERYWHERE,
    PLAYLIST_READ,
    PLAYLIST_WRITE,
    Ask,
    Handler,
    Reply,
    Route,
)

MOST_OFFSET: Final = 100_000


def get_playlist(ask: Ask) -> object:
    """`GET /playlists/{playlist_id}`."""
    check_view(ask)
    wanted = read_fields(ask.query)
    return wanted(playlist_body(ask, readable(ask)))


def get_my_playlists(ask: Ask) -> Json:
    """`GET /me/playlists`."""
    limit, offset = read_limit(ask.query, PAGE), read_offset(ask.query, most=MOST_OFFSET)
    kept = [ask.realm.society.playlists.get(one) for one, _ in ask.me.shelves["playlist"]]
    shown = [playlist for playlist in kept if playlist is not None and _is_listed(ask, playlist)]
    return _listed(ask, shown, page=Page("/me/playlists", offset, limit, {}))


def get_user_playlists(ask: Ask) -> Json:
    """`GET /users/{user_id}/playlists`."""
    limit, offset = read_limit(ask.query, PAGE), read_offset(ask.query)
    user_id = ask.path["user_id"]
    if ask.realm.society.name_of(user_id) is None:
        raise ApiError(404, "Resource not found")
    made = [playlist for playlist in ask.realm.society.playlists.of(user_id) if _is_listed(ask, playlist)]
    return _listed(ask, made, page=Page(f"/users/{user_id}/playlists", offset, limit, {}))


def create_playlist(ask: Ask) -> Reply:
    """`POST /me/playlists`."""
    details = read_details(ask.fields, before=None)
    ask.require(_write_scope(details))
    playlist = ask.realm.society.playlists.create(
        ask.me.id,
        name=details.name,
        description=details.description,
        public=details.public,
        collaborative=details.collaborative,
    )
    ask.me.shelves["playlist"].put(playlist.id, at=ask.wall_s)
    return Reply(201, playlist_body(ask, playlist))


def create_playlist_for(ask: Ask) -> Reply:
    """`POST /users/{user_id}/playlists`."""
    if ask.path["user_id"] != ask.me.id:
        raise ApiError(403, "You cannot create a playlist for another user.")
    return create_playlist(ask)


def change_playlist(ask: Ask) -> Reply:
    """`PUT /playlists/{playlist_id}`."""
    playlist = owned(ask)
    details = read_details(
        ask.fields,
        before=Details(playlist.name, playlist.description, playlist.public, playlist.collaborative),
    )
    ask.require(_write_scope(details))
    playlist.name, playlist.description = details.name, details.description
    playlist.public, playlist.collaborative = details.public, details.collaborative
    playlist.tape.touch()
    return Reply(200)


def _is_listed(ask: Ask, playlist: Playlist) -> bool:
    """Whether a list shows it, be it as null; a token without the scope is not told about private ones."""
    seen = playlist.hidden or playlist.is_seen_by(ask.user_id)
    return seen and ask.scopes.issuperset(playlist.read_scopes)


def _listed(ask: Ask, playlists: list[Playlist], *, page: Page) -> Json:
    shown = playlists[page.offset : page.offset + page.limit]
    return page.body([playlist_ref(ask.realm, playlist) for playlist in shown], total=len(playlists))


def _write_scope(details: Details) -> str:
    return "playlist-modify-public" if details.public else "playlist-modify-private"


_WRITES: Final[tuple[tuple[str, str, Handler, frozenset[Profile]], ...]] = (
    ("POST", "/me/playlists", create_playlist, EVERYWHERE),
    ("POST", "/users/{user_id}/playlists", create_playlist_for, BEFORE_FEB_2026),
    ("PUT", "/playlists/{playlist_id}", change_playlist, EVERYWHERE),
)
ROUTES: Final = (
    Route("/playlists/{playlist_id}", get_playlist, family=PLAYLIST_READ, etag=True),
    Route("/users/{user_id}/playlists", get_user_playlists, BEFORE_FEB_2026, PLAYLIST_READ),
    Route("/me/playlists", get_my_playlists, family=PLAYLIST_READ, auth="user", etag=True),
    *(
        Route(path, handler, profiles, PLAYLIST_WRITE, method=method, auth="user", any_of=MODIFY, body="json")
        for method, path, handler, profiles in _WRITES
    ),
)
