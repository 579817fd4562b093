"""Playlists; their contents are under `/items`, and for older apps under `/tracks` too."""

from functools import partial

from gateway.catalogue.fills import Fills, tracks
from gateway.catalogue.policies import (
    ADDITIONAL_TYPES,
    LIMIT_20,
    LIVE,
    MARKET,
    OFFSET,
    OWN,
    PLAYLIST,
    as_items,
    in_library,
)
from gateway.catalogue.users import USER_ID
from gateway.endpoint import Auth, Endpoint, Own, Param, Profile, Reshaped, ScopeRule
from gateway.rules import AtLeastOne, AtMostOne, Needs

_ID = Param(name="playlist_id", kind="id", required=True, about="Spotify id of the playlist.")
_MODIFY = ("playlist-modify-public", "playlist-modify-private")
_READ = ("playlist-read-private", "playlist-read-collaborative")
_TAGS = ("playlists",)
_FIELDS = Param(name="fields", kind="text", about="Which fields to answer, for example items(item(name,uri)).")
_SNAPSHOT = Param(
    name="snapshot_id", kind="text", place="body", about="Version of the playlist that the change is meant for."
)
_URIS = Param(
    name="uris",
    kind="uris",
    place="either",
    maximum=100,
    about="URIs of tracks or episodes, 100 at most in one call.",
)
_DETAILS = (
    Param(name="public", kind="boolean", place="body", about="Whether it shows on the user's profile."),
    Param(name="collaborative", kind="boolean", place="body", about="Whether others may change it."),
    Param(name="description", kind="text", place="body", empty=True, about="What people read under its name."),
)
_NEW = (Param(name="name", kind="text", place="body", required=True, about="Name of the playlist."), *_DETAILS)
_OTHERS = "only the signed-in user's playlists can be listed and created"


_write = partial(
    Endpoint, family="playlist-write", cache=LIVE, auth=Auth.USER, scopes=_MODIFY, scope_rule=ScopeRule.ONE
)
# Without a scope, lists leave out what it is for, and everybody's playlists can be read.
_read = partial(Endpoint, family="playlist-read", cache=PLAYLIST, scopes=_READ, scope_rule=ScopeRule.OBJECT)


def _tracks_in(generation: str, at: str) -> Fills:
    """Return the fills of the tracks of a playlist's page, which stands at `at`, with a dot, or is everything."""
    # Only in a playlist does a track say once more that it is no episode.
    singular = generation.removesuffix("s")
    return tracks(f"{at}items[].{singular}", extra=("episode", "track"))


def _contents(generation: str, key: str, ids: tuple[str, str, str, str]) -> tuple[Endpoint, ...]:
    """Return the four operations on a playlist's contents in one generation of the API."""
    path, (read, add, change, remove) = f"/playlists/{{playlist_id}}/{generation}", ids
    old = generation == "tracks"
    return (
        _read(
            id=read,
            path=path,
            summary="The contents of a playlist, in pages",
            auth=Auth.EITHER,
            tags=_TAGS,
            params=(_ID, MARKET, _FIELDS, LIMIT_20, OFFSET, ADDITIONAL_TYPES),
            emulation=as_items("get-playlists-items") if old else {},
            fills=_tracks_in(generation, ""),
        ),
        _write(
            id=add,
            path=path,
            method="POST",
            summary="Add tracks or episodes to a playlist",
            success=201,
            invalidates=_TAGS,
            repeatable=False,
            params=(
                _ID,
                Param(
                    name="position", kind="integer", place="either", about="Where to put them; the end if absent."
                ),
                _URIS,
            ),
            rules=(AtLeastOne(("uris",)),),
            emulation=as_items("add-items-to-playlist") if old else {},
        ),
        _write(
            id=change,
            path=path,
            method="PUT",
            summary="Replace the contents of a playlist, or move a part of them",
            invalidates=_TAGS,
            # Moving a part twice moves it to another place.
            repeatable=False,
            params=(
                _ID,
                Param(
                    name="uris",
                    kind="uris",
                    place="either",
                    maximum=100,
                    empty=True,
                    about="The new contents; an empty list clears the playlist.",
                ),
                Param(name="range_start", kind="integer", place="body", about="Index of the first one to move."),
                Param(name="insert_before", kind="integer", place="body", about="Index to move them to."),
                Param(name="range_length", kind="integer", place="body", minimum=1, about="How many to move."),
                _SNAPSHOT,
            ),
            rules=(
                AtLeastOne(("uris", "range_start")),
                AtMostOne(("uris", "range_start")),
                Needs("range_start", ("insert_before",)),
                Needs("insert_before", ("range_start",)),
                Needs("range_length", ("range_start",)),
            ),
            emulation=as_items("reorder-or-replace-playlists-items") if old else {},
        ),
        _write(
            id=remove,
            path=path,
            method="DELETE",
            summary="Remove tracks or episodes from a playlist",
            invalidates=_TAGS,
            params=(
                _ID,
                Param(
                    name=key,
                    kind="occurrences",
                    place="body",
                    required=True,
                    maximum=100,
                    about='What to remove, as objects such as {"uri": URI}.',
                ),
                _SNAPSHOT,
            ),
            emulation=as_items("remove-items-playlist") if old else {},
        ),
    )


_OLD = (
    "get-playlists-tracks",
    "add-tracks-to-playlist",
    "reorder-or-replace-playlists-tracks",
    "remove-tracks-playlist",
)
_CURRENT = (
    "get-playlists-items",
    "add-items-to-playlist",
    "reorder-or-replace-playlists-items",
    "remove-items-playlist",
)

PLAYLISTS = (
    _read(
        id="get-playlist",
        path="/playlists/{playlist_id}",
        summary="One playlist with its first page of contents",
        auth=Auth.EITHER,
        tags=_TAGS,
        params=(_ID, MARKET, _FIELDS, ADDITIONAL_TYPES),
        emulation={Profile.DEVELOPMENT: Reshaped()},
        fills=(*_tracks_in("tracks", "tracks."), *_tracks_in("items", "items.")),
    ),
    _write(
        id="change-playlist-details",
        path="/playlists/{playlist_id}",
        method="PUT",
        summary="Change name, description or visibility of a playlist",
        invalidates=_TAGS,
        params=(_ID, Param(name="name", kind="text", place="body", about="New name."), *_DETAILS),
        rules=(AtLeastOne(("name", "public", "collaborative", "description")),),
    ),
    *_contents("tracks", "tracks", _OLD),
    *_contents("items", "items", _CURRENT),
    _read(
        id="get-a-list-of-current-users-playlists",
        path="/me/playlists",
        summary="Playlists that the user owns or follows, in pages",
        auth=Auth.USER,
        tags=_TAGS,
        params=(
            LIMIT_20,
            Param(name="offset", kind="integer", maximum=100_000, default=0, about="Index of the first playlist."),
        ),
    ),
    _write(
        id="create-playlist",
        path="/me/playlists",
        method="POST",
        summary="Create a playlist",
        scope_rule=ScopeRule.PUBLIC,
        success=201,
        invalidates=("playlists", "library"),
        repeatable=False,
        params=_NEW,
    ),
    _read(
        id="get-list-users-playlists",
        path="/users/{user_id}/playlists",
        summary="Public playlists of a user, in pages",
        auth=Auth.EITHER,
        tags=_TAGS,
        params=(USER_ID, LIMIT_20, OFFSET),
        emulation={Profile.DEVELOPMENT: Own("get-a-list-of-current-users-playlists", _OTHERS)},
    ),
    _write(
        id="create-playlist-for-user",
        path="/users/{user_id}/playlists",
        method="POST",
        summary="Create a playlist for the signed-in user",
        scope_rule=ScopeRule.PUBLIC,
        success=201,
        invalidates=("playlists", "library"),
        repeatable=False,
        params=(USER_ID, *_NEW),
        emulation={Profile.DEVELOPMENT: Own("create-playlist", _OTHERS)},
    ),
    _write(
        id="follow-playlist",
        path="/playlists/{playlist_id}/followers",
        method="PUT",
        summary="Follow a playlist",
        invalidates=("playlists", "library"),
        params=(_ID, Param(name="public", kind="boolean", place="body", about="Whether others see that.")),
        emulation=in_library("save-library-items", "playlist", ids="playlist_id"),
    ),
    _write(
        id="unfollow-playlist",
        path="/playlists/{playlist_id}/followers",
        method="DELETE",
        summary="Stop following a playlist",
        invalidates=("playlists", "library"),
        params=(_ID,),
        emulation=in_library("remove-library-items", "playlist", ids="playlist_id"),
    ),
    Endpoint(
        id="check-if-user-follows-playlist",
        path="/playlists/{playlist_id}/followers/contains",
        summary="Whether the user follows a playlist",
        family="playlist-read",
        cache=OWN,
        auth=Auth.USER,
        scopes=(),
        tags=("playlists", "library"),
        params=(
            _ID,
            Param(name="ids", kind="words", maximum=1, about="The user's own id; Spotify answers for no other."),
        ),
        emulation=in_library("check-library-contains", "playlist", ids="playlist_id"),
    ),
    _read(
        id="get-playlist-cover",
        path="/playlists/{playlist_id}/images",
        summary="The cover of a playlist",
        auth=Auth.EITHER,
        scopes=(),
        tags=_TAGS,
        params=(_ID,),
    ),
    Endpoint(
        id="upload-custom-playlist-cover",
        # Spotify's guide to rate limits names this as the example of an endpoint with a limit of its own.
        family="playlist-image",
        own_limit=True,
        cache=LIVE,
        auth=Auth.USER,
        path="/playlists/{playlist_id}/images",
        method="PUT",
        summary="Set the cover of a playlist",
        scopes=("ugc-image-upload", *_MODIFY),
        scope_rule=ScopeRule.ONE,
        success=202,
        invalidates=_TAGS,
        params=(
            _ID,
            Param(
                name="image",
                kind="jpeg",
                place="body",
                required=True,
                about="A JPEG picture in Base64, 256 KB at most; over HTTP it is the whole body.",
            ),
        ),
    ),
)
