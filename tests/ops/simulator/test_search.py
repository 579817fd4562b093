"""Search finds what is there, in every script, and nothing else."""

# ruff: noqa: RUF001 - letters of other alphabets are the point here

import itertools
from typing import Any

import pytest

from ops.simulator import World
from ops.simulator.search.folding import fold
from ops.simulator.search.query import Term, parse_query
from ops.simulator.search.search import Kind, SearchIndex
from ops.simulator.world.markets import FEW_MARKETS

WORLD = World.of(1)
INDEX = SearchIndex.of(1)
RECORDS: dict[Kind, Any] = {
    "artist": WORLD.artists,
    "album": WORLD.albums,
    "track": WORLD.tracks,
    "playlist": WORLD.playlists,
}


def names(kind: Kind, text: str, *, limit: int = 10) -> list[str]:
    return [RECORDS[kind][number].name for number in INDEX.find(kind, text, limit=limit).numbers]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Café  des BRUMES", ("cafe", "des", "brumes")),
        ("Don't Wait Up", ("dont", "wait", "up")),
        ("Straße", ("strasse",)),
        ("Łódka; Øre", ("lodka", "ore")),
        ("Işık", ("isik",)),
        ("Зелёный", ("зеленыи",)),
        ("Όνειρος", ("ονειροσ",)),
        ("ＡＢＣ ｶﾞﾗｽ", ("abc", "ガラス")),
        ("달빛", ("달빛",)),
        ("خَيْمَة", ("خيمة",)),
        ("शहर में", ("शहर", "में")),
        ("ที่", ("ที่",)),
        ("?!", ()),
    ],
)
def test_case_accents_and_width_do_not_matter_but_vowel_signs_do(text: str, words: tuple[str, ...]) -> None:
    assert fold(text) == tuple(word for part in words for word in fold(part))
    assert len(fold(text)) == len(words)
    assert fold(text) == fold(" ".join(words))


@pytest.mark.parametrize(
    ("kind", "text", "first"),
    [
        ("track", "paper lanterns", "Paper Lanterns"),
        ("track", "PAPER lant", "Paper Lanterns"),
        ("track", "nightjar paper", "Paper Lanterns"),
        ("artist", "nightjar", "Nightjar Avenue"),
        ("album", "harbour lights", "Harbour Lights at Dawn"),
        ("album", "nightjar avenue", "Harbour Lights at Dawn"),
        ("artist", "ONDES LEGERES", "Ondes Légères"),
        ("track", "ile d'a cote", "L'île d'à côté"),
        ("track", "l'ile", "L'île d'à côté"),
        ("track", "cartographers", "The Cartographer's Daughter"),
        ("artist", "тихии семафор", "Тихий Семафор"),
        ("track", "зеленый свет", "Зелёный свет"),
        ("artist", "灯台 夜行", "夜行灯台"),
        ("track", "観覧車通", "ガラスの観覧車通り"),
        ("artist", "정류장 달빛", "달빛 정류장"),
        ("artist", "قمر قافلة", "قافلة القمر"),
    ],
)
def test_a_known_name_comes_first(kind: Kind, text: str, first: str) -> None:
    assert names(kind, text)[0] == first


def test_every_track_is_found_by_its_own_name_artist_and_album() -> None:
    for track in itertools.islice(WORLD.tracks, 0, None, 997):
        album = WORLD.albums[track.album]
        artist = WORLD.artists[track.artists[0]]
        text = f'track:"{track.name}" artist:"{artist.name}" album:"{album.name}"'
        assert track.number in INDEX.find("track", text, limit=50).numbers, text


@pytest.mark.parametrize("text", ["paper", "light", "夜", "ночн", "قمر", "רכבת", "रोशनी", "แสง", "등대", "νυχτα"])
def test_matches_are_those_of_a_plain_scan(text: str) -> None:
    (word,) = fold(text)

    def has(name: str) -> bool:
        return any(part.startswith(word) if word.isascii() else word in part for part in fold(name))

    scanned = {artist.number for artist in WORLD.artists if has(artist.name)}
    found = INDEX.find("artist", text, limit=1_000)
    assert set(found.numbers) == scanned
    assert found.total == len(scanned)


def test_exact_names_come_before_longer_ones_before_the_rest() -> None:
    found = [" ".join(fold(name)) for name in names("track", "silver", limit=500)]
    classes = [(name != "silver") + (not name.startswith("silver")) for name in found]
    assert classes == sorted(classes)
    assert set(classes) == {1, 2}


def test_popularity_decides_among_equals() -> None:
    found = INDEX.find("track", '"silver lanterns"', limit=50).numbers
    exact = [WORLD.tracks[number].popularity for number in found if WORLD.tracks[number].name == "Silver Lanterns"]
    assert len(exact) > 1
    assert exact == sorted(exact, reverse=True)


def test_a_phrase_needs_its_words_together_and_whole() -> None:
    assert names("track", '"night ferry"') == ["Night Ferry"]
    assert names("track", '"ferry night"') == []
    assert names("track", '"night ferr"') == []
    assert "Night Ferry" in names("track", "ferr night")


@pytest.mark.parametrize(
    ("kind", "text", "total"),
    [
        ("track", 'artist:"Nightjar Avenue" album:"Harbour Lights at Dawn"', 10),
        ("track", 'artist:nightjar track:"Moth Season"', 1),
        ("track", 'artist:"Nightjar Avenue" year:2019', 10),
        ("track", 'artist:"Nightjar Avenue" year:2018-2023', 72),
        ("track", 'artist:"Nightjar Avenue" year:soon', 0),
        ("album", 'artist:"Nightjar Avenue" tag:new', 1),
        ("artist", 'genre:"dream pop" nightjar', 1),
        ("track", "upc:012345678905", 0),
        ("playlist", "artist:nightjar", 0),
        ("track", "track:nightjar", 0),
        ("track", "!!!", 0),
    ],
)
def test_filters_narrow_the_result(kind: Kind, text: str, total: int) -> None:
    assert INDEX.find(kind, text, limit=1).total == total


def test_codes_find_their_one_record() -> None:
    track, album = WORLD.tracks[20_000], WORLD.albums[4_000]
    assert INDEX.find("track", f"isrc:{track.isrc.lower()}", limit=5).numbers == (track.number,)
    assert INDEX.find("album", f"upc:{album.upc}", limit=5).numbers == (album.number,)


def test_an_unknown_field_is_read_as_words() -> None:
    assert parse_query("mood:happy") == (Term(None, "mood", ("mood",)), Term(None, "happy", ("happy",)))
    assert parse_query('ARTIST:"a b" c') == (
        Term("artist", "a b", ("a", "b"), exact=True),
        Term(None, "c", ("c",)),
    )


def test_the_total_stops_at_a_thousand() -> None:
    found = INDEX.find("track", "year:1900-2030", limit=10, offset=1_000)
    assert (found.total, found.numbers) == (1_000, ())


def test_pages_join_into_the_whole() -> None:
    whole = INDEX.find("track", "silver", limit=100).numbers
    pages = [INDEX.find("track", "silver", limit=10, offset=offset).numbers for offset in range(0, 100, 10)]
    assert tuple(itertools.chain.from_iterable(pages)) == whole


async def test_each_type_gets_its_own_page(start: Any) -> None:
    spotify = await start()
    body = (await spotify.get("/v1/search", q="nightjar avenue", type="track,artist,album", limit=2)).body
    assert {kind: page["items"][0]["name"] for kind, page in body.items()} == {
        "tracks": "Paper Lanterns",
        "artists": "Nightjar Avenue",
        "albums": "Harbour Lights at Dawn",
    }
    assert body["tracks"]["total"] == 74
    assert body["tracks"]["next"] == (
        "https://api.spotify.com/v1/search?offset=2&limit=2&query=nightjar%20avenue&type=track"
    )


async def test_the_address_of_the_next_page_can_be_followed(start: Any) -> None:
    spotify = await start()
    first = (await spotify.get("/v1/search", q='artist:"Nightjar Avenue"', type="track", market="US")).body[
        "tracks"
    ]
    second = (await spotify.get(first["next"].removeprefix("https://api.spotify.com"))).body["tracks"]
    assert second["previous"] == first["href"]
    assert not {item["id"] for item in first["items"]} & {item["id"] for item in second["items"]}


async def test_playlists_of_spotify_itself_are_null(start: Any) -> None:
    spotify = await start()
    page = (await spotify.get("/v1/search", q="morning", type="playlist", limit=10)).body["playlists"]
    assert len(page["items"]) == 10
    assert None in page["items"]
    assert any(page["items"])


async def test_podcasts_and_audiobooks_are_found_by_name_and_maker(start: Any) -> None:
    spotify = await start()
    body = (await spotify.get("/v1/search", q="paper", type="show,episode,audiobook", market="US")).body
    assert {kind: page["items"][0]["type"] for kind, page in body.items()} == {
        "shows": "show",
        "episodes": "episode",
        "audiobooks": "audiobook",
    }
    for kind, text, name in (
        ("show", "lamplight hour", "The Lamplight Hour"),
        ("audiobook", "maren holloway ledger", "The Ledger of Small Lights"),
    ):
        page = (await spotify.get("/v1/search", q=text, type=kind, market="GB")).body[f"{kind}s"]
        assert page["items"][0]["name"] == name
    episodes = (await spotify.get("/v1/search", q='"the lamplight hour"', type="episode", market="GB")).body
    assert episodes["episodes"]["total"] == 64


async def test_without_a_market_podcasts_and_audiobooks_are_nulls_that_count(start: Any) -> None:
    spotify = await start()
    body = (await spotify.get("/v1/search", q="paper", type="show,episode,audiobook")).body
    assert all(page["total"] and set(page["items"]) == {None} for page in body.values())


async def test_a_show_of_few_countries_is_found_only_there(start: Any) -> None:
    spotify = await start(profile="extended")
    rare = next(show for show in WORLD.shows if show.markets == FEW_MARKETS)
    for market, found in (("DE", True), ("SE", False)):
        body = (await spotify.get("/v1/search", q=f'"{rare.name}"', type="show,episode", market=market)).body
        assert (rare.id in {item["id"] for item in body["shows"]["items"]}) is found
        assert None not in body["shows"]["items"] + body["episodes"]["items"]


async def test_audiobooks_are_found_in_six_countries_only(start: Any) -> None:
    spotify = await start()
    page = (await spotify.get("/v1/search", q="light", type="audiobook", market="SE")).body["audiobooks"]
    assert (page["total"], page["items"]) == (0, [])
