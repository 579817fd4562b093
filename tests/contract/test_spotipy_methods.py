import inspect
import os
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path

import pytest
import pytest_asyncio
import spotipy

from comparing import Comparison, comparing
from differential import CONFIGS
from gateway.endpoint import Profile
from methods_spotipy import METHODS, REFUSAL, run

pytestmark = [
    # spotipy marks what Spotify deprecates, and calls its search over markets an experiment.
    pytest.mark.filterwarnings("ignore::DeprecationWarning:spotipy"),
    pytest.mark.filterwarnings("ignore:Searching multiple markets:UserWarning:spotipy"),
]
PAGE = Path(__file__).parents[2] / "docs" / "methods.md"
NO_ENDPOINT = {"auth_manager", "next", "previous", "set_auth"}
"""What maps to no endpoint of its own; links lead to Spotify itself."""

DOCUMENTED = """\
album album_tracks albums artist artist_albums artist_related_artists artist_top_tracks artists get_audiobook
get_audiobook_chapters get_audiobooks categories category category_playlists featured_playlists new_releases
recommendation_genre_seeds episode episodes current_user_saved_episodes current_user_saved_episodes_add
current_user_saved_episodes_contains current_user_saved_episodes_delete available_markets playlist playlist_items
playlist_tracks playlist_add_items playlist_remove_all_occurrences_of_items
playlist_remove_specific_occurrences_of_items playlist_reorder_items playlist_replace_items
playlist_change_details playlist_cover_image playlist_upload_cover_image playlist_is_following
current_user_playlists current_user_follow_playlist current_user_unfollow_playlist user_playlists
user_playlist_create recommendations search search_markets show shows show_episodes current_user_saved_shows
current_user_saved_shows_add current_user_saved_shows_contains current_user_saved_shows_delete track tracks
audio_features audio_analysis current_user_saved_tracks current_user_saved_tracks_add
current_user_saved_tracks_contains current_user_saved_tracks_delete current_user_top_tracks
current_user_recently_played user current_user me current_user_top_artists current_user_followed_artists
current_user_following_artists current_user_following_users user_follow_artists user_follow_users
user_unfollow_artists user_unfollow_users
"""
"""The methods of the page, in its order."""

ABOUT = """\
# Methods

Written by `FERMATA_WRITE_METHODS=1 .venv/bin/pytest tests/contract/test_spotipy_methods.py`; do not edit.

What a program that uses spotipy 2.26 gets from each method through the gateway, by the profile of the Spotify
app. Each cell was found by calling the method both ways, straight to a simulated Spotify and through the
gateway. *works*: the same as without the gateway. *moved*: the same through the route that replaced the old one,
or in the newer shape. *emulated*: the same, put together from several calls. *own only*: for the signed-in user;
refused for others. *refused*: 403 with the reason `UNSUPPORTED_IN_PROFILE` and the way around, without a call.
*library bug*: spotipy itself fails, with the gateway and without.
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def spotipy_both_ways() -> AsyncIterator[Comparison]:
    async with comparing(METHODS, run, REFUSAL) as comparison:
        yield comparison


@pytest.mark.parametrize("profile", CONFIGS)
@pytest.mark.parametrize("key", METHODS)
@pytest.mark.asyncio(loop_scope="module")
async def test_a_method_gives_what_it_gives_without_the_gateway(
    key: str, profile: Profile, spotipy_both_ways: Comparison
) -> None:
    await spotipy_both_ways.compare(key, profile)


def test_no_public_method_is_left_out() -> None:
    public = {name for name, _ in inspect.getmembers(spotipy.Spotify) if not name.startswith("_")}
    callables = {name for name in public if callable(getattr(spotipy.Spotify, name))}
    assert {key.split()[0] for key in METHODS} == callables - NO_ENDPOINT


@pytest.mark.asyncio(loop_scope="module")
async def test_the_page_of_methods_says_what_these_tests_found(spotipy_both_ways: Comparison) -> None:
    # Run alone, or after a selection of the tests, it finds out by itself what is missing.
    for name in DOCUMENTED.split():
        for profile in CONFIGS:
            if (name, profile) not in spotipy_both_ways.verdicts:
                await spotipy_both_ways.compare(name, profile)
    page = "\n".join([ABOUT, *table(spotipy_both_ways.verdicts), ""])
    if os.environ.get("FERMATA_WRITE_METHODS"):
        PAGE.write_text(page, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == page


def table(verdicts: Mapping[tuple[str, Profile], str]) -> Iterator[str]:
    yield f"| method | {' | '.join(CONFIGS)} |"
    yield f"|---|{'---|' * len(CONFIGS)}"
    for name in DOCUMENTED.split():
        yield f"| `{name}` | {' | '.join(verdicts[name, profile] for profile in CONFIGS)} |"
