"""Items of a playlist are read, added, moved, replaced and removed on the paths of both generations."""

from typing import Any

import pytest

from ops.simulator import World
from ops.simulator.people.founders import FERRY, HARBOUR, LONG, ODDS, PRIVATE, TABLE, playlist_id

WORLD = World.of(1)
URIS = [f"spotify:track:{track.id}" for track in WORLD.tracks[2_000:2_120]]
UNKNOWN = f"spotify:track:{'0' * 22}"
BOTH = pytest.mark.parametrize(("plural", "singular"), [("items", "item"), ("tracks", "track")])


def path(name: str, plural: str = "items") -> str:
    return f"/v1/playlists/{playlist_id('friend' if name == HARBOUR else 'demo', name)}/{plural}"


async def signed_in(start: Any, user: str = "demo", scopes: str = "all", **settings: Any) -> Any:
    spotify = await start(**{"profile": "extended"} | settings)
    await spotify.login(user, scopes)
    return spotify


async def made(spotify: Any, count: int, plural: str = "items") -> str:
    """The path of a new playlist with the first URIs on it."""
    body = (await spotify.send("POST", "/v1/me/playlists", json={"name": "x"})).body
    where = f"/v1/playlists/{body['id']}/{plural}"
    if count:
        assert (await spotify.send("POST", where, json={"uris": URIS[:count]})).status == 201
    return where


async def order(spotify: Any, where: str) -> list[int]:
    key = "item" if where.endswith("items") else "track"
    page = (await spotify.get(where, limit=50)).body
    return [URIS.index(entry[key]["uri"]) for entry in page["items"]]


@BOTH
async def test_each_path_speaks_its_own_generation(start: Any, plural: str, singular: str) -> None:
    spotify = await signed_in(start)
    page = (await spotify.get(path(FERRY, plural), limit=2)).body
    assert page["items"][0][singular]["name"] == "Paper Lanterns"
    assert {"item", "track"} & page["items"][0].keys() == {singular}
    assert f"/{plural}?" in page["next"]


async def test_pages_join_into_the_whole(start: Any) -> None:
    spotify = await signed_in(start)
    where, seen = path(LONG) + "?limit=50&fields=next,items(item(id))", 0
    while where:
        page = (await spotify.get(where)).body
        assert page.keys() == {"next", "items"}
        seen += len(page["items"])
        where = (page["next"] or "").removeprefix("https://api.spotify.com")
    assert seen == 264


async def test_pages_hold_at_most_fifty(start: Any) -> None:
    spotify = await signed_in(start)
    assert (await spotify.get(path(LONG), limit=51)).message == "Invalid limit"
    assert len((await spotify.get(path(LONG))).body["items"]) == 20


async def test_what_cannot_be_shown_is_null_and_local_files_have_no_id(start: Any) -> None:
    spotify = await signed_in(start)

    async def types(**params: str) -> list[str | None]:
        items = (await spotify.get(path(ODDS), **params)).body["items"]
        return [entry["item"] and entry["item"]["type"] for entry in items]

    assert await types() == ["track", None, "track", "track", "track", None]
    assert await types(additional_types="track,episode") == ["track", "episode", "track", "track", "track", None]
    local = (await spotify.get(path(ODDS), offset=4, limit=1)).body["items"][0]
    assert (local["is_local"], local["item"]["id"], local["item"]["name"]) == (True, None, "Rehearsal Tape")
    assert (await spotify.get(path(ODDS), additional_types="film")).status == 400


async def test_items_of_others_are_for_applications_with_extended_access(start: Any) -> None:
    spotify = await start(profile="extended")
    assert (await spotify.get(path(HARBOUR))).status == 200
    spotify = await start(profile="development")
    assert (await spotify.get(path(HARBOUR))).message == "Valid user authentication required"


@BOTH
async def test_items_are_appended_or_inserted(start: Any, plural: str, singular: str) -> None:
    spotify = await signed_in(start)
    where = await made(spotify, 2, plural)
    spotify.now += 30
    answer = await spotify.send("POST", where, json={"uris": URIS[2:4], "position": 1})
    assert (answer.status, answer.body.keys()) == (201, {"snapshot_id"})
    assert (await spotify.send("POST", f"{where}?uris={URIS[4]}&position=0")).status == 201
    assert (await spotify.send("POST", f"{where}?uris={URIS[5]}")).status == 201
    assert (await spotify.send("POST", where, json=[URIS[6]])).status == 201
    assert await order(spotify, where) == [4, 0, 2, 3, 1, 5, 6]
    entry = (await spotify.get(where)).body["items"][2]
    assert (entry["added_at"], entry["added_by"]["id"]) == ("2026-11-20T12:00:30Z", "demo")
    assert entry[singular]["uri"] == URIS[2]


@BOTH
async def test_items_are_moved_by_range(start: Any, plural: str, singular: str) -> None:
    del singular
    spotify = await signed_in(start)
    where = await made(spotify, 6, plural)
    first = (await spotify.get(where.rpartition("/")[0])).body["snapshot_id"]
    wish = {"range_start": 0, "range_length": 2, "insert_before": 5, "snapshot_id": first}
    answer = await spotify.send("PUT", where, json=wish)
    assert (answer.status, answer.body.keys()) == (200, {"snapshot_id"})
    assert answer.body["snapshot_id"] != first
    assert await order(spotify, where) == [2, 3, 4, 0, 1, 5]
    await spotify.send("PUT", where, json={"range_start": 5, "insert_before": 0})
    assert await order(spotify, where) == [5, 2, 3, 4, 0, 1]


@BOTH
async def test_items_are_replaced_from_query_or_body_and_emptied(start: Any, plural: str, singular: str) -> None:
    del singular
    spotify = await signed_in(start)
    where = await made(spotify, 3, plural)
    assert (await spotify.send("PUT", where, json={"uris": URIS[5:8]})).status == 200
    assert await order(spotify, where) == [5, 6, 7]
    assert (await spotify.send("PUT", f"{where}?uris={URIS[1]},{URIS[1]}")).status == 200
    assert await order(spotify, where) == [1, 1]
    assert (await spotify.send("PUT", where, json={"uris": []})).status == 200
    assert await order(spotify, where) == []


@BOTH
async def test_every_occurrence_is_removed(start: Any, plural: str, singular: str) -> None:
    del singular
    spotify = await signed_in(start)
    where = await made(spotify, 3, plural)
    await spotify.send("POST", where, json={"uris": [URIS[0], URIS[1]]})
    wish = {plural: [{"uri": URIS[0]}, {"uri": UNKNOWN}]}
    assert (await spotify.send("DELETE", where, json=wish)).status == 200
    assert await order(spotify, where) == [1, 2, 1]


async def test_the_old_path_alone_removes_by_position_and_honours_an_earlier_snapshot(start: Any) -> None:
    spotify = await signed_in(start)
    where = await made(spotify, 3, "tracks")
    twice = await spotify.send("POST", where, json={"uris": [URIS[0]]})
    await spotify.send("POST", where, json={"uris": [URIS[9]], "position": 0})
    rows = [{"uri": URIS[0], "positions": [3]}]
    stale = {"tracks": rows, "snapshot_id": twice.body["snapshot_id"]}
    assert (await spotify.send("DELETE", where, json={"tracks": rows})).status == 400
    assert (await spotify.send("DELETE", where, json=stale)).status == 200
    assert await order(spotify, where) == [9, 0, 1, 2]
    new = where.replace("/tracks", "/items")
    answer = await spotify.send("DELETE", new, json={"items": [{"uri": URIS[0], "positions": [1]}]})
    assert (answer.status, answer.message) == (400, "Invalid field: positions")


async def test_one_song_can_be_removed_from_many_places_at_once(start: Any) -> None:
    spotify = await signed_in(start)
    where = await made(spotify, 2, "tracks")
    await spotify.send("POST", where, json={"uris": [URIS[0], URIS[2], URIS[0]]})
    rows = [{"uri": URIS[0], "positions": [0]}, {"uri": URIS[0], "positions": [4]}]
    mixed = {"tracks": [*rows, {"uri": URIS[1]}]}
    assert (await spotify.send("DELETE", where, json=mixed)).status == 400
    assert (await spotify.send("DELETE", where, json={"tracks": rows})).status == 200
    assert await order(spotify, where) == [1, 0, 2]


async def test_each_path_reads_the_key_of_its_generation_only(start: Any) -> None:
    spotify = await signed_in(start)
    for plural, other in (("items", "tracks"), ("tracks", "items")):
        where = await made(spotify, 1, plural)
        answer = await spotify.send("DELETE", where, json={other: [{"uri": URIS[0]}]})
        assert (answer.status, answer.message) == (400, f"Missing required field: {plural}")


@pytest.mark.parametrize(
    ("method", "body", "message"),
    [
        ("POST", None, "Missing required field: uris"),
        ("POST", {"uris": []}, "Missing required field: uris"),
        ("POST", "text", "Error parsing JSON."),
        ("POST", {"uris": URIS[0]}, "Invalid field: uris"),
        ("POST", {"uris": URIS[:101]}, "You can add a maximum of 100 tracks per request."),
        ("POST", {"uris": ["x"]}, "Invalid track uri: x"),
        ("POST", {"uris": [5]}, "Invalid track uri: 5"),
        ("POST", {"uris": [f"spotify:album:{WORLD.albums[0].id}"]}, None),
        ("POST", {"uris": [UNKNOWN]}, "Payload contains a non-existing ID"),
        ("POST", {"uris": URIS[:1], "position": 4}, "Index out of bounds"),
        ("POST", {"uris": URIS[:1], "position": -1}, "Invalid field: position"),
        ("POST", {"uris": URIS[:1], "position": True}, "Invalid field: position"),
        ("PUT", {}, "Missing required field: uris"),
        ("PUT", {"uris": URIS[:101]}, "You can add a maximum of 100 tracks per request."),
        ("PUT", {"range_start": 0}, "Invalid field: insert_before"),
        ("PUT", {"range_start": 3, "insert_before": 0}, "Index out of bounds"),
        ("PUT", {"range_start": 2, "range_length": 2, "insert_before": 0}, "Index out of bounds"),
        ("PUT", {"range_start": 0, "insert_before": 4}, "Index out of bounds"),
        ("PUT", {"range_start": 0, "insert_before": 1, "range_length": 0}, "Invalid field: range_length"),
        ("PUT", {"range_start": 0, "insert_before": 1, "snapshot_id": "x"}, "Invalid snapshot_id"),
        ("PUT", {"range_start": 0, "insert_before": 1, "snapshot_id": 5}, "Invalid field: snapshot_id"),
        (
            "PUT",
            {"range_start": 0, "insert_before": 1, "uris": []},
            "Items can be replaced or reordered, not both",
        ),
        ("DELETE", None, "Missing required field: items"),
        ("DELETE", {"items": []}, "Missing required field: items"),
        ("DELETE", {"items": [{"uri": URIS[0]}] * 101}, "You can remove a maximum of 100 tracks per request."),
        ("DELETE", {"items": [URIS[0]]}, "Invalid track uri: None"),
        ("DELETE", {"items": [{"uri": URIS[0]}], "snapshot_id": "x"}, "Invalid snapshot_id"),
    ],
)
async def test_a_wrong_wish_changes_nothing(start: Any, method: str, body: Any, message: str | None) -> None:
    spotify = await signed_in(start)
    where = await made(spotify, 3)
    answer = await spotify.send(method, where, json=body)
    assert answer.status == 400
    assert message is None or answer.message == message
    assert await order(spotify, where) == [0, 1, 2]


@pytest.mark.parametrize(
    ("name", "user", "scopes", "status"),
    [
        (FERRY, "demo", "playlist-modify-public", 201),
        (FERRY, "demo", "playlist-modify-private", 403),
        (FERRY, "friend", "all", 403),
        (TABLE, "friend", "playlist-modify-private", 201),
        (TABLE, "freebie", "all", 404),
        (PRIVATE, "demo", "playlist-modify-private", 201),
        (PRIVATE, "demo", "playlist-modify-public", 403),
        (HARBOUR, "demo", "all", 403),
    ],
)
async def test_owner_collaborator_and_scope_decide_who_writes(
    start: Any, name: str, user: str, scopes: str, status: int
) -> None:
    spotify = await signed_in(start, user, scopes, profile="development")
    assert (await spotify.send("POST", path(name), json={"uris": URIS[:1]})).status == status


async def test_an_episode_can_be_put_on_a_playlist(start: Any) -> None:
    spotify = await signed_in(start)
    where = await made(spotify, 0)
    uri = f"spotify:episode:{WORLD.episodes[0].id}"
    assert (await spotify.send("POST", where, json={"uris": [uri]})).status == 201
    items = (await spotify.get(where, additional_types="episode")).body["items"]
    assert [entry["item"]["uri"] for entry in items] == [uri]


async def test_two_simulators_do_not_share_playlists(start: Any) -> None:
    one, other = await signed_in(start), await signed_in(start)
    await one.send("PUT", path(FERRY), json={"uris": []})
    assert (await other.get(path(FERRY))).body["total"] == 24
