"""Who may do what with the playlist that a path names; every refusal about playlists is decided here."""

from typing import Final

from ops.simulator.answers import ApiError
from ops.simulator.params import read_id
from ops.simulator.people.playlists import Playlist
from ops.simulator.routes import Ask

MODIFY: Final = ("playlist-modify-private", "playlist-modify-public")
"""Of these a write needs the one that the playlist's privacy decides; a token with neither gets nowhere."""


def reveals_items(ask: Ask, playlist: Playlist) -> bool:
    """Whether the profile lets the caller see what is on a playlist that the caller may read."""
    return ask.realm.profile != "development" or playlist.is_edited_by(ask.user_id)


def readable(ask: Ask) -> Playlist:
    """The playlist that the path names, if the caller may read it.

    Raises:
        ApiError: 400 for a malformed identifier, 404 for one that the caller has no business with, 403 for a
            token without the scope that the playlist needs.
    """
    playlist = visible(ask)
    ask.require(*playlist.read_scopes)
    return playlist


def visible(ask: Ask) -> Playlist:
    """The playlist that the path names, if it exists for the caller.

    Raises:
        ApiError: 400 for a malformed identifier, 404 for one that the caller has no business with.
    """
    playlist = ask.realm.society.playlists.get(read_id(ask.path["playlist_id"]))
    if playlist is None or not playlist.is_seen_by(ask.user_id):
        raise ApiError(404, "Resource not found")
    return playlist


def changeable(ask: Ask) -> Playlist:
    """The playlist that the path names, if the caller may change its items.

    Raises:
        ApiError: as for `visible`, and 403 when it is not the caller's to change or the scope is missing.
    """
    playlist = visible(ask)
    if not playlist.is_edited_by(ask.me.id):
        raise ApiError(403, "You cannot change a playlist you don't own.")
    ask.require(playlist.write_scope)
    return playlist


def owned(ask: Ask) -> Playlist:
    """The playlist that the path names, if it is the caller's own.

    Raises:
        ApiError: as for `changeable`; collaborators are refused too.
    """
    playlist = changeable(ask)
    if playlist.owner != ask.me.id:
        raise ApiError(403, "You cannot change a playlist you don't own.")
    return playlist
