"""Who a user is, to oneself and to others, and what one listens to."""

from typing import Any

import pytest

ALWAYS = {"account_id", "display_name", "external_urls", "href", "id", "images", "type", "uri"}
PRIVATE = {"country", "explicit_content", "product"}


@pytest.mark.parametrize(
    ("scopes", "more"),
    [
        ("streaming", set()),
        ("user-read-private", PRIVATE),
        ("user-read-email", {"email"}),
        ("all", {*PRIVATE, "email"}),
    ],
)
async def test_scopes_reveal_oneself_in_part(start: Any, scopes: str, more: set[str]) -> None:
    spotify = await start(profile="extended")
    await spotify.login("demo", scopes)
    assert (await spotify.get("/v1/me")).body.keys() == {*ALWAYS, "followers", *more}


async def test_a_new_development_application_learns_neither_country_nor_product(start: Any) -> None:
    spotify = await start()
    await spotify.login()
    assert (await spotify.get("/v1/me")).body.keys() == ALWAYS


async def test_account_ids_differ_from_names_and_from_each_other(start: Any) -> None:
    spotify = await start()
    seen = set()
    for user in ("demo", "friend", "freebie"):
        await spotify.login(user)
        me = (await spotify.get("/v1/me")).body
        assert me["account_id"] != me["id"] == user
        seen.add(me["account_id"])
    assert len(seen) == 3


async def test_others_are_seen_in_public(start: Any) -> None:
    spotify = await start(profile="extended")
    friend = (await spotify.get("/v1/users/friend")).body
    assert (friend["display_name"], friend["followers"]["total"]) == ("Frida Friend", 345)
    assert not {"email", "country", "product"} & friend.keys()
    assert (await spotify.get("/v1/users/quietkeys")).status == 200
    assert (await spotify.get("/v1/users/nobody-at-all")).status == 404
    assert (await (await start()).get("/v1/users/friend")).message == "Forbidden"


@pytest.mark.parametrize(("kind", "type_"), [("artists", "artist"), ("tracks", "track")])
async def test_top_items_come_in_pages_that_join(start: Any, kind: str, type_: str) -> None:
    spotify = await start()
    await spotify.login()
    whole = (await spotify.get(f"/v1/me/top/{kind}", limit=50)).body
    second = (await spotify.get(f"/v1/me/top/{kind}", limit=20, offset=20)).body
    assert [item["id"] for item in second["items"]] == [item["id"] for item in whole["items"][20:40]]
    assert {item["type"] for item in whole["items"]} == {type_}


async def test_top_items_depend_on_range_and_user(start: Any) -> None:
    spotify = await start()
    lists = []
    for user, time_range in (("demo", "short_term"), ("demo", "long_term"), ("friend", "long_term")):
        await spotify.login(user)
        items = (await spotify.get("/v1/me/top/tracks", time_range=time_range)).body["items"]
        lists.append(tuple(item["id"] for item in items))
    assert len(set(lists)) == 3
    await spotify.login("freebie")
    assert (await spotify.get("/v1/me/top/tracks")).body["items"] == []


@pytest.mark.parametrize("path", ["/v1/me/top/albums", "/v1/me/top/tracks?time_range=week"])
async def test_an_unknown_type_or_range_is_a_400(start: Any, path: str) -> None:
    spotify = await start()
    await spotify.login()
    assert (await spotify.get(path)).status == 400
