"""Parameters are refused in Spotify's words, and only the wrong ones."""

from typing import Any

import pytest

from ops.simulator.world.ids import spotify_id

NIGHTJAR = spotify_id("artist", "Nightjar Avenue")
HARBOUR = spotify_id("album", "Nightjar Avenue", "Harbour Lights at Dawn")
UNKNOWN = "0" * 22
QUERY = "/v1/search?q=paper&type=track"


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/v1/tracks/short", "Invalid base62 id"),
        (f"/v1/albums/{'é' * 22}", "Invalid base62 id"),
        (f"/v1/artists/{UNKNOWN}0", "Invalid base62 id"),
        (f"/v1/tracks?ids={UNKNOWN},short", "Invalid base62 id"),
        (f"/v1/tracks?ids={UNKNOWN},", "Invalid base62 id"),
        ("/v1/tracks", "Missing required field: ids"),
        ("/v1/tracks?ids=", "Missing required field: ids"),
        (f"/v1/tracks?ids={','.join([UNKNOWN] * 51)}", "Too many ids requested"),
        (f"/v1/albums?ids={','.join([UNKNOWN] * 21)}", "Too many ids requested"),
        (f"/v1/artists?ids={','.join([UNKNOWN] * 51)}", "Too many ids requested"),
        (f"/v1/audio-features?ids={','.join([UNKNOWN] * 101)}", "Too many ids requested"),
        ("/v1/search?type=track", "No search query"),
        ("/v1/search?q=%20&type=track", "No search query"),
        ("/v1/search?q=paper", "Missing parameter type"),
        ("/v1/search?q=paper&type=", "Missing parameter type"),
        ("/v1/search?q=paper&type=track,song", "Bad search type field song"),
        (f"{QUERY}&market=us", "Invalid market"),
        (f"{QUERY}&market=ZZ", "Invalid market"),
        (f"{QUERY}&market=", "Invalid market"),
        (f"/v1/tracks/{UNKNOWN}?market=USA", "Invalid market"),
        (f"{QUERY}&offset=-1", "Invalid offset"),
        (f"{QUERY}&offset=1001", "Invalid offset"),
        (f"{QUERY}&offset=ten", "Invalid offset"),
        (f"{QUERY}&limit=0", "Invalid limit"),
        (f"{QUERY}&limit=-5", "Invalid limit"),
        (f"{QUERY}&limit=5.0", "Invalid limit"),
        (f"{QUERY}&limit=%D9%A5", "Invalid limit"),
        (f"{QUERY}&limit=", "Invalid limit"),
        (f"/v1/albums/{HARBOUR}/tracks?offset=-1", "Invalid offset"),
        (f"/v1/artists/{NIGHTJAR}/albums?include_groups=ep", "Invalid include_groups"),
    ],
)
async def test_a_wrong_parameter_is_a_400_in_these_words(start: Any, path: str, message: str) -> None:
    answer = await (await start(profile="extended_legacy")).get(path)
    assert answer.body == {"error": {"status": 400, "message": message}}
    assert answer.status == 400


@pytest.mark.parametrize(
    "path",
    [
        f"{QUERY}&offset=1000",
        f"{QUERY}&market=US",
        f"{QUERY}&market=CN",
        f"{QUERY}&include_external=audio",
        f"{QUERY}&colour=blue&timestamp=1",
        "/v1/search?query=paper&type=track",
        f"/v1/albums/{HARBOUR}/tracks?offset=5000",
        f"/v1/artists/{NIGHTJAR}/albums?include_groups=single,appears_on",
    ],
)
async def test_a_rare_but_right_or_unknown_parameter_is_accepted(start: Any, path: str) -> None:
    assert (await (await start()).get(path)).status == 200


@pytest.mark.parametrize("kind", ["tracks", "albums", "artists", "audio-features"])
async def test_an_unknown_id_is_a_404_alone_and_null_in_a_batch(start: Any, kind: str) -> None:
    spotify = await start(profile="extended_legacy")
    alone = await spotify.get(f"/v1/{kind}/{UNKNOWN}")
    assert (alone.status, alone.message) == (404, "Resource not found")
    batch = await spotify.get(f"/v1/{kind}", ids=f"{UNKNOWN},{UNKNOWN}")
    assert batch.body == {kind.replace("-", "_"): [None, None]}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/nothing/here", 404),
        ("GET", "/", 404),
        ("POST", "/v1/search", 405),
        ("DELETE", f"/v1/tracks/{UNKNOWN}", 405),
        ("GET", "/api/token", 405),
    ],
)
async def test_an_unknown_route_or_method_is_refused_in_the_usual_shape(
    start: Any, method: str, path: str, status: int
) -> None:
    answer = await (await start()).get(path, method=method)
    assert answer.status == status
    assert answer.body["error"]["status"] == status
    assert status == 405 or answer.message == "Service not found"
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert answer.headers["Cache-Control"] == "private, max-age=0"
