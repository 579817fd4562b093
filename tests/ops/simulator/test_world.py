"""A world is large, varied, consistent and the same every time."""

import unicodedata

import pytest

from ops.simulator import World
from ops.simulator.world.ids import is_spotify_id
from ops.simulator.world.world import TODAY

WORLD = World.of(1)


def test_equal_seeds_give_equal_worlds() -> None:
    assert World.build(1) == WORLD


def test_other_seeds_give_other_worlds() -> None:
    assert World.build(2).artists[100].id not in WORLD.artist_by_id


def test_identifiers_that_examples_quote_stay_what_they_are() -> None:
    other = World.build(2)
    for world in (WORLD, other):
        assert world.artist_by_id["tNlVelLTkD55Puvk0m5e9v"].name == "Nightjar Avenue"
        assert world.album_by_id["ljFv1QZEhkxaXqsUzpL4JI"].name == "Harbour Lights at Dawn"
        assert world.track_by_id["N5Nsdg2e67FsJcAciO5tNI"].name == "Paper Lanterns"


def test_a_world_is_large() -> None:
    assert len(WORLD.artists) >= 1_500
    assert len(WORLD.albums) >= 5_000
    assert len(WORLD.tracks) >= 25_000


def test_identifiers_are_well_formed_and_unique() -> None:
    ids = [
        *(artist.id for artist in WORLD.artists),
        *(album.id for album in WORLD.albums),
        *(track.id for track in WORLD.tracks),
        *(playlist.id for playlist in WORLD.playlists),
    ]
    assert len(set(ids)) == len(ids)
    assert all(map(is_spotify_id, ids))


def test_codes_are_well_formed_and_unique() -> None:
    assert len({track.isrc for track in WORLD.tracks}) == len(WORLD.tracks)
    assert {len(track.isrc) for track in WORLD.tracks} == {12}
    assert len({album.upc for album in WORLD.albums}) == len(WORLD.albums)
    assert {len(album.upc) for album in WORLD.albums} == {12}


def test_artists_have_names_of_their_own() -> None:
    assert len({artist.name for artist in WORLD.artists}) == len(WORLD.artists)


@pytest.mark.parametrize(
    "script",
    ["LATIN", "CYRILLIC", "GREEK", "HIRAGANA", "CJK", "HANGUL", "ARABIC", "HEBREW", "DEVANAGARI", "THAI"],
)
def test_every_script_has_artists_and_tracks(script: str) -> None:
    def uses(name: str) -> bool:
        return any(unicodedata.name(char, "").startswith(script) for char in name)

    assert sum(uses(artist.name) for artist in WORLD.artists) >= 20
    assert sum(uses(track.name) for track in WORLD.tracks) >= 300


def test_tracks_and_albums_agree_about_each_other() -> None:
    for album in WORLD.albums:
        tracks = [WORLD.tracks[number] for number in album.tracks]
        assert [track.position for track in tracks] == list(range(1, len(tracks) + 1))
        assert all(track.album == album.number and track.artists[0] == album.artist for track in tracks)


def test_nothing_is_released_after_the_day_of_the_world() -> None:
    assert max(album.released for album in WORLD.albums) <= TODAY.isoformat()


def test_a_guest_appears_on_albums_of_others_only() -> None:
    for artist in WORLD.artists[:50]:
        appearances = list(WORLD.appearances(artist))
        assert all(album.artist != artist.number for album in appearances)
        assert len({album.id for album in appearances}) == len(appearances)
