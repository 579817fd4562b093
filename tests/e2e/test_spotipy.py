"""What a program with spotipy reads when a new app lacks something; the methods are compared in tests/contract."""

import asyncio

import pytest
import spotipy

from house import running
from ops.simulator.world.world import World

ARTIST = World.of(1).artists[0].id


# spotipy marks what Spotify deprecates.
@pytest.mark.filterwarnings("ignore::DeprecationWarning:spotipy")
async def test_what_a_new_app_cannot_have_is_refused_with_words_and_without_a_call() -> None:
    async with running() as house:
        through = spotipy.Spotify(auth="ignored: the gateway has its own", retries=0, requests_timeout=5)
        through.prefix = f"{house.base}/v1/"
        with pytest.raises(spotipy.SpotifyException, match="profile development"):
            await asyncio.to_thread(through.artist_top_tracks, ARTIST)
        assert house.log.count() == 0
