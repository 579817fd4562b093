"""Objects by kind and identifier, for whatever mixes kinds: libraries, playlists, the player."""

from collections.abc import Callable, Mapping
from typing import Final

from ops.simulator.objects.objects import Json
from ops.simulator.objects.spoken import listener
from ops.simulator.routes import Ask

Render = Callable[[Ask, str], Json | None]
"""Turns an identifier into the object that the caller sees; None when there is no such work."""


def _track(ask: Ask, spotify_id: str) -> Json | None:
    track = ask.realm.world.track_by_id.get(spotify_id)
    return None if track is None else ask.realm.bodies.track(track, market=ask.market)


def _album(ask: Ask, spotify_id: str) -> Json | None:
    album = ask.realm.world.album_by_id.get(spotify_id)
    return None if album is None else ask.realm.bodies.album(album, market=ask.market)


def _artist(ask: Ask, spotify_id: str) -> Json | None:
    artist = ask.realm.world.artist_by_id.get(spotify_id)
    return None if artist is None else ask.realm.bodies.artist(artist)


def _show(ask: Ask, spotify_id: str) -> Json | None:
    show = ask.realm.world.show_by_id.get(spotify_id)
    return None if show is None else ask.realm.bodies.spoken.show_ref(show)


def _episode(ask: Ask, spotify_id: str) -> Json | None:
    episode, who = ask.realm.world.episode_by_id.get(spotify_id), listener(ask)
    return None if episode is None or who is None else ask.realm.bodies.spoken.episode(episode, who)


def _audiobook(ask: Ask, spotify_id: str) -> Json | None:
    book = ask.realm.world.audiobook_by_id.get(spotify_id)
    return None if book is None else ask.realm.bodies.spoken.audiobook_ref(book)


WORKS: Final[Mapping[str, Render]] = {
    "track": _track,
    "album": _album,
    "artist": _artist,
    "show": _show,
    "episode": _episode,
    "audiobook": _audiobook,
}
"""Full objects of music and episodes; shows and audiobooks are simplified, as libraries list them."""


def work(ask: Ask, kind: str, *, spotify_id: str) -> Json | None:
    """The object, or None when there is no such work."""
    render = WORKS.get(kind)
    return None if render is None else render(ask, spotify_id)
