"""What scripts order and count: ages, users by the hundred, and one refresh each."""

from typing import Any

import pytest


async def test_tokens_are_counted_by_user_and_never_shown(begin: Any) -> None:
    login = await begin(rotate_refresh_tokens=True)
    _, tokens = await login.redeem(await login.code())
    _, renewed = await login.refresh(tokens["refresh_token"])
    await login.refresh(tokens["refresh_token"])
    await login.refresh("unknown")
    friend = (await login.spotify.login("friend")).body
    async with login.spotify.client.get("/_simulator/tokens") as response:
        text, counts = await response.text(), await response.json()
    assert counts == {
        "users": {
            "demo": {"logins": 1, "codes": 1, "refreshes": 1, "refused": 1},
            "friend": {"logins": 1, "codes": 0, "refreshes": 0, "refused": 0},
        },
        # The one that every test starts with.
        "app_tokens": 1,
        "unknown_refresh_tokens": 1,
    }
    for body in (tokens, renewed, friend):
        assert body["access_token"] not in text
        assert body["refresh_token"] not in text


async def test_a_refresh_that_never_arrived_is_not_counted(begin: Any) -> None:
    login = await begin()
    token = (await login.spotify.login()).body["refresh_token"]
    await login.spotify.arm("503:path_prefix=/api/token,times=1")
    assert [(await login.refresh(token))[0] for _ in range(2)] == [503, 200]
    assert (await login.control("GET", "tokens"))[1]["users"]["demo"]["refreshes"] == 1


async def test_consents_age_on_demand_and_only_those_of_the_user(begin: Any) -> None:
    login = await begin()
    demo = (await login.spotify.login("demo")).body["refresh_token"]
    friend = (await login.spotify.login("friend")).body["refresh_token"]
    assert await login.control("POST", "age", {"user": "demo", "days": 181.5}) == (200, {"consents": 1})
    assert (await login.refresh(demo))[0] == 200
    await login.control("POST", "age", {"user": "demo", "days": 0.5})
    assert [(await login.refresh(token))[0] for token in (demo, friend)] == [400, 200]
    assert await login.control("POST", "age", {"user": "nobody", "days": 1}) == (200, {"consents": 0})


@pytest.mark.parametrize(
    "body",
    [
        {"user": "demo"},
        {"days": 1},
        {"user": "demo", "days": -1},
        {"user": "demo", "days": True},
        {"user": 1, "days": 1},
    ],
    ids=str,
)
async def test_an_age_that_is_none_is_refused(begin: Any, body: Any) -> None:
    assert (await (await begin()).control("POST", "age", body))[0] == 400


async def test_a_login_by_script_can_be_one_without_a_secret(begin: Any) -> None:
    login = await begin()
    for pkce, status in ((True, 200), (False, 400)):
        _, tokens = await login.control("POST", "login", {"user": "demo", "pkce": pkce})
        answer = await login.refresh(tokens["refresh_token"], basic=False, client_id="demo-client")
        assert answer[0] == status


async def test_users_arrive_by_the_hundred_and_keep_what_is_theirs(begin: Any) -> None:
    login = await begin(limit=1000)
    status, body = await login.control("POST", "users", {"count": 100})
    assert (status, body["users"][0], body["users"][-1]) == (200, "user-001", "user-100")
    assert (await login.control("POST", "users", {"count": 1}))[1] == {"users": ["user-101"]}
    shelves = set()
    for user in ("user-001", "user-002", "user-101"):
        await login.spotify.login(user)
        me, tracks = await login.spotify.get("/v1/me"), await login.spotify.get("/v1/me/tracks")
        assert (me.body["id"], tracks.body["total"]) == (user, 8)
        shelves.add((me.body["account_id"], *(item["track"]["id"] for item in tracks.body["items"])))
        for path in ("/v1/me/albums", "/v1/me/following?type=artist", "/v1/me/playlists", "/v1/me/top/tracks"):
            assert (await login.spotify.get(path)).status == 200
        assert (await login.spotify.get("/v1/me/player")).status == 204
    assert len(shelves) == 3
    assert (await login.redeem(await login.code("user-077")))[0] == 200


async def test_users_of_the_start_are_those_that_would_arrive_later(begin: Any) -> None:
    tracks = []
    for settings, count in (({"users": 2}, 0), ({}, 2)):
        login = await begin(**settings)
        await login.control("POST", "users", {"count": count})
        await login.spotify.login("user-002")
        tracks.append((await login.spotify.get("/v1/me/tracks")).body["items"])
    assert tracks[0] == tracks[1]


@pytest.mark.parametrize("count", [-1, 10_001, True, "5", None])
async def test_a_number_of_users_that_cannot_be_is_refused(begin: Any, count: Any) -> None:
    login = await begin()
    status, body = await login.control("POST", "users", {"count": count})
    assert (status, "10000" in body["error"]["message"]) == (400, True)
    assert len((await login.spotify.get("/_simulator")).body["users"]) == 3
