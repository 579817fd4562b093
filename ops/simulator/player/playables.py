"""From URIs to what can be played: items of the world that the listener's country has, and contexts of them."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, cast

from ops.simulator.answers import ApiError
from ops.simulator.player.running_order import Context, ContextKind, Item, ItemKind
from ops.simulator.routes import Ask

_ITEM: Final = re.compile(r"spotify:(track|episode):([0-9A-Za-z]{22})", re.ASCII)
_CONTEXT: Final = re.compile(r"spotify:(?:user:[^:]+:)?(album|artist|playlist|show):([0-9A-Za-z]{22})", re.ASCII)
_COLLECTION: Final = re.compile(r"spotify:user:([^:]+):collection")
TOP: Final = 50
"""Tracks that playing an artist means."""


def item(ask: Ask, uri: object) -> Item | None:
    """The item of a URI, or None when there is none or it is not available to the caller.

    Raises:
        ApiError: 400 when it is no URI of a track or an episode.
    """
    match = _ITEM.fullmatch(uri) if isinstance(uri, str) else None
    if match is None:
        raise ApiError(400, f"Invalid track uri: {uri}")
    return _found(ask, cast("ItemKind", match[1]), match[2])


def context(ask: Ask, uri: object) -> Context:
    """The context of a URI.

    Raises:
        ApiError: 400 when it is no URI of a context, 404 when it does not exist or holds nothing to play.
    """
    if isinstance(uri, str) and (match := _COLLECTION.fullmatch(uri)) is not None and match[1] == ask.me.id:
        return _filled(uri, "collection", _items(ask, "track", (one for one, _ in ask.me.shelves["track"])))
    match = _CONTEXT.fullmatch(uri) if isinstance(uri, str) else None
    if match is None:
        raise ApiError(400, "Invalid context uri")
    kind = cast("ContextKind", match[1])
    return _filled(f"spotify:{kind}:{match[2]}", kind, _CONTENTS[kind](ask, match[2]))


def _filled(uri: str, kind: ContextKind, items: Iterable[Item]) -> Context:
    held = tuple(items)
    if not held:
        raise ApiError(404, "Resource not found")
    return Context(held, uri, kind)


def _album(ask: Ask, album_id: str) -> Iterator[Item]:
    album, tracks = ask.realm.world.album_by_id.get(album_id), ask.realm.world.tracks
    return _items(ask, "track", () if album is None else (tracks[one].id for one in album.tracks))


def _artist(ask: Ask, artist_id: str) -> Iterator[Item]:
    artist = ask.realm.world.artist_by_id.get(artist_id)
    top = () if artist is None else ask.realm.world.top_tracks(artist, count=TOP)
    return _items(ask, "track", (track.id for track in top))


def _show(ask: Ask, show_id: str) -> Iterator[Item]:
    show, episodes = ask.realm.world.show_by_id.get(show_id), ask.realm.world.episodes
    return _items(ask, "episode", () if show is None else (episodes[one].id for one in show.episodes))


def _playlist(ask: Ask, playlist_id: str) -> Iterator[Item]:
    playlist = ask.realm.society.playlists.get(playlist_id)
    if playlist is None or not playlist.is_seen_by(ask.me.id):
        return iter(())
    matches = (_ITEM.fullmatch(entry.uri) for entry in playlist.tape.entries)
    found = (_found(ask, cast("ItemKind", match[1]), match[2]) for match in matches if match)
    return (one for one in found if one is not None)


_CONTENTS: Final[Mapping[ContextKind, Callable[[Ask, str], Iterator[Item]]]] = {
    "album": _album,
    "artist": _artist,
    "playlist": _playlist,
    "show": _show,
}


def _items(ask: Ask, kind: ItemKind, ids: Iterable[str]) -> Iterator[Item]:
    return (found for one in ids if (found := _found(ask, kind, one)) is not None)


def _found(ask: Ask, kind: ItemKind, spotify_id: str) -> Item | None:
    world, country = ask.realm.world, ask.me.country
    if kind == "track":
        track = world.track_by_id.get(spotify_id)
        sold = track is not None and country in world.albums[track.album].markets
        return Item(kind, spotify_id, track.duration_ms) if track is not None and sold else None
    episode = world.episode_by_id.get(spotify_id)
    sold = episode is not None and country in world.shows[episode.show].markets
    return Item(kind, spotify_id, episode.duration_ms) if episode is not None and sold else None
