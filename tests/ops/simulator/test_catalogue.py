"""Objects look like Spotify's, and pages of them add up."""

from typing import Any

from ops.simulator.world.ids import spotify_id

BAND = "Nightjar Avenue"
NIGHTJAR = spotify_id("artist", BAND)
HARBOUR = spotify_id("album", BAND, "Harbour Lights at Dawn")
BOX = spotify_id("album", BAND, "The Lamplighter Sessions")
LANTERNS = spotify_id("track", BAND, "Harbour Lights at Dawn", 1)


async def test_a_track_is_whole(start: Any) -> None:
    track = (await (await start(profile="extended")).get(f"/v1/tracks/{LANTERNS}")).body
    assert track["name"] == "Paper Lanterns"
    assert track["uri"] == f"spotify:track:{LANTERNS}"
    assert track["href"] == f"https://api.spotify.com/v1/tracks/{LANTERNS}"
    assert track["external_urls"] == {"spotify": f"https://open.spotify.com/track/{LANTERNS}"}
    assert (track["type"], track["disc_number"], track["track_number"]) == ("track", 1, 1)
    assert (track["is_local"], track["explicit"], track["preview_url"]) == (False, False, None)
    assert len(track["external_ids"]["isrc"]) == 12
    assert [artist["id"] for artist in track["artists"]] == [NIGHTJAR]
    assert track["artists"][0].keys() == {"external_urls", "href", "id", "name", "type", "uri"}
    assert track["album"]["id"] == HARBOUR
    assert "tracks" not in track["album"]
    assert "US" in track["available_markets"]
    assert "is_playable" not in track


async def test_an_album_is_whole_and_holds_its_tracks(start: Any) -> None:
    album = (await (await start(profile="extended")).get(f"/v1/albums/{HARBOUR}")).body
    assert (album["album_type"], album["total_tracks"], album["genres"]) == ("album", 10, [])
    assert (album["release_date"], album["release_date_precision"]) == ("2019-05-17", "day")
    assert [image["width"] for image in album["images"]] == [640, 300, 64]
    assert {line["type"] for line in album["copyrights"]} == {"C", "P"}
    assert len(album["external_ids"]["upc"]) == 12
    assert album["tracks"]["total"] == len(album["tracks"]["items"]) == 10
    assert album["tracks"]["next"] is None


async def test_an_artist_is_whole(start: Any) -> None:
    artist = (await (await start(profile="extended")).get(f"/v1/artists/{NIGHTJAR}")).body
    assert artist["name"] == BAND
    assert artist["followers"]["href"] is None
    assert artist["followers"]["total"] > 0
    assert artist["genres"] == ["dream pop", "shoegaze"]
    assert 0 <= artist["popularity"] <= 100


async def test_a_market_replaces_the_list_of_markets(start: Any) -> None:
    spotify = await start(profile="extended")
    here = (await spotify.get(f"/v1/tracks/{LANTERNS}", market="US")).body
    nowhere = (await spotify.get(f"/v1/tracks/{LANTERNS}", market="CN")).body
    assert here["is_playable"] is here["album"]["is_playable"] is True
    assert "available_markets" not in {*here, *here["album"]}
    assert (nowhere["is_playable"], nowhere["restrictions"]) == (False, {"reason": "market"})


async def test_a_long_album_continues_where_its_first_page_ends(start: Any) -> None:
    spotify = await start()
    first = (await spotify.get(f"/v1/albums/{BOX}", market="SE")).body["tracks"]
    assert (len(first["items"]), first["total"]) == (50, 62)
    path = first["next"].removeprefix("https://api.spotify.com")
    rest = (await spotify.get(path)).body
    assert first["next"].endswith("/tracks?offset=50&limit=50&market=SE")
    assert len(rest["items"]) == 12
    assert rest["next"] is None
    assert rest["previous"] == first["href"]


async def test_pages_join_into_the_whole_without_gap_or_overlap(start: Any) -> None:
    spotify = await start()
    path, names = f"/v1/albums/{BOX}/tracks?limit=7", []
    while path:
        page = (await spotify.get(path)).body
        names += [item["name"] for item in page["items"]]
        path = (page["next"] or "").removeprefix("https://api.spotify.com")
    assert names == [f"Lamplighter Sketch No. {number}" for number in range(1, 63)]


async def test_a_batch_keeps_order_and_repetitions(start: Any) -> None:
    spotify = await start(profile="extended")
    wanted = [LANTERNS, "0" * 22, LANTERNS]
    tracks = (await spotify.get("/v1/tracks", ids=",".join(wanted))).body["tracks"]
    assert [track and track["id"] for track in tracks] == [LANTERNS, None, LANTERNS]


async def test_a_discography_is_grouped_and_can_be_narrowed(start: Any) -> None:
    spotify = await start(profile="extended")
    path = f"/v1/artists/{NIGHTJAR}/albums"
    everything = (await spotify.get(path)).body
    groups = [item["album_group"] for item in everything["items"]]
    assert groups[:3] == ["album", "single", "compilation"]
    assert set(groups[3:]) <= {"appears_on"}
    singles = (await spotify.get(path, include_groups="single")).body
    assert [item["name"] for item in singles["items"]] == ["Signal Fires"]
    assert "include_groups=single" in singles["href"]


async def test_top_tracks_are_the_ten_most_popular(start: Any) -> None:
    spotify = await start(profile="extended")
    tracks = (await spotify.get(f"/v1/artists/{NIGHTJAR}/top-tracks", market="GB")).body["tracks"]
    popularity = [track["popularity"] for track in tracks]
    assert tracks[0]["name"] == "Paper Lanterns"
    assert len(tracks) == 10
    assert popularity == sorted(popularity, reverse=True)


async def test_related_artists_share_the_main_genre(start: Any) -> None:
    spotify = await start(profile="extended_legacy")
    artists = (await spotify.get(f"/v1/artists/{NIGHTJAR}/related-artists")).body["artists"]
    assert len(artists) == 20
    assert all("dream pop" in artist["genres"] and artist["id"] != NIGHTJAR for artist in artists)


async def test_audio_features_of_a_track_never_change(start: Any) -> None:
    spotify = await start(profile="extended_legacy")
    alone = (await spotify.get(f"/v1/audio-features/{LANTERNS}")).body
    batch = (await spotify.get("/v1/audio-features", ids=LANTERNS)).body["audio_features"]
    analysis = (await spotify.get(f"/v1/audio-analysis/{LANTERNS}")).body
    assert batch == [alone]
    assert 0 <= alone["danceability"] <= 1
    assert analysis["track"]["tempo"] == alone["tempo"]
    assert analysis["beats"]


async def test_a_slash_at_the_end_of_a_path_changes_nothing(start: Any) -> None:
    spotify = await start()
    assert (await spotify.get(f"/v1/tracks/{LANTERNS}/")).body == (
        await spotify.get(f"/v1/tracks/{LANTERNS}")
    ).body
