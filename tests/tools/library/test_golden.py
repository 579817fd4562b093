"""One test per action from each of the two sources, with inputs as that source documents them."""

from dataclasses import replace
from typing import Any

import pytest

from gateway.endpoint import Profile
from gateway.transport import Response
from pipeline import answer, things
from tool_rig import LIBRARY, Spotify, track
from tools.compat import Compat

CRUSH, LUCKY = "4cJPC6Y0d1ias1xK2lB9S2", "1301WleyT98MSxVHPZCA6M"
IDS = ["4iV5W9uYEdYUVa79Axb7Rh", "1301WleyT98MSxVHPZCA6M"]
URIS = ",".join(f"spotify:track:{one}" for one in IDS)
BOTH = pytest.mark.parametrize("compat", list(Compat))
TRACKS = [track(IDS[0], "Instant Crush", "Daft Punk"), track(IDS[1], "Get Lucky", "Daft Punk")]


def spotify(*, contains: list[bool] | None = None) -> Spotify:
    def script(_: str, url: str) -> Response:
        if "/me/library/contains" in url:
            return answer(contains)
        if "/v1/tracks/" in url:
            return answer(TRACKS[0])
        # Spotify does not promise JSON in answers to writes.
        return answer({"tracks": TRACKS}) if "/v1/tracks" in url else Response(200, {}, b"OK")

    return Spotify(script)


@BOTH
def test_the_catalogs_saved_tracks_are_answered_word_for_word(compat: Compat) -> None:
    crush = track(CRUSH, "Instant Crush", "Daft Punk", "Julian Casablancas")
    lucky = track(LUCKY, "Get Lucky", "Daft Punk", "Pharrell Williams")
    page = {"items": [{"added_at": "2026", "track": crush}, {"track": None}, {"track": lucky}], "total": 350}
    world = Spotify(lambda *_: answer(page))
    result = replace(LIBRARY, compat=compat).ask(world, action="tracks_get", limit=2, offset=0)
    slim = {
        CRUSH: {
            "type": "track",
            "id": CRUSH,
            "uri": f"spotify:track:{CRUSH}",
            "name": "Instant Crush",
            "artists": ["Daft Punk", "Julian Casablancas"],
        },
        LUCKY: {
            "type": "track",
            "id": LUCKY,
            "uri": f"spotify:track:{LUCKY}",
            "name": "Get Lucky",
            "artists": ["Daft Punk", "Pharrell Williams"],
        },
    }
    assert result.structured == {
        "ok": True,
        "action": "tracks_get",
        "_msg": "Loaded 2 saved track(s):\n"
        f"- Instant Crush — spotify:track:{CRUSH}\n"
        f"- Get Lucky — spotify:track:{LUCKY}",
        "byId": slim,
        "ids": [CRUSH, LUCKY],
        "limit": 2,
        "offset": 0,
        "total": 350,
        # Iceener's.
        "data": {"limit": 2, "offset": 0, "total": 350, "items": list(slim.values())},
        "upstream_calls": 1,
    }
    assert world.asked == [("GET /me/tracks?limit=2", None)]


def test_the_catalogs_check_is_answered_word_for_word() -> None:
    world = spotify(contains=[True, False])
    result = LIBRARY.ask(world, action="tracks_contains", ids=IDS)
    assert result.structured == {
        "ok": True,
        "action": "tracks_contains",
        "_msg": "Already saved: 1/2. Saved: Instant Crush",
        "ids": IDS,
        "contains": [True, False],
        "data": {"ids": IDS, "contains": [True, False]},
        "upstream_calls": 2,
    }
    assert world.asked[0] == (f"GET /me/library/contains?uris={URIS}", None)


def test_iceeners_check_names_saved_tracks_with_their_uris() -> None:
    result = replace(LIBRARY, compat=Compat.ICEENER).ask(
        spotify(contains=[True, True]), action="tracks_contains", ids=IDS
    )
    assert result.structured["data"] == {"ids": IDS, "contains": [True, True]}
    assert result.text == (
        f"Already saved: 2/2. Saved: Instant Crush — spotify:track:{IDS[0]}, Get Lucky — spotify:track:{IDS[1]}"
    )


@BOTH
def test_a_check_that_finds_nothing_costs_one_call(compat: Compat) -> None:
    world = spotify(contains=[False, False])
    result = replace(LIBRARY, compat=compat).ask(world, action="tracks_contains", ids=IDS)
    assert result.text == "Already saved: 0/2."
    assert len(world.sent) == 1


def test_an_app_without_batches_names_no_more_than_two_calls_can() -> None:
    ids = [f"{number:022d}" for number in range(5)]

    def script(method: str, url: str) -> Any:
        if "/me/library/contains" in url:
            return answer([True] * 5)
        return answer(track(url[-22:], f"Song {url[-1]}")) if "/tracks/" in url else things(method, url)

    world = Spotify(script)
    result = replace(LIBRARY, profile=Profile.DEVELOPMENT).ask(world, action="tracks_contains", ids=ids)
    assert result.text == "Already saved: 5/5. Saved: Song 0, Song 1 and 3 more"
    assert result.structured["upstream_calls"] == len(world.sent) == 3


CHANGES = pytest.mark.parametrize(
    ("action", "method", "done"), [("tracks_add", "PUT", "saved"), ("tracks_remove", "DELETE", "removed")]
)


@CHANGES
def test_the_catalogs_changes_tell_the_ids(action: str, method: str, done: str) -> None:
    world = spotify()
    result = LIBRARY.ask(world, action=action, ids=IDS)
    assert result.structured == {
        "ok": True,
        "action": action,
        "_msg": f"library.{action}: 2 {done}",
        "ids": IDS,
        "data": {done: 2, "ids": IDS},
        "upstream_calls": 1,
    }
    assert world.asked == [(f"{method} /me/library?uris={URIS}", None)]


@CHANGES
def test_iceeners_changes_name_the_tracks(action: str, method: str, done: str) -> None:
    world = spotify()
    result = replace(LIBRARY, compat=Compat.ICEENER).ask(world, action=action, ids=IDS)
    assert result.structured["data"] == {done: 2, "ids": IDS}
    assert world.asked[0][0].startswith(method)
    assert result.text == (
        f"library.{action}: 2 {done}: Instant Crush — spotify:track:{IDS[0]}, Get Lucky — spotify:track:{IDS[1]}"
    )
    assert result.structured["upstream_calls"] == len(world.sent) == 2
