"""Playlists as a whole: who sees them, who may change them, and what became of them."""

import base64
from typing import Any

import pytest

from ops.simulator import World
from ops.simulator.people.founders import DAILY, DRAFT, FERRY, HARBOUR, LONG, ODDS, PRIVATE, TABLE, playlist_id

WORLD = World.of(1)
OF = {name: playlist_id("demo", name) for name in (LONG, FERRY, TABLE, PRIVATE, ODDS)}
OF |= {name: playlist_id("friend", name) for name in (HARBOUR, DRAFT)} | {DAILY: playlist_id("spotify", DAILY)}
JPEG = b"\xff\xd8\xff\xe0" + b"picture" * 20
MODIFY = "playlist-modify-public playlist-modify-private"


def path(name: str, tail: str = "") -> str:
    return f"/v1/playlists/{OF[name]}{tail}"


async def signed_in(start: Any, user: str = "demo", scopes: str = "all", **settings: Any) -> Any:
    spotify = await start(**{"profile": "extended"} | settings)
    await spotify.login(user, scopes)
    return spotify


async def names(spotify: Any, where: str = "/v1/me/playlists") -> list[str | None]:
    return [item and item["name"] for item in (await spotify.get(where)).body["items"]]


async def test_own_and_followed_playlists_are_listed_and_spotify_s_are_null(start: Any) -> None:
    spotify = await signed_in(start)
    assert await names(spotify) == [ODDS, PRIVATE, TABLE, FERRY, LONG, None, HARBOUR]
    assert (await spotify.get(path(DAILY))).message == "Resource not found"
    assert (await spotify.get(path(DAILY, "/items"))).status == 404


async def test_a_token_is_told_of_private_playlists_only_with_the_scope(start: Any) -> None:
    spotify = await signed_in(start, scopes="user-top-read")
    assert await names(spotify) == [ODDS, FERRY, LONG, None, HARBOUR]
    await spotify.login("demo", "playlist-read-collaborative")
    assert TABLE in await names(spotify)


@pytest.mark.parametrize(
    ("name", "user", "scopes", "status"),
    [
        (FERRY, None, "", 200),
        (FERRY, "freebie", "streaming", 200),
        (PRIVATE, "demo", "playlist-read-private", 200),
        (PRIVATE, "demo", "playlist-read-collaborative", 403),
        (PRIVATE, "friend", "all", 404),
        (PRIVATE, None, "", 404),
        (TABLE, "friend", "playlist-read-collaborative", 200),
        (TABLE, "friend", "playlist-read-private", 403),
        (TABLE, "freebie", "all", 404),
        (DRAFT, "demo", "all", 404),
    ],
)
async def test_privacy_and_scope_decide_who_reads(
    start: Any, name: str, user: str | None, scopes: str, status: int
) -> None:
    spotify = await start(profile="extended")
    if user is not None:
        await spotify.login(user, scopes)
    for tail in ("", "/tracks", "/items", "/images"):
        assert (await spotify.get(path(name, tail))).status == status, tail


async def test_a_playlist_is_whole(start: Any) -> None:
    spotify = await signed_in(start)
    body = (await spotify.get(path(LONG))).body
    assert (body["name"], body["owner"]["id"], body["public"], body["collaborative"]) == (
        LONG,
        "demo",
        True,
        False,
    )
    assert (body["tracks"]["total"], len(body["tracks"]["items"]), body["tracks"]["offset"]) == (264, 50, 0)
    first = body["tracks"]["items"][0]
    assert (first["added_by"]["id"], first["is_local"], first["track"]["name"]) == (
        "demo",
        False,
        "Paper Lanterns",
    )
    rest = (await spotify.get(body["tracks"]["next"].removeprefix("https://api.spotify.com"))).body
    assert (rest["offset"], rest["previous"]) == (50, body["tracks"]["href"])
    assert "items" not in body


async def test_a_playlist_of_the_catalogue_is_the_one_that_search_found(start: Any) -> None:
    spotify = await signed_in(start)
    found = (await spotify.get("/v1/search", q="mix", type="playlist")).body["playlists"]["items"]
    listed = next(item for item in found if item)
    body = (await spotify.get(f"/v1/playlists/{listed['id']}")).body
    assert {name: body[name] for name in listed if name != "tracks"} == {
        name: listed[name] for name in listed if name != "tracks"
    }
    assert body["tracks"]["total"] == listed["tracks"]["total"]


async def test_a_new_development_application_sees_contents_of_shared_playlists_only(start: Any) -> None:
    spotify = await signed_in(start, profile="development")
    own = (await spotify.get(path(FERRY))).body
    assert own["items"]["items"][0]["item"]["name"] == "Paper Lanterns"
    assert not {"tracks", "track"} & {*own, *own["items"]["items"][0]}
    assert own["items"]["href"].endswith("/items?offset=0&limit=50")
    others = (await spotify.get(path(HARBOUR))).body
    assert others["name"] == HARBOUR
    assert not {"items", "tracks"} & others.keys()
    assert (await spotify.get(path(HARBOUR, "/items"))).status == 403
    await spotify.login("friend")
    assert (await spotify.get(path(TABLE))).body["items"]["total"] == 12
    assert (await spotify.get(path(TABLE, "/items"))).status == 200


async def test_fields_reach_the_playlist_and_its_items(start: Any) -> None:
    spotify = await signed_in(start)
    whole = await spotify.get(path(ODDS), fields="name,tracks(total,items(track.name))")
    assert whole.body == {
        "name": ODDS,
        "tracks": {
            "total": 6,
            "items": [
                {"track": {"name": "Paper Lanterns"}},
                {"track": None},
                {"track": {"name": "Night Ferry"}},
                {"track": {"name": "Paper Lanterns"}},
                {"track": {"name": "Rehearsal Tape"}},
                {"track": None},
            ],
        },
    }
    assert (await spotify.get(path(ODDS), fields="name,")).message == "Invalid fields"


async def test_a_known_etag_is_answered_without_a_body_and_counts(start: Any) -> None:
    spotify = await signed_in(start, limit=3)
    first = await spotify.get(path(FERRY))
    tag = {"If-None-Match": f'W/"other", {first.headers["ETag"]}'}
    again = await spotify.send("GET", path(FERRY), headers=tag)
    assert (again.status, again.body, again.headers["ETag"]) == (304, "", first.headers["ETag"])
    await spotify.send("GET", path(FERRY), headers=tag)
    assert (await spotify.send("GET", path(FERRY), headers=tag)).status == 429


async def test_a_change_makes_the_etag_stale(start: Any) -> None:
    spotify = await signed_in(start)
    before = await spotify.get(path(FERRY))
    assert (await spotify.send("PUT", path(FERRY), json={"description": "New."})).body == ""
    after = await spotify.send("GET", path(FERRY), headers={"If-None-Match": before.headers["ETag"]})
    assert (after.status, after.body["description"]) == (200, "New.")
    assert after.body["snapshot_id"] != before.body["snapshot_id"]


@pytest.mark.parametrize("where", ["/v1/me/playlists", "/v1/users/demo/playlists"])
async def test_a_new_playlist_is_empty_and_listed_first(start: Any, where: str) -> None:
    spotify = await signed_in(start)
    made = await spotify.send("POST", where, json={"name": "Fresh", "public": False, "description": "d"})
    assert made.status == 201
    assert (made.body["public"], made.body["tracks"]["total"], made.body["images"]) == (False, 0, [])
    assert (await names(spotify))[0] == "Fresh"
    assert (await spotify.get(f"/v1/playlists/{made.body['id']}")).body["description"] == "d"


async def test_a_playlist_is_public_unless_said_otherwise(start: Any) -> None:
    spotify = await signed_in(start)
    assert (await spotify.send("POST", "/v1/me/playlists", json={"name": "x"})).body["public"] is True


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (None, "Missing required field: name"),
        ({"public": True}, "Missing required field: name"),
        ({"name": ""}, "Invalid field: name"),
        ({"name": 5}, "Invalid field: name"),
        ({"name": "x", "public": "yes"}, "Invalid field: public"),
        ({"name": "x", "collaborative": True}, "Collaborative playlists can not be public"),
    ],
)
async def test_a_playlist_that_cannot_be_is_not_made(start: Any, body: Any, message: str) -> None:
    spotify = await signed_in(start)
    answer = await spotify.send("POST", "/v1/me/playlists", json=body)
    assert (answer.status, answer.message) == (400, message)


async def test_playlists_are_made_for_oneself_only(start: Any) -> None:
    spotify = await signed_in(start)
    assert (await spotify.send("POST", "/v1/users/friend/playlists", json={"name": "x"})).status == 403
    await spotify.login("demo", "playlist-modify-public")
    private = {"name": "x", "public": False}
    assert (await spotify.send("POST", "/v1/me/playlists", json=private)).message == "Insufficient client scope"
    assert (await spotify.send("POST", "/v1/me/playlists", json={"name": "x"})).status == 201


@pytest.mark.parametrize(
    ("name", "user", "scopes", "body", "status"),
    [
        (FERRY, "demo", "playlist-modify-public", {"name": "New"}, 200),
        (FERRY, "demo", "playlist-modify-private", {"name": "New"}, 403),
        (FERRY, "demo", "playlist-modify-public", {"public": False}, 403),
        (FERRY, "demo", MODIFY, {"public": False}, 200),
        (FERRY, "demo", MODIFY, {"collaborative": True}, 400),
        (FERRY, "demo", MODIFY, {"collaborative": True, "public": False}, 200),
        (FERRY, "friend", MODIFY, {"name": "New"}, 403),
        (TABLE, "friend", MODIFY, {"name": "New"}, 403),
        (PRIVATE, "friend", MODIFY, {"name": "New"}, 404),
        (PRIVATE, "demo", "playlist-modify-private", {"name": "New"}, 200),
        (DAILY, "demo", MODIFY, {"name": "New"}, 404),
    ],
)
async def test_owner_and_scope_decide_who_changes(
    start: Any, *, name: str, user: str, scopes: str, body: Any, status: int
) -> None:
    spotify = await signed_in(start, user, scopes)
    assert (await spotify.send("PUT", path(name), json=body)).status == status


async def test_public_playlists_of_others_are_listed(start: Any) -> None:
    spotify = await start(profile="extended")
    assert await names(spotify, "/v1/users/demo/playlists") == [LONG, FERRY, ODDS]
    assert None in await names(spotify, "/v1/users/quietkeys/playlists?limit=50")
    assert (await spotify.get("/v1/users/nobody-at-all/playlists")).status == 404


@pytest.mark.parametrize("new", [False, True])
async def test_following_adds_to_list_and_count(start: Any, *, new: bool) -> None:
    spotify = await signed_in(start, "freebie")
    target = f"/v1/me/library?uris=spotify:playlist:{OF[FERRY]}" if new else path(FERRY, "/followers")
    fans = (await spotify.get(path(FERRY))).body["followers"]["total"]
    asked = path(FERRY, "/followers/contains")
    for method, follows in (("PUT", True), ("DELETE", False)):
        answer = await spotify.send(method, target)
        assert (answer.status, answer.body) == (200, "")
        assert (await spotify.get(asked)).body == [follows]
        assert (FERRY in await names(spotify)) is follows
        assert (await spotify.get(path(FERRY))).body["followers"]["total"] == fans + follows


async def test_one_asks_about_oneself_only(start: Any) -> None:
    spotify = await signed_in(start, "friend")
    assert (await spotify.get(path(FERRY, "/followers/contains"), ids="friend")).body == [True]
    assert (await spotify.get(path(FERRY, "/followers/contains"), ids="demo")).status == 400
    assert (await spotify.get(path(FERRY, "/followers/contains"), ids="friend,demo")).status == 400


async def test_what_one_may_not_read_cannot_be_followed(start: Any) -> None:
    spotify = await signed_in(start)
    assert (await spotify.send("PUT", path(DRAFT, "/followers"))).status == 404
    assert (await spotify.send("PUT", f"/v1/me/library?uris=spotify:playlist:{OF[DRAFT]}")).status == 400


async def test_dropping_one_s_own_playlist_only_unlists_it(start: Any) -> None:
    spotify = await signed_in(start)
    await spotify.send("DELETE", path(FERRY, "/followers"))
    assert FERRY not in await names(spotify)
    assert (await spotify.get(path(FERRY))).status == 200


async def test_an_uploaded_cover_appears(start: Any) -> None:
    spotify = await signed_in(start)
    before = (await spotify.get(path(FERRY))).body
    answer = await spotify.send("PUT", path(FERRY, "/images"), data=base64.b64encode(JPEG))
    assert (answer.status, answer.body) == (202, "")
    after = (await spotify.get(path(FERRY))).body
    assert after["images"] != before["images"]
    assert after["snapshot_id"] != before["snapshot_id"]
    assert (await spotify.get(path(FERRY, "/images"))).body == after["images"]


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"", 400),
        (b"***", 400),
        (JPEG, 400),
        (base64.b64encode(b"GIF89a"), 400),
        (base64.b64encode(JPEG + bytes(192 * 1024 - len(JPEG))), 202),
        (base64.b64encode(JPEG + bytes(192 * 1024 + 1 - len(JPEG))), 413),
        (b"A" * 1_000_000, 413),
    ],
    ids=["empty", "not Base64", "raw", "no JPEG", "largest", "too large", "far too large"],
)
async def test_a_cover_is_a_small_jpeg_in_base64(start: Any, data: bytes, status: int) -> None:
    spotify = await signed_in(start)
    assert (await spotify.send("PUT", path(FERRY, "/images"), data=data)).status == status


async def test_a_cover_needs_a_scope_of_its_own(start: Any) -> None:
    spotify = await signed_in(start, scopes=MODIFY)
    assert (await spotify.send("PUT", path(FERRY, "/images"), data=base64.b64encode(JPEG))).status == 403


async def test_the_routes_of_old_are_gone_from_new_development_applications(start: Any) -> None:
    spotify = await signed_in(start, profile="development")
    for method, where in (
        ("PUT", path(FERRY, "/followers")),
        ("DELETE", path(FERRY, "/followers")),
        ("GET", path(FERRY, "/followers/contains")),
        ("GET", path(FERRY, "/tracks")),
        ("POST", path(FERRY, "/tracks")),
        ("PUT", path(FERRY, "/tracks")),
        ("DELETE", path(FERRY, "/tracks")),
        ("GET", "/v1/users/demo/playlists"),
        ("POST", "/v1/users/demo/playlists"),
    ):
        answer = await spotify.send(method, where)
        assert (answer.status, answer.message) == (403, "Forbidden"), (method, where)
