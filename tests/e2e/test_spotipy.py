import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import pytest
import spotipy

from house import running
from ops.simulator import SimulatorConfig
from ops.simulator.world import World

# spotipy marks what Spotify deprecates, and leaves closing its sockets to the garbage collector.
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning:spotipy"),
    pytest.mark.filterwarnings("ignore:You.re using:DeprecationWarning"),
]

WORLD = World.of(1)
ARTIST = next(artist for artist in WORLD.artists if artist.name == "Nightjar Avenue")
ALBUMS = [WORLD.albums[number].id for number in WORLD.albums_of[ARTIST.number]]
TRACKS = [WORLD.tracks[number].id for number in WORLD.tracks_of[ARTIST.number]]

CALLS: Mapping[str, Callable[[spotipy.Spotify], Any]] = {
    "search": lambda sp: sp.search("paper lanterns", limit=10, type="track,artist,album", market="US"),
    "search in Japanese": lambda sp: sp.search("夜行", limit=3, offset=0, type="artist"),
    "track": lambda sp: sp.track(TRACKS[0], market="US"),
    "tracks": lambda sp: sp.tracks(TRACKS[:5]),
    "album": lambda sp: sp.album(ALBUMS[0]),
    "albums": lambda sp: sp.albums(ALBUMS[:3]),
    "album_tracks": lambda sp: sp.album_tracks(ALBUMS[0], limit=5, offset=2),
    "artist": lambda sp: sp.artist(ARTIST.id),
    "artists": lambda sp: sp.artists([ARTIST.id]),
    "artist_albums": lambda sp: sp.artist_albums(ARTIST.id, limit=5, include_groups="album,single"),
    "artist_top_tracks": lambda sp: sp.artist_top_tracks(ARTIST.id, country="US"),
    "artist_related_artists": lambda sp: sp.artist_related_artists(ARTIST.id),
    "audio_features": lambda sp: sp.audio_features(TRACKS[:3]),
    "audio_analysis": lambda sp: sp.audio_analysis(TRACKS[0]),
}
DEPRECATED = {"artist_top_tracks", "artist_related_artists", "audio_features", "audio_analysis"}
GONE_IN_DEVELOPMENT = {"tracks", "albums", "artists", *DEPRECATED}


def spotify(base: str, token: str) -> spotipy.Spotify:
    client = spotipy.Spotify(auth=token, retries=0)
    client.prefix = f"{base}/v1/"
    return client


async def direct_token(base: str) -> str:
    memory = spotipy.MemoryCacheHandler()
    credentials = spotipy.SpotifyClientCredentials("demo-client", "demo-secret", cache_handler=memory)
    credentials.OAUTH_TOKEN_URL = f"{base}/api/token"
    return str(await asyncio.to_thread(credentials.get_access_token, as_dict=False))


@pytest.mark.parametrize("call", CALLS)
async def test_unmodified_spotipy_sees_no_difference(call: str) -> None:
    async with running(SimulatorConfig(profile="extended_legacy")) as house:
        direct = spotify(house.spotify, await direct_token(house.spotify))
        through = spotify(house.base, "ignored: the gateway has its own")
        expected = await asyncio.to_thread(CALLS[call], direct)
        assert expected
        assert await asyncio.to_thread(CALLS[call], through) == expected


@pytest.mark.parametrize("call", sorted(CALLS.keys() - GONE_IN_DEVELOPMENT))
async def test_unmodified_spotipy_sees_no_difference_in_a_new_app(call: str) -> None:
    async with running() as house:
        direct = spotify(house.spotify, await direct_token(house.spotify))
        expected = await asyncio.to_thread(CALLS[call], direct)
        assert await asyncio.to_thread(CALLS[call], spotify(house.base, "ignored")) == expected


@pytest.mark.parametrize(("call", "field"), [("tracks", "tracks"), ("albums", "albums"), ("artists", "artists")])
async def test_batch_reads_work_although_a_new_app_has_lost_them(call: str, field: str) -> None:
    async with running() as house:
        direct = spotify(house.spotify, await direct_token(house.spotify))
        with pytest.raises(spotipy.SpotifyException, match="403"):
            await asyncio.to_thread(CALLS[call], direct)
        answer = await asyncio.to_thread(CALLS[call], spotify(house.base, "ignored"))
        single = getattr(direct, field.removesuffix("s"))
        assert answer[field] == [await asyncio.to_thread(single, item["id"]) for item in answer[field]]


async def test_what_a_new_app_cannot_have_is_refused_with_words_and_without_a_call() -> None:
    async with running() as house:
        through = spotify(house.base, "ignored")
        with pytest.raises(spotipy.SpotifyException, match="profile development"):
            await asyncio.to_thread(through.artist_top_tracks, ARTIST.id)
        assert house.log.count() == 0
