"""How each public method of tekore that maps to an endpoint is called; the name is the first word of a key."""

from collections.abc import Callable, Mapping
from ssl import PROTOCOL_TLS_CLIENT, SSLContext
from typing import Any

import tekore
from httpx import AsyncClient
from pydantic import BaseModel, ValidationError
from tekore.model import AlbumGroup, RepeatState

from account import Json
from differential import Method, Outcome, Trouble
from expectations import REFUSED
from gateway.endpoint import Profile
from methods_spotipy import (
    ALBUMS,
    ARTIST,
    BOOKS,
    EPISODES,
    FIRST,
    JPEG,
    MINE,
    MIXED,
    NEW_ALBUMS,
    NEW_TRACKS,
    POCKET,
    PROLIFIC,
    SECOND,
    SECRET,
    SHORT,
    SHOWS,
    STRANGER,
    THEIRS,
    TRACKS,
    UNKNOWN,
    URIS,
    WORLD,
)

SPOTIFY = "https://api.spotify.com"
CHAPTERS = [WORLD.chapters[number].id for number in WORLD.audiobooks[0].chapters[:3]]


NEW = Profile.DEVELOPMENT
REFUSAL = ("KeyError", 0, f"'{REFUSED}'")
"""How tekore tells what the gateway refuses: it knows the player's reasons, and stumbles over any other."""


def _invalid(model: str) -> tuple[str, int, str]:
    return ("ValidationError", 0, model)


ONE_NAME = "tekore wants what is on a playlist as `tracks` and as `items`; an app gets one of them"
MISSPELT = Trouble("library", "tekore asks for /audiobook instead of /audiobooks", ("NotFound", 404, ""))
NAMELESS = Trouble("library", "tekore wants an id of every device; Spotify has some without", _invalid("Device"))
NOT_YOURS = Trouble("Spotify", "nobody is told what others follow", ("BadRequest", 400, ""))
FIRST_ONE = Trouble("Spotify", "there is nothing before the first", ("Forbidden", 403, ""))
OLD_ONLY = Trouble("Spotify", "the library route of new apps cannot do that", REFUSAL)


def one_name(model: str) -> Trouble:
    """Return the trouble of what has playlists in it."""
    return Trouble("library", ONE_NAME, _invalid(model))


class Elsewhere(tekore.ExtendingSender):  # type: ignore[misc]  # tekore has no types
    """Sends requests to another host: tekore's base address is a constant, and a sender its way to extend it."""

    def __init__(self, base: str) -> None:
        # Reading the machine's certificates would take longer than the call, which needs none.
        super().__init__(tekore.AsyncSender(AsyncClient(verify=SSLContext(PROTOCOL_TLS_CLIENT))))
        self._base = base
        self.answers: list[Json] = []

    async def send(self, request: tekore.Request) -> tekore.Response:
        request.url = request.url.replace(SPOTIFY, self._base, 1)
        response: tekore.Response = await self.sender.send(request)
        self.answers.append(response.content)
        return response


async def run(base: str, token: str, call: Callable[[Any], Any]) -> Outcome:
    """Make a call with an unmodified client; failures are told by kind and status."""
    sender = Elsewhere(base)
    client = tekore.Spotify(token, sender=sender)
    value: Json = None
    failure: tuple[str, int, str] | None = None
    lacks: frozenset[str] = frozenset()
    try:
        value = plain(await call(client))
    except tekore.HTTPError as error:
        failure = (type(error).__name__, error.response.status_code, "")
    except ValidationError as error:
        failure = _invalid(error.title)
        lacks = frozenset(str(one["loc"][-1]) for one in error.errors() if one["type"] == "missing")
    except KeyError as error:
        failure = ("KeyError", 0, str(error))
    finally:
        await sender.close()
    return Outcome(value=value, failure=failure, answers=tuple(sender.answers), lacks=lacks)


def plain(value: Any) -> Any:
    """Return models as JSON."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True)
    return [plain(one) for one in value] if isinstance(value, list | tuple) else value


METHODS: Mapping[str, Method] = {
    # Albums, artists, tracks
    "album": Method(lambda sp: sp.album(ALBUMS[0], market="US")),
    "album_tracks": Method(lambda sp: sp.album_tracks(ALBUMS[2], market="US", limit=50, offset=2)),
    "albums": Method(lambda sp: sp.albums(ALBUMS, market="US")),
    "artist": Method(lambda sp: sp.artist(ARTIST)),
    "artists": Method(lambda sp: sp.artists([ARTIST, SECOND])),
    "artist_albums": Method(
        lambda sp: sp.artist_albums(PROLIFIC, include_groups=[AlbumGroup.album, AlbumGroup.single], market="US")
    ),
    "artist_top_tracks": Method(lambda sp: sp.artist_top_tracks(ARTIST, "US"), token="app"),
    "artist_related_artists": Method(lambda sp: sp.artist_related_artists(ARTIST)),
    "track": Method(lambda sp: sp.track(TRACKS[0], market="US")),
    "track without a market": Method(lambda sp: sp.track(TRACKS[0]), token="app"),
    "tracks": Method(lambda sp: sp.tracks(TRACKS, market="US")),
    "track_audio_analysis": Method(lambda sp: sp.track_audio_analysis(TRACKS[0])),
    "track_audio_features": Method(lambda sp: sp.track_audio_features(TRACKS[0])),
    "tracks_audio_features": Method(lambda sp: sp.tracks_audio_features(TRACKS[:3])),
    # Spoken works
    "audiobook": Method(lambda sp: sp.audiobook(BOOKS[0])),
    "audiobooks": Method(lambda sp: sp.audiobooks(BOOKS[:3], market="US"), trouble=MISSPELT),
    "audiobook_chapters": Method(lambda sp: sp.audiobook_chapters(BOOKS[0], limit=50, offset=2)),
    "chapter": Method(lambda sp: sp.chapter(CHAPTERS[0])),
    "chapters": Method(lambda sp: sp.chapters(CHAPTERS)),
    "episode": Method(lambda sp: sp.episode(EPISODES[0])),
    "episodes": Method(lambda sp: sp.episodes(EPISODES[:3])),
    "show": Method(lambda sp: sp.show(SHOWS[0])),
    "shows": Method(lambda sp: sp.shows(SHOWS[:3])),
    "show_episodes": Method(lambda sp: sp.show_episodes(SHOWS[0], limit=7, offset=3)),
    # Browse
    "featured_playlists": Method(
        lambda sp: sp.featured_playlists(country="US", limit=5), trouble=one_name("SimplePlaylistPaging")
    ),
    "new_releases": Method(lambda sp: sp.new_releases(country="US", limit=5), token="app"),
    "categories": Method(lambda sp: sp.categories(country="US", locale="es_MX", limit=5)),
    "category": Method(lambda sp: sp.category("party", locale="de_DE")),
    "category_playlists": Method(
        lambda sp: sp.category_playlists("party", country="US", limit=5), trouble=one_name("SimplePlaylistPaging")
    ),
    "recommendations": Method(
        lambda sp: sp.recommendations(
            artist_ids=[ARTIST], track_ids=TRACKS[:2], market="US", limit=7, min_energy=0.2, target_tempo=110
        )
    ),
    "recommendation_genre_seeds": Method(lambda sp: sp.recommendation_genre_seeds()),
    "markets": Method(lambda sp: sp.markets()),
    "search": Method(lambda sp: sp.search("lanterns", ("track", "artist", "album"), market="US", limit=50)),
    # Following
    "playlist_is_following": Method(lambda sp: sp.playlist_is_following(THEIRS, ["demo"])),
    "playlist_is_following somebody else": Method(
        lambda sp: sp.playlist_is_following(THEIRS, ["friend"]), trouble=NOT_YOURS, instead={NEW: OLD_ONLY}
    ),
    "playlist_follow": Method(lambda sp: sp.playlist_follow(UNKNOWN)),
    "playlist_follow in private": Method(
        lambda sp: sp.playlist_follow(UNKNOWN, public=False), instead={NEW: OLD_ONLY}
    ),
    "playlist_unfollow": Method(lambda sp: sp.playlist_unfollow(THEIRS)),
    "followed_artists": Method(lambda sp: sp.followed_artists(limit=5, after=ARTIST)),
    "artists_is_following": Method(lambda sp: sp.artists_is_following([ARTIST, STRANGER])),
    "artists_follow": Method(lambda sp: sp.artists_follow([STRANGER])),
    "artists_unfollow": Method(lambda sp: sp.artists_unfollow([ARTIST])),
    "users_is_following": Method(lambda sp: sp.users_is_following(["friend", "freebie"])),
    "users_follow": Method(lambda sp: sp.users_follow(["freebie"])),
    "users_unfollow": Method(lambda sp: sp.users_unfollow(["friend"])),
    # Library
    "saved_albums": Method(lambda sp: sp.saved_albums(market="US", limit=2)),
    "saved_albums_contains": Method(lambda sp: sp.saved_albums_contains([ALBUMS[0], NEW_ALBUMS[0]])),
    "saved_albums_add": Method(lambda sp: sp.saved_albums_add(NEW_ALBUMS)),
    "saved_albums_delete": Method(lambda sp: sp.saved_albums_delete(ALBUMS[:1])),
    "saved_episodes": Method(lambda sp: sp.saved_episodes(limit=3)),
    "saved_episodes_contains": Method(lambda sp: sp.saved_episodes_contains([EPISODES[0], EPISODES[9]])),
    "saved_episodes_add": Method(lambda sp: sp.saved_episodes_add(EPISODES[5:7])),
    "saved_episodes_delete": Method(lambda sp: sp.saved_episodes_delete(EPISODES[:2])),
    "saved_tracks": Method(lambda sp: sp.saved_tracks(limit=5, offset=1)),
    "saved_tracks_contains": Method(lambda sp: sp.saved_tracks_contains([TRACKS[0], NEW_TRACKS[0]])),
    "saved_tracks_add": Method(lambda sp: sp.saved_tracks_add(NEW_TRACKS)),
    "saved_tracks_add more than one library call takes": Method(
        lambda sp: sp.saved_tracks_add([track.id for track in WORLD.tracks[20000:20050]]),
    ),
    "saved_tracks_delete": Method(lambda sp: sp.saved_tracks_delete(TRACKS[:2])),
    "saved_shows": Method(lambda sp: sp.saved_shows(limit=3)),
    "saved_shows_contains": Method(lambda sp: sp.saved_shows_contains(SHOWS)),
    "saved_shows_add": Method(lambda sp: sp.saved_shows_add(SHOWS[3:5])),
    "saved_shows_delete": Method(lambda sp: sp.saved_shows_delete(SHOWS[:1], market="US")),
    # Users
    "current_user": Method(lambda sp: sp.current_user()),
    "user": Method(lambda sp: sp.user("demo")),
    "user somebody else": Method(lambda sp: sp.user("friend")),
    "current_user_top_artists": Method(lambda sp: sp.current_user_top_artists(limit=3)),
    "current_user_top_tracks": Method(lambda sp: sp.current_user_top_tracks(time_range="short_term", limit=3)),
    # Playlists
    "followed_playlists": Method(
        lambda sp: sp.followed_playlists(limit=50), trouble=one_name("SimplePlaylistPaging")
    ),
    "playlists": Method(lambda sp: sp.playlists("demo"), trouble=one_name("SimplePlaylistPaging")),
    "playlists of somebody else": Method(
        lambda sp: sp.playlists("friend"), trouble=one_name("SimplePlaylistPaging")
    ),
    "playlist": Method(lambda sp: sp.playlist(SHORT), trouble=one_name("FullPlaylist")),
    "playlist of some fields": Method(
        lambda sp: sp.playlist(MIXED, fields="name,tracks(total,items(track(uri)))")
    ),
    "playlist_items": Method(lambda sp: sp.playlist_items(MINE, limit=50, offset=250)),
    "playlist_items of a private one": Method(
        lambda sp: sp.playlist_items(SECRET, market="US", limit=5, offset=2)
    ),
    "playlist_cover_image": Method(lambda sp: sp.playlist_cover_image(MINE)),
    "playlist_cover_image_upload": Method(lambda sp: sp.playlist_cover_image_upload(MINE, JPEG)),
    "playlist_create": Method(
        lambda sp: sp.playlist_create("demo", "Zwölf", public=False, description="Ein Dutzend"),
        trouble=one_name("FullPlaylist"),
    ),
    "playlist_change_details": Method(lambda sp: sp.playlist_change_details(SHORT, name="Décembre", public=False)),
    "playlist_add": Method(lambda sp: sp.playlist_add(SHORT, URIS, position=1)),
    "playlist_clear": Method(lambda sp: sp.playlist_clear(SHORT)),
    "playlist_replace": Method(lambda sp: sp.playlist_replace(SHORT, URIS)),
    "playlist_reorder": Method(lambda sp: sp.playlist_reorder(SHORT, 0, 7, range_length=3)),
    "playlist_remove": Method(lambda sp: sp.playlist_remove(MIXED, [FIRST])),
    # Player
    "playback": Method(lambda sp: sp.playback()),
    "playback_currently_playing": Method(lambda sp: sp.playback_currently_playing(tracks_only=True)),
    "playback_recently_played": Method(lambda sp: sp.playback_recently_played(limit=4)),
    "playback_devices": Method(lambda sp: sp.playback_devices(), trouble=NAMELESS),
    "playback_queue": Method(lambda sp: sp.playback_queue()),
    "playback_transfer": Method(lambda sp: sp.playback_transfer(POCKET)),
    "playback_resume": Method(lambda sp: sp.playback_resume(), prepare=lambda sp: sp.playback_pause()),
    "playback_start_tracks": Method(
        lambda sp: sp.playback_start_tracks(NEW_TRACKS, offset=1, position_ms=1500, device_id=POCKET)
    ),
    "playback_start_context": Method(lambda sp: sp.playback_start_context(f"spotify:album:{ALBUMS[0]}", offset=2)),
    "playback_queue_add": Method(lambda sp: sp.playback_queue_add(URIS[0])),
    "playback_pause": Method(lambda sp: sp.playback_pause()),
    "playback_next": Method(lambda sp: sp.playback_next()),
    "playback_previous": Method(lambda sp: sp.playback_previous(), prepare=lambda sp: sp.playback_next()),
    "playback_previous of the first": Method(lambda sp: sp.playback_previous(), trouble=FIRST_ONE),
    "playback_seek": Method(lambda sp: sp.playback_seek(42_000)),
    "playback_repeat": Method(lambda sp: sp.playback_repeat(RepeatState.context)),
    "playback_shuffle": Method(lambda sp: sp.playback_shuffle(state=True)),
    "playback_volume": Method(lambda sp: sp.playback_volume(17)),
}
