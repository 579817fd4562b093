"""Following a playlist on the routes of old; the library does the same by URI."""

from typing import Final

from ops.simulator.answers import ApiError
from ops.simulator.people.playlist_access import MODIFY, visible
from ops.simulator.routes import BEFORE_FEB_2026, PLAYLIST_READ, PLAYLIST_WRITE, Ask, Handler, Reply, Route

PATH: Final = "/playlists/{playlist_id}/followers"


def follow_playlist(ask: Ask) -> Reply:
    """`PUT /playlists/{playlist_id}/followers`; whether the follow is public makes no difference here."""
    playlist = visible(ask)
    if not isinstance(ask.fields.get("public", True), bool):
        raise ApiError(400, "Invalid field: public")
    ask.me.shelves["playlist"].put(playlist.id, at=ask.wall_s)
    return Reply(200)


def unfollow_playlist(ask: Ask) -> Reply:
    """`DELETE /playlists/{playlist_id}/followers`; for an owner this is all there is to deleting."""
    ask.me.shelves["playlist"].drop(visible(ask).id)
    return Reply(200)


def is_following(ask: Ask) -> list[bool]:
    """`GET /playlists/{playlist_id}/followers/contains`."""
    ids = ask.query.get("ids", ask.me.id).split(",")
    if len(ids) > 1:
        raise ApiError(400, "Too many ids requested")
    if ids != [ask.me.id]:
        raise ApiError(400, "Only the current user can be asked about")
    return [visible(ask).id in ask.me.shelves["playlist"]]


def _change(method: str, handler: Handler) -> Route:
    return Route(
        PATH, handler, BEFORE_FEB_2026, PLAYLIST_WRITE, method=method, auth="user", any_of=MODIFY, body="json"
    )


ROUTES: Final = (
    Route(f"{PATH}/contains", is_following, BEFORE_FEB_2026, PLAYLIST_READ, auth="user"),
    _change("PUT", follow_playlist),
    _change("DELETE", unfollow_playlist),
)
