# ruff: noqa: SLF001 - spotipy calls the older routes no more; its own way of calling still can
import asyncio
import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import spotipy

from differential import behind
from gateway.endpoint import Profile
from ops.simulator.world.world import World

URIS = [f"spotify:track:{track.id}" for track in World.of(1).tracks[1000:1240]]
# Ten of them twice, so that something can occur more than once.
SONGS = [*URIS, *URIS[:10]]
PICTURE = base64.b64encode(b"\xff\xd8\xff\xe0" + bytes(5000)).decode()


@dataclass(frozen=True)
class Newer:
    """The routes that spotipy uses."""

    sp: spotipy.Spotify

    def create(self) -> Any:
        return self.sp.current_user_playlist_create("Two Hundred and Fifty", public=False)

    def add(self, playlist: str, uris: list[str]) -> Any:
        return self.sp.playlist_add_items(playlist, uris)

    def page(self, playlist: str, offset: int) -> list[str]:
        page = self.sp.playlist_items(playlist, limit=50, offset=offset)
        return [entry["item"]["uri"] for entry in page["items"]]

    def move(self, playlist: str, *, start: int, length: int, before: int) -> Any:
        return self.sp.playlist_reorder_items(playlist, start, before, range_length=length)

    def remove(self, playlist: str, uris: list[str]) -> Any:
        return self.sp.playlist_remove_all_occurrences_of_items(playlist, uris)


class Older(Newer):
    """The routes of before February 2026, by the same client."""

    def create(self) -> Any:
        return self.sp._post("users/demo/playlists", payload={"name": "Two Hundred and Fifty", "public": False})

    def add(self, playlist: str, uris: list[str]) -> Any:
        return self.sp._post(f"playlists/{playlist}/tracks", payload={"uris": uris})

    def page(self, playlist: str, offset: int) -> list[str]:
        page = self.sp._get(f"playlists/{playlist}/tracks", limit=50, offset=offset)
        return [entry["track"]["uri"] for entry in page["items"]]

    def move(self, playlist: str, *, start: int, length: int, before: int) -> Any:
        span = {"range_start": start, "range_length": length, "insert_before": before}
        return self.sp._put(f"playlists/{playlist}/tracks", payload=span)

    def remove(self, playlist: str, uris: list[str]) -> Any:
        return self.sp._delete(f"playlists/{playlist}/tracks", payload={"tracks": [{"uri": uri} for uri in uris]})


Generation = Callable[[spotipy.Spotify], Newer]


def client(base: str, token: str) -> spotipy.Spotify:
    sp = spotipy.Spotify(auth=token, retries=0, requests_timeout=5)
    sp.prefix = f"{base}/v1/"
    return sp


def contents(way: Newer, playlist: str) -> list[str]:
    return [uri for offset in range(0, 300, 50) for uri in way.page(playlist, offset)]


def moved(songs: list[str], *, start: int, length: int, before: int) -> list[str]:
    """What Spotify's reference says of reordering, on a list."""
    span = songs[start : start + length]
    rest = [*songs[:start], *songs[start + length :]]
    place = before - length if before > start else before
    return [*rest[:place], *span, *rest[place:]]


@pytest.mark.parametrize("generation", [Newer, Older])
@pytest.mark.parametrize("profile", [Profile.EXTENDED_LEGACY, Profile.DEVELOPMENT])
async def test_a_long_playlist_is_built_reordered_and_thinned_out(
    profile: Profile, generation: Generation
) -> None:
    async with behind(profile) as side:
        await asyncio.to_thread(_live_through_it, generation(client(side.base, "unused")))


def _live_through_it(way: Newer) -> None:
    playlist = way.create()["id"]
    for start in range(0, len(SONGS), 100):
        assert way.add(playlist, SONGS[start : start + 100])["snapshot_id"]
    assert contents(way, playlist) == SONGS
    expected = SONGS
    for start, length, before in ((0, 3, 250), (200, 50, 0), (10, 1, 12)):
        way.move(playlist, start=start, length=length, before=before)
        expected = moved(expected, start=start, length=length, before=before)
    assert contents(way, playlist) == expected
    gone = [*URIS[:5], URIS[100]]
    way.remove(playlist, gone)
    assert contents(way, playlist) == [uri for uri in expected if uri not in gone]


@pytest.mark.parametrize("profile", [Profile.EXTENDED_LEGACY, Profile.DEVELOPMENT])
async def test_a_cover_is_uploaded_and_read_back(profile: Profile) -> None:
    async with behind(profile) as side:
        through, past = client(side.base, "unused"), client(side.spotify, side.sign_in())
        playlist = (await asyncio.to_thread(through.current_user_playlist_create, "Covered"))["id"]
        assert await asyncio.to_thread(through.playlist_cover_image, playlist) == []
        await asyncio.to_thread(through.playlist_upload_cover_image, playlist, PICTURE)
        cover = await asyncio.to_thread(through.playlist_cover_image, playlist)
        assert len(cover) == 1
        assert cover == await asyncio.to_thread(past.playlist_cover_image, playlist)


async def test_one_of_two_occurrences_goes_by_its_position_where_the_app_has_the_older_route() -> None:
    async with behind(Profile.EXTENDED_LEGACY) as side:
        assert await asyncio.to_thread(_with_one_less, client(side.base, "unused")) == [URIS[0], URIS[1]]
    async with behind(Profile.DEVELOPMENT) as side:
        with pytest.raises(spotipy.SpotifyException, match="single occurrences can no longer be removed"):
            await asyncio.to_thread(_with_one_less, client(side.base, "unused"))


def _with_one_less(sp: spotipy.Spotify) -> list[str]:
    older = Older(sp)
    playlist = older.create()["id"]
    older.add(playlist, [URIS[0], URIS[1], URIS[0]])
    sp._delete(f"playlists/{playlist}/tracks", payload={"tracks": [{"uri": URIS[0], "positions": [2]}]})
    return older.page(playlist, 0)
