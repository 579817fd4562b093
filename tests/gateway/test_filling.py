"""What a list holds fills single reads, if and only if it is what they would answer; no body makes it fail."""

import gc
import tracemalloc
from collections.abc import Mapping
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cache import Answer
from gateway.catalogue import CATALOGUE
from gateway.filling import MOST, Filled, filled
from gateway.params import UpstreamRequest, render

A, B, C = (letter * 22 for letter in "abc")
LISTS = [entry for entry in CATALOGUE.values() if entry.fills]


def track(name: str, **more: Any) -> dict[str, Any]:
    return {
        "album": {"id": C, "type": "album", "uri": f"spotify:album:{C}", "artists": []},
        "artists": [],
        "external_ids": {"isrc": "X"},
        "id": name,
        "type": "track",
        "uri": f"spotify:track:{name}",
    } | more


def fill(endpoint_id: str, document: Any, *, status: int = 200, **query: Any) -> list[Filled]:
    request = UpstreamRequest("GET", "/list", tuple(sorted(query.items())))
    answer = Answer(status, orjson.dumps(document))
    return filled(CATALOGUE[endpoint_id], request, answer, catalogue=CATALOGUE)


def told(found: list[Filled]) -> list[tuple[str, str, bool]]:
    return [(one.endpoint_id, one.request.path, one.whole) for one in found]


def test_a_track_of_a_list_is_the_answer_of_its_own_read() -> None:
    thing = track(A)
    whole, part = fill("get-several-tracks", {"tracks": [thing]}, ids=A)
    assert whole.request == render(CATALOGUE["get-track"], {"id": A})
    assert whole.answer == Answer(200, orjson.dumps(thing))
    assert whole.whole
    assert part.request == render(CATALOGUE["get-an-album"], {"id": C})
    assert part.answer == Answer(200, orjson.dumps(thing["album"]))
    assert not part.whole


def test_the_market_of_the_list_is_that_of_the_read() -> None:
    document = {"artists": {"items": [artist()]}, "tracks": {"items": [track(A, is_playable=True)]}}
    found = {one.endpoint_id: one.request for one in fill("search", document, q="x", type="track", market="DE")}
    assert found["get-track"] == render(CATALOGUE["get-track"], {"id": A, "market": "DE"})
    # Artists are the same everywhere, and their read takes no market.
    assert found["get-an-artist"] == render(CATALOGUE["get-an-artist"], {"id": B})


def artist() -> dict[str, Any]:
    return {"id": B, "type": "artist", "uri": f"spotify:artist:{B}", "genres": [], "images": []}


@pytest.mark.parametrize(
    "thing",
    [
        None,
        "a track",
        track("short"),
        track(A, id=None),
        track(A, id=[A]),
        track(A, type="episode"),
        track(A, type=None),
        track(A, type=["track"]),
        track(A, uri="spotify:local:Garage+Days::Tape:184"),
        track(A, uri=None),
        track(A, is_local=True),
        # Another track stands in for the one that is asked for, and names it.
        track(A, linked_from={"id": B, "type": "track"}),
    ],
)
def test_what_its_own_id_would_not_fetch_is_passed_over(thing: Any) -> None:
    found = fill("get-users-saved-tracks", {"items": [{"track": thing}, {"track": track(B)}, None, {}]})
    assert [one.request.path for one in found if one.endpoint_id == "get-track"] == [f"/tracks/{B}"]


def test_what_a_batch_was_not_asked_for_is_passed_over() -> None:
    found = fill("get-several-tracks", {"tracks": [track(A), track(B)]}, ids=f"{B},{C}")
    assert ("get-track", f"/tracks/{B}", True) in told(found)
    assert f"/tracks/{A}" not in {one.request.path for one in found}


@pytest.mark.parametrize("missing", ["album", "external_ids"])
def test_a_track_that_lacks_what_full_ones_have_is_a_part(missing: str) -> None:
    thing = track(A)
    del thing[missing]
    assert ("get-track", f"/tracks/{A}", False) in told(fill("get-recommendations", {"tracks": [thing]}))


def test_a_track_that_tells_its_markets_though_one_was_named_is_a_part() -> None:
    document = {"tracks": [track(A, available_markets=["DE"])]}
    assert ("get-track", f"/tracks/{A}", True) in told(fill("get-an-artists-top-tracks", document))
    assert ("get-track", f"/tracks/{A}", False) in told(fill("get-an-artists-top-tracks", document, market="DE"))


@pytest.mark.parametrize("spoiling", ["fields", "country", "include_external"])
def test_a_list_that_was_asked_in_a_way_single_reads_cannot_is_not_used(spoiling: str) -> None:
    document = {"items": [{"track": track(A)}]}
    assert fill("get-playlists-tracks", document)
    query: dict[str, Any] = {spoiling: "x"}
    assert not fill("get-playlists-tracks", document, **query)


@pytest.mark.parametrize("status", [201, 304, 404, 429, 500])
def test_only_a_good_answer_is_used(status: int) -> None:
    assert not fill("get-several-tracks", {"tracks": [track(A)]}, status=status)


def test_what_only_playlists_say_of_a_track_is_left_out() -> None:
    thing = track(A)
    document = {"items": [{"item": thing | {"episode": False, "track": True}}]}
    whole = fill("get-playlists-items", document)[0]
    assert orjson.loads(whole.answer.body) == thing


def test_whole_objects_come_first_and_each_thing_once() -> None:
    album = {
        "id": C,
        "type": "album",
        "uri": f"spotify:album:{C}",
        "artists": [artist_named()],
        "copyrights": [],
        "external_ids": {},
        "tracks": {"items": [simple(A), simple(B), simple(A)]},
    }
    assert told(fill("get-users-saved-albums", {"items": [{"album": album}, {"album": album}]})) == [
        ("get-an-album", f"/albums/{C}", True),
        ("get-an-artist", f"/artists/{B}", False),
        ("get-track", f"/tracks/{A}", False),
        ("get-track", f"/tracks/{B}", False),
    ]


def artist_named() -> dict[str, Any]:
    return {"id": B, "type": "artist", "uri": f"spotify:artist:{B}", "name": "B"}


def simple(name: str) -> dict[str, Any]:
    return {"id": name, "type": "track", "uri": f"spotify:track:{name}", "artists": [artist_named()]}


def test_a_whole_one_takes_the_place_of_a_part() -> None:
    thing = track(A)
    part = {name: value for name, value in thing.items() if name != "external_ids"}
    found = fill("get-users-saved-tracks", {"items": [{"track": part}, {"track": thing}, {"track": part}]})
    assert [orjson.loads(one.answer.body) for one in found if one.endpoint_id == "get-track"] == [thing]


def test_podcasts_that_a_search_shows_without_a_market_are_passed_over() -> None:
    show = {"id": A, "type": "show", "uri": f"spotify:show:{A}"}
    assert not fill("search", {"shows": {"items": [show]}}, q="x", type="show")
    assert told(fill("search", {"shows": {"items": [show]}}, q="x", type="show", market="US")) == [
        ("get-a-show", f"/shows/{A}", False)
    ]


def test_one_answer_fills_no_more_than_so_many() -> None:
    names = [f"{number:022d}" for number in range(600)]
    found = fill("get-several-tracks", {"tracks": [track(name) for name in names]}, ids=",".join(names))
    assert len(found) == MOST
    assert all(one.whole for one in found)


def test_nesting_that_can_be_read_but_not_written_is_passed_over() -> None:
    deep = b"[" * 300 + b"]" * 300
    body = b'{"tracks":[%s]}' % orjson.dumps(track(A, deep=0)).replace(b'"deep":0', b'"deep":' + deep)
    request = UpstreamRequest("GET", "/tracks", (("ids", A),))
    found = filled(CATALOGUE["get-several-tracks"], request, Answer(200, body), catalogue=CATALOGUE)
    assert "get-track" not in {one.endpoint_id for one in found}


NAMES = st.sampled_from(
    [part.removesuffix("[]") for entry in LISTS for f in entry.fills for part in f.at.split(".")]
)
WORDS = st.sampled_from([A, B, "track", "album", "artist", "audio_features", f"spotify:track:{A}", ""])
LEAVES = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats() | WORDS | st.text(max_size=5)
KEYS = NAMES | st.sampled_from(["id", "type", "uri", "linked_from", "is_local"])
DOCUMENTS = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=6)
)


@given(entry=st.sampled_from(LISTS), document=DOCUMENTS)
def test_no_document_makes_it_fail(entry: Any, document: Any) -> None:
    body = orjson.dumps(document)
    check(filled(entry, UpstreamRequest("GET", entry.path), Answer(200, body), catalogue=CATALOGUE))


@given(entry=st.sampled_from(LISTS), body=st.binary(max_size=200), query=st.dictionaries(st.text(), st.text()))
def test_no_bytes_make_it_fail(entry: Any, body: bytes, query: Mapping[str, str]) -> None:
    request = UpstreamRequest("GET", entry.path, tuple(query.items()))
    check(filled(entry, request, Answer(200, body), catalogue=CATALOGUE))


def check(found: list[Filled]) -> None:
    for one in found:
        thing = orjson.loads(one.answer.body)
        assert one.request == render(CATALOGUE[one.endpoint_id], {"id": thing["id"]})


def test_what_fills_the_cache_takes_no_more_room_than_it_says() -> None:
    # As large as those of Spotify, beside which what a bytes object needs for itself is little.
    tracks = [track(f"{number:022}", available_markets=["US"] * 150) for number in range(50)]
    kept: list[bytes] = []
    tracemalloc.start()
    try:
        for _ in range(10):
            kept += [one.answer.body for one in fill("search", {"tracks": {"items": tracks}})]
        gc.collect()
        taken = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert taken < 1.2 * sum(map(len, kept))
