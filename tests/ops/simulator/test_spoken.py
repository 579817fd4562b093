"""Podcasts and audiobooks look like Spotify's, and exist only where a country is known and has them."""

import json
from typing import Any

import pytest

from ops.simulator import World
from ops.simulator.world.ids import is_spotify_id, spotify_id
from ops.simulator.world.markets import AUDIOBOOK_MARKETS, FEW_MARKETS
from ops.simulator.world.world import TODAY

WORLD = World.of(1)
SHOW, EPISODE = WORLD.shows[0], WORLD.episodes[0]
BOOK, CHAPTER = WORLD.audiobooks[0], WORLD.chapters[0]
RARE = next(show for show in WORLD.shows if show.markets == FEW_MARKETS)
SINGLE = {
    "shows": SHOW.id,
    "episodes": EPISODE.id,
    "audiobooks": BOOK.id,
    "chapters": CHAPTER.id,
}


def test_the_world_speaks_several_languages_at_length() -> None:
    assert len(WORLD.shows) >= 200
    assert len(WORLD.audiobooks) == 200
    assert {show.language for show in WORLD.shows} == {"en", "es", "de", "fr", "pt", "ja"}
    assert {len(show.episodes) for show in WORLD.shows} <= set(range(20, 65))
    assert len({show.name for show in WORLD.shows} | {book.name for book in WORLD.audiobooks}) == 440


def test_spoken_identifiers_are_well_formed_and_unique() -> None:
    ids = [one.id for many in (WORLD.shows, WORLD.episodes, WORLD.audiobooks, WORLD.chapters) for one in many]
    assert len(set(ids)) == len(ids)
    assert all(map(is_spotify_id, ids))


def test_identifiers_that_examples_quote_stay_what_they_are() -> None:
    for world in (WORLD, World.build(2)):
        assert world.shows[0].id == "N38LlfRJwYY3ZgR0aKVhjT"
        assert world.episodes[0].id == "GeUyFmEmk08rU268p8xELs"
        assert world.audiobooks[0].id == "R8WQ82PVOH7JPLzGY51gUp"
        assert world.chapters[0].id == "UbWSFRi4GEMzOCTikIy4y0"


def test_parts_and_wholes_agree_about_each_other() -> None:
    for show in WORLD.shows:
        episodes = [WORLD.episodes[number] for number in show.episodes]
        assert {episode.show for episode in episodes} == {show.number}
        dates = [episode.released for episode in episodes]
        assert dates == sorted(dates, reverse=True)
        assert dates[0] <= TODAY.isoformat()
    for book in WORLD.audiobooks:
        assert [WORLD.chapters[number].position for number in book.chapters] == list(range(len(book.chapters)))


async def test_a_show_is_whole_and_holds_its_newest_episodes(start: Any) -> None:
    show = (await (await start(profile="extended")).get(f"/v1/shows/{SHOW.id}", market="US")).body
    assert (show["name"], show["publisher"]) == ("The Lamplight Hour", "Low Tide Audio")
    assert (show["languages"], show["media_type"], show["total_episodes"]) == (["en"], "audio", 64)
    assert show["description"] in show["html_description"].replace("</p><br /><p>", " ")
    assert "US" in show["available_markets"]
    assert (len(show["episodes"]["items"]), show["episodes"]["total"]) == (50, 64)
    assert show["episodes"]["next"].endswith(f"/shows/{SHOW.id}/episodes?offset=50&limit=50&market=US")


async def test_an_episode_is_whole_and_names_its_show(start: Any) -> None:
    episode = (await (await start(profile="extended")).get(f"/v1/episodes/{EPISODE.id}", market="US")).body
    assert (episode["type"], episode["name"]) == ("episode", EPISODE.name)
    assert (episode["release_date"], episode["release_date_precision"]) == (EPISODE.released, "day")
    assert (episode["is_playable"], episode["language"], episode["languages"]) == (True, "en", ["en"])
    assert episode["show"]["id"] == SHOW.id
    assert "episodes" not in episode["show"]
    assert "resume_point" not in episode


async def test_an_audiobook_is_whole_and_holds_its_chapters(start: Any) -> None:
    book = (await (await start(profile="extended")).get(f"/v1/audiobooks/{BOOK.id}", market="GB")).body
    assert (book["name"], book["authors"]) == ("The Ledger of Small Lights", [{"name": "Maren Holloway"}])
    assert book["narrators"][0]["name"]
    assert (book["edition"], book["total_chapters"]) == ("Unabridged", 58)
    assert sorted(book["available_markets"]) == ["AU", "CA", "GB", "IE", "NZ", "US"]
    assert [chapter["chapter_number"] for chapter in book["chapters"]["items"]] == list(range(50))
    assert len(book["html_description"]) > 3_000


async def test_a_chapter_is_whole_and_names_its_audiobook(start: Any) -> None:
    chapter = (await (await start(profile="extended")).get(f"/v1/chapters/{CHAPTER.id}", market="NZ")).body
    assert (chapter["name"], chapter["chapter_number"], chapter["is_playable"]) == ("Chapter 1", 0, True)
    assert chapter["audiobook"]["id"] == BOOK.id
    assert "chapters" not in chapter["audiobook"]


@pytest.mark.parametrize(
    ("path", "total", "names"),
    [
        (f"/v1/shows/{SHOW.id}/episodes", 64, [WORLD.episodes[number].name for number in SHOW.episodes]),
        (f"/v1/audiobooks/{BOOK.id}/chapters", 58, [WORLD.chapters[number].name for number in BOOK.chapters]),
    ],
)
async def test_pages_join_into_the_whole(start: Any, path: str, *, total: int, names: list[str]) -> None:
    spotify, found = await start(), []
    following = f"{path}?limit=30&market=US"
    while following:
        page = (await spotify.get(following)).body
        found += [item["name"] for item in page["items"]]
        following = (page["next"] or "").removeprefix("https://api.spotify.com")
        assert page["total"] == total
    assert found == names


async def test_bodies_are_as_heavy_as_in_life(start: Any) -> None:
    spotify = await start(profile="extended_legacy")
    page = await spotify.get(f"/v1/shows/{SHOW.id}/episodes", market="US", limit=50)
    assert len(json.dumps(page.body)) > 64 * 1024
    track = WORLD.tracks[0].id
    assert len(json.dumps((await spotify.get(f"/v1/audio-analysis/{track}")).body)) > 200 * 1024


@pytest.mark.parametrize("kind", SINGLE)
async def test_without_a_country_nothing_spoken_is_there(start: Any, kind: str) -> None:
    spotify = await start(profile="extended")
    alone = await spotify.get(f"/v1/{kind}/{SINGLE[kind]}")
    assert (alone.status, alone.message) == (404, "Resource not found")
    assert (await spotify.get(f"/v1/{kind}", ids=SINGLE[kind])).body == {kind: [None]}
    assert (await spotify.get(f"/v1/{kind}/{SINGLE[kind]}", market="US")).status == 200


@pytest.mark.parametrize("path", [f"/v1/shows/{SHOW.id}/episodes", f"/v1/audiobooks/{BOOK.id}/chapters"])
async def test_without_a_country_there_are_no_parts_either(start: Any, path: str) -> None:
    spotify = await start()
    assert (await spotify.get(path)).status == 404
    assert (await spotify.get(path, market="IE")).status == 200


@pytest.mark.parametrize("kind", ["audiobooks", "chapters"])
async def test_audiobooks_exist_in_six_countries(start: Any, kind: str) -> None:
    spotify = await start(profile="extended")
    for market in (*AUDIOBOOK_MARKETS, "DE", "SE", "CN"):
        there = market in AUDIOBOOK_MARKETS
        answer = await spotify.get(f"/v1/{kind}/{SINGLE[kind]}", market=market)
        assert answer.status == (200 if there else 404), market
        batch = await spotify.get(f"/v1/{kind}", ids=SINGLE[kind], market=market)
        assert [item is not None for item in batch.body[kind]] == [there]


async def test_a_show_of_few_countries_is_unknown_elsewhere(start: Any) -> None:
    spotify = await start()
    episode = WORLD.episodes[RARE.episodes[0]].id
    assert (await spotify.get(f"/v1/shows/{RARE.id}", market="DE")).status == 200
    assert (await spotify.get(f"/v1/shows/{RARE.id}", market="SE")).status == 404
    assert (await spotify.get(f"/v1/episodes/{episode}", market="SE")).status == 404


async def test_the_country_of_the_user_outranks_the_parameter(start: Any) -> None:
    spotify = await start()
    await spotify.login("freebie")
    assert (await spotify.get(f"/v1/audiobooks/{BOOK.id}", market="US")).status == 404
    assert (await spotify.get(f"/v1/shows/{SHOW.id}")).status == 200


async def test_a_user_who_allows_it_sees_where_they_stopped(start: Any) -> None:
    spotify = await start()
    path = f"/v1/shows/{SHOW.id}/episodes"
    await spotify.login("demo", "user-read-playback-position")
    points = [item["resume_point"] for item in (await spotify.get(path, limit=50)).body["items"]]
    assert {point["fully_played"] for point in points} == {True, False}
    assert any(point["resume_position_ms"] and not point["fully_played"] for point in points)
    assert (await spotify.get(path, limit=50)).body["items"][3]["resume_point"] == points[3]
    await spotify.login("friend", "user-read-private")
    assert "resume_point" not in (await spotify.get(path)).body["items"][0]


@pytest.mark.parametrize("kind", SINGLE)
async def test_a_batch_keeps_order_and_has_null_for_what_is_unknown(start: Any, kind: str) -> None:
    spotify = await start(profile="extended")
    known, unknown = SINGLE[kind], spotify_id("nothing")
    found = (await spotify.get(f"/v1/{kind}", ids=f"{known},{unknown},{known}", market="US")).body[kind]
    assert [item and item["id"] for item in found] == [known, None, known]
    too_many = await spotify.get(f"/v1/{kind}", ids=",".join([known] * 51), market="US")
    assert (too_many.status, too_many.message) == (400, "Too many ids requested")


@pytest.mark.parametrize("kind", SINGLE)
async def test_single_reads_are_for_all_and_batches_only_outside_new_development(start: Any, kind: str) -> None:
    for profile in ("extended_legacy", "extended", "development_legacy", "development"):
        spotify = await start(profile=profile)
        assert (await spotify.get(f"/v1/{kind}/{SINGLE[kind]}", market="US")).status == 200
        batch = await spotify.get(f"/v1/{kind}", ids=SINGLE[kind], market="US")
        assert batch.status == (403 if profile == "development" else 200), profile


@pytest.mark.parametrize(
    ("kind", "cut"),
    [
        ("shows", {"available_markets", "publisher"}),
        ("episodes", set()),
        ("audiobooks", {"available_markets", "publisher"}),
        ("chapters", {"available_markets"}),
    ],
)
async def test_a_new_development_application_loses_exactly_the_cut_fields(
    start: Any, kind: str, *, cut: set[str]
) -> None:
    path = f"/v1/{kind}/{SINGLE[kind]}"
    whole = (await (await start(profile="development_legacy")).get(path, market="US")).body
    less = (await (await start(profile="development")).get(path, market="US")).body
    assert whole.keys() - less.keys() == cut
    for nested in ("show", "audiobook"):
        if nested in whole:
            assert whole[nested].keys() - less[nested].keys() == {"available_markets", "publisher"}
