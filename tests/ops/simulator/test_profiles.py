"""What each profile may call, how much it may ask for and which fields it sees."""

from typing import Any

import pytest

from ops.simulator.world.ids import spotify_id

NIGHTJAR = spotify_id("artist", "Nightjar Avenue")
HARBOUR = spotify_id("album", "Nightjar Avenue", "Harbour Lights at Dawn")
LANTERNS = spotify_id("track", "Nightjar Avenue", "Harbour Lights at Dawn", 1)

KEPT = (
    f"/v1/tracks/{LANTERNS}",
    f"/v1/albums/{HARBOUR}",
    f"/v1/albums/{HARBOUR}/tracks",
    f"/v1/artists/{NIGHTJAR}",
    f"/v1/artists/{NIGHTJAR}/albums",
    "/v1/search?q=paper&type=track",
)
CUT_IN_2026 = (
    f"/v1/tracks?ids={LANTERNS}",
    f"/v1/albums?ids={HARBOUR}",
    f"/v1/artists?ids={NIGHTJAR}",
    f"/v1/artists/{NIGHTJAR}/top-tracks",
)
CUT_IN_2024 = (
    f"/v1/artists/{NIGHTJAR}/related-artists",
    f"/v1/audio-features?ids={LANTERNS}",
    f"/v1/audio-features/{LANTERNS}",
    f"/v1/audio-analysis/{LANTERNS}",
)
SERVED = {
    "extended_legacy": KEPT + CUT_IN_2026 + CUT_IN_2024,
    "extended": KEPT + CUT_IN_2026,
    "development_legacy": KEPT + CUT_IN_2026,
    "development": KEPT,
}


@pytest.mark.parametrize("profile", SERVED)
async def test_a_profile_serves_its_routes_and_forbids_the_others(start: Any, profile: str) -> None:
    spotify = await start(profile=profile)
    for path in SERVED["extended_legacy"]:
        answer = await spotify.get(path)
        if path in SERVED[profile]:
            assert answer.status == 200, path
        else:
            assert (answer.status, answer.body) == (403, {"error": {"status": 403, "message": "Forbidden"}}), path


@pytest.mark.parametrize(
    ("profile", "most", "default"),
    [("extended_legacy", 50, 20), ("extended", 50, 20), ("development_legacy", 50, 20), ("development", 10, 5)],
)
@pytest.mark.parametrize("path", ["/v1/search", f"/v1/artists/{NIGHTJAR}/albums"])
async def test_search_and_artist_albums_have_small_pages_in_development(
    start: Any, *, profile: str, most: int, default: int, path: str
) -> None:
    spotify = await start(profile=profile)
    query = {"q": "paper", "type": "track"} if path == "/v1/search" else {}
    for limit, status in ((1, 200), (most, 200), (most + 1, 400), (0, 400)):
        answer = await spotify.get(path, limit=limit, **query)
        assert answer.status == status
        assert status == 200 or answer.message == "Invalid limit"
    body = (await spotify.get(path, **query)).body
    assert body.get("tracks", body)["limit"] == default


async def test_album_tracks_keep_their_large_pages_in_development(start: Any) -> None:
    spotify = await start()
    path = f"/v1/albums/{HARBOUR}/tracks"
    assert (await spotify.get(path)).body["limit"] == 20
    assert (await spotify.get(path, limit=50)).status == 200
    assert (await spotify.get(path, limit=51)).message == "Invalid limit"


CUT_FIELDS = {
    "track": {"available_markets", "popularity"},
    "album": {"available_markets", "label", "popularity"},
    "artist": {"followers", "popularity"},
}
BODIES = {"track": f"/v1/tracks/{LANTERNS}", "album": f"/v1/albums/{HARBOUR}", "artist": f"/v1/artists/{NIGHTJAR}"}


@pytest.mark.parametrize("kind", CUT_FIELDS)
async def test_a_new_development_application_loses_exactly_the_cut_fields(start: Any, kind: str) -> None:
    whole = (await (await start(profile="development_legacy")).get(BODIES[kind])).body
    cut = (await (await start(profile="development")).get(BODIES[kind])).body
    assert whole.keys() - cut.keys() == CUT_FIELDS[kind]
    assert cut.keys() <= whole.keys()


async def test_nested_objects_lose_the_cut_fields_too(start: Any) -> None:
    spotify = await start()
    track = (await spotify.get(BODIES["track"])).body
    album = (await spotify.get(BODIES["album"])).body
    listed = (await spotify.get(f"/v1/artists/{NIGHTJAR}/albums")).body["items"][0]
    assert track["external_ids"]["isrc"]
    assert album["external_ids"]["upc"]
    assert not CUT_FIELDS["album"] & track["album"].keys()
    assert not CUT_FIELDS["track"] & album["tracks"]["items"][0].keys()
    assert not {*CUT_FIELDS["album"], "album_group"} & listed.keys()


@pytest.mark.parametrize(("profile", "field"), [("development", "items"), ("extended", "tracks")])
async def test_the_contents_of_a_playlist_are_named_by_the_profile(start: Any, profile: str, field: str) -> None:
    spotify = await start(profile=profile)
    items = (await spotify.get("/v1/search", q="mix", type="playlist")).body["playlists"]["items"]
    playlist = next(item for item in items if item)
    assert {"items", "tracks"} & playlist.keys() == {field}
    assert playlist[field]["total"] > 0
