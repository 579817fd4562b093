"""Following artists and users, and walking along the cursor."""

from typing import Any

import pytest

from ops.simulator import World

WORLD = World.of(1)
ARTISTS = [artist.id for artist in WORLD.artists[900:903]]


async def signed_in(start: Any, user: str = "demo") -> Any:
    spotify = await start(profile="extended")
    await spotify.login(user)
    return spotify


async def test_the_cursor_leads_past_every_followed_artist_once(start: Any) -> None:
    spotify = await signed_in(start)
    path, seen = "/v1/me/following?type=artist&limit=7", []
    page: dict[str, Any] = {}
    while path:
        page = (await spotify.get(path)).body["artists"]
        seen += [artist["id"] for artist in page["items"]]
        assert page["total"] == 25
        path = (page["next"] or "").removeprefix("https://api.spotify.com")
    assert len(seen) == len(set(seen)) == 25
    assert page["cursors"]["after"] is None


@pytest.mark.parametrize(("kind", "ids"), [("artist", ARTISTS), ("user", ["friend", "tomasz.w"])])
@pytest.mark.parametrize("in_body", [False, True])
async def test_following_and_unfollowing_are_told_apart(
    start: Any, kind: str, ids: list[str], *, in_body: bool
) -> None:
    spotify = await signed_in(start, "freebie")
    path, query = f"/v1/me/following?type={kind}", f"&ids={','.join(ids)}"
    asked = f"/v1/me/following/contains?type={kind}{query}"
    for method, after in (("PUT", True), ("DELETE", False)):
        wish = {"ids": ids} if in_body else None
        answer = await spotify.send(method, path + ("" if in_body else query), json=wish)
        assert (answer.status, answer.body) == (204, "")
        assert (await spotify.get(asked)).body == [after] * len(ids)


async def test_both_ways_of_following_are_one(start: Any) -> None:
    spotify = await signed_in(start, "freebie")
    await spotify.send("PUT", f"/v1/me/library?uris=spotify:artist:{ARTISTS[0]}")
    assert (await spotify.get(f"/v1/me/following/contains?type=artist&ids={ARTISTS[0]}")).body == [True]
    assert (await spotify.get("/v1/me/following?type=artist")).body["artists"]["total"] == 2


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/me/following"),
        ("GET", "/v1/me/following?type=user"),
        ("GET", "/v1/me/following?type=artist&after=x"),
        ("PUT", "/v1/me/following?type=artist"),
        ("PUT", "/v1/me/following?ids=friend"),
        ("PUT", f"/v1/me/following?type=artist,user&ids={ARTISTS[0]}"),
        ("PUT", "/v1/me/following?type=artist&ids=friend"),
        ("PUT", "/v1/me/following?type=user&ids=nobody-at-all"),
        ("PUT", f"/v1/me/following?type=artist&ids={','.join(ARTISTS * 17)}"),
    ],
)
async def test_a_wrong_wish_is_a_400(start: Any, method: str, path: str) -> None:
    spotify = await signed_in(start)
    assert (await spotify.send(method, path)).status == 400


async def test_new_development_applications_keep_the_list_only(start: Any) -> None:
    spotify = await start()
    await spotify.login()
    page = (await spotify.get("/v1/me/following?type=artist")).body["artists"]
    assert not {"followers", "popularity"} & page["items"][0].keys()
    for method, tail in (("PUT", ""), ("DELETE", ""), ("GET", "/contains")):
        answer = await spotify.send(method, f"/v1/me/following{tail}?type=user&ids=friend")
        assert (answer.status, answer.message) == (403, "Forbidden")
