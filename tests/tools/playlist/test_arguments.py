from typing import Any

import pytest

from pipeline import answer
from tool_rig import PLAYLISTS, Spotify, called, many
from tools.tool import BadArguments
from virtual_time import run

ID = "37i9dQZF1DXcBWIGoYBM5M"
UNREAD = (
    "must name a track or episode by its id (22 letters and digits), its URI (spotify:track:…) "
    "or its link (https://open.spotify.com/track/…)"
)
URI = "spotify:track:4iV5W9uYEdYUVa79Axb7Rh"


def refusal(**arguments: Any) -> list[str]:
    spotify = Spotify(lambda *_: answer({}))
    with pytest.raises(BadArguments) as refused:
        PLAYLISTS.ask(spotify, **arguments)
    assert spotify.sent == []
    return refused.value.problems


@pytest.mark.parametrize(
    ("arguments", "missing"),
    [
        ({"action": "get"}, ["playlist_id"]),
        ({"action": "items"}, ["playlist_id"]),
        ({"action": "update_details", "name": "Focus"}, ["playlist_id"]),
        ({"action": "update_details", "playlist_id": ID}, ["name or description or public or collaborative"]),
        ({"action": "add_items", "playlist_id": ID, "uris": []}, ["uris or tracks"]),
        ({"action": "remove_items", "uris": [URI]}, ["playlist_id"]),
        ({"action": "reorder_items", "playlist_id": ID}, ["range_start", "insert_before"]),
        ({"action": "reorder_items", "playlist_id": ID, "range_start": 0}, ["insert_before"]),
    ],
)
def test_what_an_action_lacks_is_named_and_a_right_call_shown(
    arguments: dict[str, Any], missing: list[str]
) -> None:
    *said, example = refusal(**arguments)
    assert said == [f"{name} is missing: {arguments['action']} needs it" for name in missing]
    assert example.startswith(f'for example {{"action":"{arguments["action"]}","playlist_id":"{ID}"')


@pytest.mark.parametrize("action", ["fly", 7, None, ["get"]])
def test_an_unknown_action_is_told_those_that_there_are(action: object) -> None:
    said, example = refusal(action=action)
    assert said.startswith("action: Input should be 'list_user', 'get', ")
    assert example == 'for example {"action":"list_user","limit":20}'


def test_things_of_a_wrong_kind_are_each_told() -> None:
    assert refusal(
        action="add_items", playlist_id=f"spotify:album:{ID}", uris=[URI, f"spotify:artist:{ID}", "Instant Crush"]
    )[:-1] == [
        "playlist_id: names a thing of the kind album; it must be a playlist",
        "uris.1: names a thing of the kind artist; it must be a track or episode",
        f"uris.2: {UNREAD}",
    ]


def test_a_list_that_is_all_wrong_is_not_told_at_full_length() -> None:
    problems = refusal(action="add_items", playlist_id=ID, uris=["x"] * 400)
    assert len(problems) == 7
    assert problems[5] == "and 395 more like these"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"limit": 51}, "limit: "),
        ({"limit": 0}, "limit: "),
        ({"limit": 2.5}, "limit: "),
        ({"offset": 100_001}, "offset: "),
        ({"market": "USA"}, "market: "),
        ({"additional_types": "show"}, "additional_types: "),
        ({"name": " "}, "name: "),
        ({"uris": many(501)}, "uris: "),
        ({"tracks": [{"uri": URI, "positions": [3]}]}, "tracks.0.positions: "),
        ({"uris": [URI], "tracks": [{"uri": f"spotify:track:{ID}"}]}, "arguments: uris and tracks differ"),
        ({"range_start": -1}, "range_start: "),
        ({"range_length": 0}, "range_length: "),
        ({"colour": "red"}, "colour: "),
    ],
)
def test_arguments_outside_the_schema_are_refused(arguments: dict[str, Any], said: str) -> None:
    assert refusal(action="list_user", **arguments)[0].startswith(said)


def test_a_text_that_the_gateway_finds_too_long_is_the_agents_to_mend() -> None:
    [said] = refusal(action="create", description="x" * 1001)
    assert said == "description: must not be longer than 1000 characters"
    assert refusal(action="create", description="x" * 1001, dry_run=True) == [said]


def test_what_belongs_to_other_actions_does_no_harm() -> None:
    spotify = Spotify(lambda *_: answer({"snapshot_id": "s"}, 201))
    result = PLAYLISTS.ask(
        spotify,
        action="add_items",
        playlist_id=f"https://open.spotify.com/playlist/{ID}?si=1",
        uris=[URI.rpartition(":")[2]],
        tracks=[{"uri": URI}],
        limit=20,
        offset=0,
        market=None,
        name="Focus",
        range_start=0,
        mode="slim",
    )
    assert not result.is_error
    assert spotify.asked == [(f"POST /playlists/{ID}/items", {"uris": [URI]})]


def test_the_reader_takes_the_reading_actions_and_no_other() -> None:
    async def main() -> None:
        spotify = Spotify(lambda *_: answer({"items": [], "total": 0}))
        reader = PLAYLISTS.tool(spotify).reader
        assert reader is not None
        assert (await called(reader, PLAYLISTS, action="list_user")).text == "Found 0 playlists."
        for action in ("create", "update_details", "add_items", "remove_items", "reorder_items"):
            with pytest.raises(BadArguments, match="Input should be 'list_user', 'get' or 'items'"):
                await called(reader, PLAYLISTS, action=action, playlist_id=ID)
        assert len(spotify.sent) == 1

    run(main())
