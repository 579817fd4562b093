"""How each public method of spotipy that maps to an endpoint is called; the name is the first word of a key."""

import asyncio
import base64
import logging
from collections.abc import Callable, Mapping
from typing import Any

import spotipy

from differential import Method, Outcome, Trouble
from expectations import REFUSED
from gateway.endpoint import Profile
from ops.simulator.people.founders import FERRY, HARBOUR, LONG, ODDS, PRIVATE, SUNDAY, playlist_id
from ops.simulator.player.devices import COMPUTER, PHONE, device_id
from ops.simulator.world.world import World

WORLD = World.of(1)
ARTIST, SECOND = WORLD.artists[0].id, WORLD.artists[1].id
PROLIFIC = WORLD.artists[max(range(len(WORLD.artists)), key=lambda one: len(WORLD.albums_of[one]))].id
STRANGER = WORLD.artists[700].id
ALBUMS = [album.id for album in WORLD.albums[:4]]
TRACKS = [track.id for track in WORLD.tracks[:8]]
NEW_TRACKS = [track.id for track in WORLD.tracks[20000:20003]]
NEW_ALBUMS = [album.id for album in WORLD.albums[3000:3002]]
SHOWS = [show.id for show in WORLD.shows if "US" in show.markets][:5]
EPISODES = [WORLD.episodes[number].id for show in WORLD.shows[:1] for number in show.episodes[:10]]
BOOKS = [book.id for book in WORLD.audiobooks if "US" in book.markets][:5]
MINE, MIXED, SECRET = playlist_id("demo", LONG), playlist_id("demo", ODDS), playlist_id("demo", PRIVATE)
SHORT = playlist_id("demo", FERRY)
THEIRS, UNKNOWN = playlist_id("friend", HARBOUR), playlist_id("friend", SUNDAY)
DESK, POCKET = device_id("demo", COMPUTER), device_id("demo", PHONE)
JPEG = base64.b64encode(b"\xff\xd8\xff\xe0" + bytes(range(256))).decode()
URIS = [f"spotify:track:{one}" for one in NEW_TRACKS]
FIRST = f"spotify:track:{TRACKS[0]}"

NEW = Profile.DEVELOPMENT
REFUSAL = ("SpotifyException", 403, REFUSED)
"""How spotipy tells what the gateway refuses."""

POSITIONS = Trouble(
    "library",
    "spotipy sends positions to the newer route, which knows none",
    ("SpotifyException", 400, ""),
)
BAD_WARNING = Trouble(
    "library",
    "spotipy calls warnings.warn with one argument too many before it asks anything",
    ("TypeError", 0, "'type' object cannot be interpreted as an integer"),
)
LONG_GONE = Trouble("library", "spotipy asks for a route that is gone for years", ("SpotifyException", 404, ""))
KEPT_BACK = Trouble(
    "Spotify", "what is on the playlists of others is kept back from new apps", ("SpotifyException", 403, "")
)
NOT_YOURS = Trouble("Spotify", "nobody makes playlists for others", ("SpotifyException", 403, ""))
FIRST_ONE = Trouble("Spotify", "there is nothing before the first", ("SpotifyException", 403, "NO_PREV_TRACK"))


async def run(base: str, token: str, call: Callable[[Any], Any]) -> Outcome:
    """Make a call with an unmodified client; failures are told by kind, status and reason."""
    client = spotipy.Spotify(auth=token, retries=0, status_retries=0, requests_timeout=5)
    client.prefix = f"{base}/v1/"
    logging.getLogger("spotipy.client").setLevel(logging.CRITICAL)
    try:
        return Outcome(value=await asyncio.to_thread(call, client))
    except spotipy.SpotifyException as error:
        return Outcome(failure=("SpotifyException", error.http_status, error.reason or ""))
    except TypeError as error:
        return Outcome(failure=(type(error).__name__, 0, str(error)))


def pause(sp: spotipy.Spotify) -> Any:
    """Pause what the demo user listens to from the start."""
    return sp.pause_playback()


METHODS: Mapping[str, Method] = {
    # Albums
    "album": Method(lambda sp: sp.album(ALBUMS[0], market="US")),
    "album without a market": Method(lambda sp: sp.album(ALBUMS[0]), token="app"),
    "album_tracks": Method(lambda sp: sp.album_tracks(ALBUMS[2], limit=50, offset=2, market="US")),
    "albums": Method(lambda sp: sp.albums(ALBUMS, market="US")),
    # Artists
    "artist": Method(lambda sp: sp.artist(ARTIST)),
    "artist_albums": Method(lambda sp: sp.artist_albums(PROLIFIC, include_groups="album,single"), token="app"),
    "artist_albums by album_type": Method(
        lambda sp: sp.artist_albums(PROLIFIC, album_type="album", country="US", limit=2, offset=1), token="app"
    ),
    "artist_related_artists": Method(lambda sp: sp.artist_related_artists(ARTIST)),
    "artist_top_tracks": Method(lambda sp: sp.artist_top_tracks(ARTIST, country="US"), token="app"),
    "artists": Method(lambda sp: sp.artists([ARTIST, SECOND])),
    # Audiobooks
    "get_audiobook": Method(lambda sp: sp.get_audiobook(BOOKS[0], market="US"), token="app"),
    "get_audiobook without a market": Method(lambda sp: sp.get_audiobook(BOOKS[0])),
    "get_audiobook_chapters": Method(
        lambda sp: sp.get_audiobook_chapters(BOOKS[0], market="US", offset=2), token="app"
    ),
    "get_audiobooks": Method(lambda sp: sp.get_audiobooks(BOOKS[:3], market="US"), token="app"),
    # Browse
    "categories": Method(lambda sp: sp.categories(country="US", locale="es_MX", limit=5)),
    "category": Method(lambda sp: sp.category("party", locale="de_DE")),
    "category_playlists": Method(lambda sp: sp.category_playlists("party", country="US", limit=5)),
    "featured_playlists": Method(lambda sp: sp.featured_playlists(country="US", limit=5)),
    "new_releases": Method(lambda sp: sp.new_releases(country="US", limit=5), token="app"),
    "recommendation_genre_seeds": Method(lambda sp: sp.recommendation_genre_seeds()),
    # Episodes
    "episode": Method(lambda sp: sp.episode(EPISODES[0], market="US"), token="app"),
    "episode without a market": Method(lambda sp: sp.episode(EPISODES[0])),
    "episodes": Method(lambda sp: sp.episodes(EPISODES[:3], market="US"), token="app"),
    "current_user_saved_episodes": Method(lambda sp: sp.current_user_saved_episodes(limit=3, market="US")),
    "current_user_saved_episodes_add": Method(lambda sp: sp.current_user_saved_episodes_add(EPISODES[5:7])),
    "current_user_saved_episodes_contains": Method(
        lambda sp: sp.current_user_saved_episodes_contains([EPISODES[0], EPISODES[9]])
    ),
    "current_user_saved_episodes_delete": Method(lambda sp: sp.current_user_saved_episodes_delete(EPISODES[:2])),
    # Markets
    "available_markets": Method(lambda sp: sp.available_markets()),
    # Playlists
    "playlist": Method(lambda sp: sp.playlist(MIXED, additional_types=("track", "episode"))),
    "playlist of somebody else": Method(lambda sp: sp.playlist(THEIRS, fields="name,uri,owner(id)")),
    "playlist of somebody else whole": Method(lambda sp: sp.playlist(THEIRS)),
    "playlist_items of somebody else": Method(lambda sp: sp.playlist_items(THEIRS), instead={NEW: KEPT_BACK}),
    "playlist with old fields": Method(
        lambda sp: sp.playlist(MIXED, fields="name,tracks(total,items(track(uri)))")
    ),
    "playlist_items": Method(lambda sp: sp.playlist_items(MIXED)),
    "playlist_items of a private one": Method(
        lambda sp: sp.playlist_items(SECRET, limit=5, offset=2, market="US")
    ),
    "playlist_tracks": Method(lambda sp: sp.playlist_tracks(MINE, limit=50, offset=250)),
    "playlist_add_items": Method(lambda sp: sp.playlist_add_items(SHORT, NEW_TRACKS, position=1)),
    "playlist_remove_all_occurrences_of_items": Method(
        lambda sp: sp.playlist_remove_all_occurrences_of_items(MIXED, [FIRST])
    ),
    "playlist_remove_specific_occurrences_of_items": Method(
        lambda sp: sp.playlist_remove_specific_occurrences_of_items(MIXED, [{"uri": FIRST, "positions": [3]}]),
        trouble=POSITIONS,
    ),
    "playlist_reorder_items": Method(lambda sp: sp.playlist_reorder_items(SHORT, 0, 7, range_length=3)),
    "playlist_replace_items": Method(lambda sp: sp.playlist_replace_items(SHORT, NEW_TRACKS)),
    "playlist_replace_items by nothing": Method(lambda sp: sp.playlist_replace_items(SHORT, [])),
    "playlist_change_details": Method(
        lambda sp: sp.playlist_change_details(SHORT, name="Décembre", public=False, description="")
    ),
    "playlist_cover_image": Method(lambda sp: sp.playlist_cover_image(MINE)),
    "playlist_upload_cover_image": Method(lambda sp: sp.playlist_upload_cover_image(MINE, JPEG)),
    "playlist_is_following": Method(lambda sp: sp.playlist_is_following(THEIRS, ["demo"]), trouble=BAD_WARNING),
    "current_user_playlists": Method(lambda sp: sp.current_user_playlists(limit=50)),
    "current_user_follow_playlist": Method(lambda sp: sp.current_user_follow_playlist(UNKNOWN)),
    "current_user_unfollow_playlist": Method(lambda sp: sp.current_user_unfollow_playlist(THEIRS)),
    "user_playlists": Method(lambda sp: sp.user_playlists("demo")),
    "user_playlists of somebody else": Method(lambda sp: sp.user_playlists("friend")),
    "user_playlist_create": Method(
        lambda sp: sp.user_playlist_create("demo", "Zwölf", public=False, description="Ein Dutzend")
    ),
    "user_playlist_create for somebody else": Method(
        lambda sp: sp.user_playlist_create("friend", "Nein"), trouble=NOT_YOURS
    ),
    "current_user_playlist_create": Method(
        lambda sp: sp.current_user_playlist_create("Together", public=False, collaborative=True)
    ),
    # Older names of the same
    "user_playlist": Method(lambda sp: sp.user_playlist("demo", SHORT)),
    "user_playlist without an id": Method(lambda sp: sp.user_playlist("demo"), trouble=LONG_GONE),
    "user_playlist_tracks": Method(lambda sp: sp.user_playlist_tracks("demo", SHORT, limit=10)),
    "user_playlist_add_tracks": Method(lambda sp: sp.user_playlist_add_tracks("demo", SHORT, NEW_TRACKS)),
    "user_playlist_add_episodes": Method(lambda sp: sp.user_playlist_add_episodes("demo", SHORT, EPISODES[:2])),
    "user_playlist_change_details": Method(
        lambda sp: sp.user_playlist_change_details("demo", SHORT, name="Another", collaborative=None)
    ),
    "user_playlist_follow_playlist": Method(lambda sp: sp.user_playlist_follow_playlist("friend", UNKNOWN)),
    "user_playlist_is_following": Method(
        lambda sp: sp.user_playlist_is_following("friend", THEIRS, ["demo"]), trouble=BAD_WARNING
    ),
    "user_playlist_remove_all_occurrences_of_tracks": Method(
        lambda sp: sp.user_playlist_remove_all_occurrences_of_tracks("demo", MIXED, [FIRST])
    ),
    "user_playlist_remove_specific_occurrences_of_tracks": Method(
        lambda sp: sp.user_playlist_remove_specific_occurrences_of_tracks(
            "demo", MIXED, [{"uri": FIRST, "positions": [3]}]
        ),
        trouble=LONG_GONE,
    ),
    "user_playlist_reorder_tracks": Method(lambda sp: sp.user_playlist_reorder_tracks("demo", SHORT, 5, 0)),
    "user_playlist_replace_tracks": Method(lambda sp: sp.user_playlist_replace_tracks("demo", SHORT, NEW_TRACKS)),
    "user_playlist_unfollow": Method(lambda sp: sp.user_playlist_unfollow("friend", THEIRS)),
    # Recommendations
    "recommendations": Method(
        lambda sp: sp.recommendations(
            seed_artists=[ARTIST], seed_tracks=TRACKS[:2], country="US", limit=7, min_energy=0.2, target_tempo=110
        )
    ),
    # Search
    "search": Method(lambda sp: sp.search("lanterns", limit=50, type="track,artist,album", market="US")),
    "search a second page of everything": Method(
        lambda sp: sp.search(
            "night",
            limit=12,
            offset=3,
            type="track,artist,album,playlist,show,episode,audiobook",
            market="US",
        ),
        token="app",
    ),
    "search in Japanese": Method(lambda sp: sp.search("夜行", limit=3, type="artist")),
    "search_markets": Method(
        lambda sp: sp.search_markets("lanterns", limit=5, type="track", markets=["US", "FR"], total=8), token="app"
    ),
    # Shows
    "show": Method(lambda sp: sp.show(SHOWS[0], market="US"), token="app"),
    "show without a market": Method(lambda sp: sp.show(SHOWS[0])),
    "shows": Method(lambda sp: sp.shows(SHOWS[:3], market="US")),
    "show_episodes": Method(lambda sp: sp.show_episodes(SHOWS[0], limit=7, offset=3)),
    "current_user_saved_shows": Method(lambda sp: sp.current_user_saved_shows(limit=3)),
    "current_user_saved_shows_add": Method(lambda sp: sp.current_user_saved_shows_add(SHOWS[3:5])),
    "current_user_saved_shows_contains": Method(lambda sp: sp.current_user_saved_shows_contains(SHOWS)),
    "current_user_saved_shows_delete": Method(lambda sp: sp.current_user_saved_shows_delete(SHOWS[:1])),
    # Tracks
    "track": Method(lambda sp: sp.track(TRACKS[0], market="US")),
    "track without a market": Method(lambda sp: sp.track(TRACKS[0]), token="app"),
    "tracks": Method(lambda sp: sp.tracks(TRACKS, market="US")),
    "audio_features": Method(lambda sp: sp.audio_features(TRACKS[:3])),
    "audio_features of one": Method(lambda sp: sp.audio_features(TRACKS[0])),
    "audio_analysis": Method(lambda sp: sp.audio_analysis(TRACKS[0])),
    "current_user_saved_tracks": Method(lambda sp: sp.current_user_saved_tracks(limit=5, offset=1)),
    "current_user_saved_tracks_add": Method(lambda sp: sp.current_user_saved_tracks_add(NEW_TRACKS)),
    "current_user_saved_tracks_contains": Method(
        lambda sp: sp.current_user_saved_tracks_contains([TRACKS[0], NEW_TRACKS[0]])
    ),
    "current_user_saved_tracks_delete": Method(lambda sp: sp.current_user_saved_tracks_delete(TRACKS[:2])),
    "current_user_top_tracks": Method(lambda sp: sp.current_user_top_tracks(limit=3, time_range="short_term")),
    "current_user_recently_played": Method(lambda sp: sp.current_user_recently_played(limit=4)),
    # Saved albums, and any kind
    "current_user_saved_albums": Method(lambda sp: sp.current_user_saved_albums(limit=2, market="US")),
    "current_user_saved_albums_add": Method(lambda sp: sp.current_user_saved_albums_add(NEW_ALBUMS)),
    "current_user_saved_albums_contains": Method(
        lambda sp: sp.current_user_saved_albums_contains([ALBUMS[0], NEW_ALBUMS[0]])
    ),
    "current_user_saved_albums_delete": Method(lambda sp: sp.current_user_saved_albums_delete(ALBUMS[:1])),
    "current_user_saved_items": Method(
        lambda sp: sp.current_user_saved_items([FIRST, f"spotify:album:{NEW_ALBUMS[0]}"])
    ),
    # Users
    "user": Method(lambda sp: sp.user("demo")),
    "user somebody else": Method(lambda sp: sp.user("friend")),
    "current_user": Method(lambda sp: sp.current_user()),
    "me": Method(lambda sp: sp.me()),
    "current_user_top_artists": Method(lambda sp: sp.current_user_top_artists(limit=3)),
    "current_user_followed_artists": Method(lambda sp: sp.current_user_followed_artists(limit=5)),
    "current_user_followed_artists after one": Method(
        lambda sp: sp.current_user_followed_artists(limit=5, after=ARTIST)
    ),
    "current_user_following_artists": Method(lambda sp: sp.current_user_following_artists([ARTIST, STRANGER])),
    "current_user_following_users": Method(lambda sp: sp.current_user_following_users(["friend", "freebie"])),
    "user_follow_artists": Method(lambda sp: sp.user_follow_artists([STRANGER])),
    "user_follow_users": Method(lambda sp: sp.user_follow_users(["freebie"])),
    "user_unfollow_artists": Method(lambda sp: sp.user_unfollow_artists([ARTIST])),
    "user_unfollow_users": Method(lambda sp: sp.user_unfollow_users(["friend"])),
    # Player
    "current_playback": Method(lambda sp: sp.current_playback(market="US", additional_types="episode")),
    "currently_playing": Method(lambda sp: sp.currently_playing()),
    "current_user_playing_track": Method(lambda sp: sp.current_user_playing_track()),
    "devices": Method(lambda sp: sp.devices()),
    "queue": Method(lambda sp: sp.queue()),
    "transfer_playback": Method(lambda sp: sp.transfer_playback(POCKET, force_play=False)),
    "start_playback": Method(
        lambda sp: sp.start_playback(
            context_uri=f"spotify:album:{ALBUMS[0]}", offset={"position": 2}, position_ms=1500
        )
    ),
    "start_playback of tracks elsewhere": Method(
        lambda sp: sp.start_playback(device_id=POCKET, uris=URIS, offset={"uri": URIS[1]})
    ),
    "start_playback after a pause": Method(lambda sp: sp.start_playback(), prepare=pause),
    "pause_playback": Method(pause),
    "next_track": Method(lambda sp: sp.next_track()),
    "previous_track": Method(lambda sp: sp.previous_track(), prepare=lambda sp: sp.next_track()),
    "previous_track of the first": Method(lambda sp: sp.previous_track(), trouble=FIRST_ONE),
    "seek_track": Method(lambda sp: sp.seek_track(42_000)),
    "repeat": Method(lambda sp: sp.repeat("context")),
    "volume": Method(lambda sp: sp.volume(17, device_id=DESK)),
    "shuffle": Method(lambda sp: sp.shuffle(state=True)),
    "add_to_queue": Method(lambda sp: sp.add_to_queue(URIS[0])),
}
