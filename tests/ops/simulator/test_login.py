"""Users sign in by script, refresh their tokens, and get no further than their scopes."""

import asyncio
from typing import Any

import pytest

from ops.simulator import TOKEN_DESK

LIBRARY = "/v1/me/tracks"
REFRESH = {"grant_type": "refresh_token"}


async def ask_publicly(spotify: Any, **form: str) -> Any:
    async with spotify.client.post("/api/token", data=form) as response:
        return response.status, await response.json()


async def test_a_login_over_http_gives_what_the_code_flow_would(start: Any) -> None:
    spotify = await start(token_ttl_s=120)
    body = (await spotify.login("demo", "user-library-read user-top-read")).body
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 120)
    assert body["scope"] == "user-library-read user-top-read"
    assert (await spotify.get(LIBRARY)).status == 200


async def test_a_login_in_process_is_the_same(start: Any) -> None:
    spotify = await start()
    spotify.token = spotify.client.app[TOKEN_DESK].login("friend")["access_token"]
    assert (await spotify.get("/v1/me")).body["id"] == "friend"


async def test_scopes_can_be_a_list(start: Any) -> None:
    spotify = await start()
    wish = {"user": "demo", "scopes": ["user-top-read"]}
    async with spotify.client.post("/_simulator/login", json=wish) as response:
        assert (await response.json())["scope"] == "user-top-read"


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({"user": "nobody"}, "demo, friend, freebie"),
        ({"user": "demo", "scopes": "user-fly"}, "user-fly"),
        ({"user": "demo", "scopes": 5}, ""),
        ({"scopes": "all"}, "the body must be"),
        ([], "the body must be"),
    ],
)
async def test_a_login_that_cannot_be_is_refused_by_name(start: Any, body: Any, word: str) -> None:
    spotify = await start()
    async with spotify.client.post("/_simulator/login", json=body) as response:
        assert response.status == 400
        assert word in (await response.json())["error"]["message"]


async def test_the_users_are_listed(start: Any) -> None:
    users = (await (await start()).get("/_simulator")).body["users"]
    assert {user["id"]: (user["product"], user["country"]) for user in users} == {
        "demo": ("premium", "US"),
        "friend": ("premium", "GB"),
        "freebie": ("free", "DE"),
    }


async def test_a_refresh_keeps_the_scopes_and_the_refresh_token(start: Any) -> None:
    spotify = await start(token_ttl_s=60)
    tokens = (await spotify.login("demo", "user-library-read")).body
    spotify.now += 60
    assert (await spotify.get(LIBRARY)).message == "The access token expired"
    fresh: dict[str, Any] = {}
    for _ in range(2):
        fresh = (await spotify.ask_token(**REFRESH, refresh_token=tokens["refresh_token"])).body
        assert (fresh["scope"], "refresh_token" in fresh) == ("user-library-read", False)
    spotify.token = fresh["access_token"]
    assert (await spotify.get(LIBRARY)).status == 200


async def test_an_application_without_a_secret_names_itself_to_refresh(start: Any) -> None:
    spotify = await start()
    refresh = spotify.client.app[TOKEN_DESK].login("demo", pkce=True)["refresh_token"]
    status, body = await ask_publicly(spotify, **REFRESH, refresh_token=refresh, client_id="demo-client")
    assert (status, body["token_type"]) == (200, "Bearer")
    status, body = await ask_publicly(spotify, **REFRESH, refresh_token=refresh, client_id="other")
    assert (status, body["error"]) == (400, "invalid_client")
    status, body = await ask_publicly(spotify, grant_type="client_credentials", client_id="demo-client")
    assert (status, body["error"]) == (400, "invalid_client")


async def test_rotation_spends_each_refresh_token(start: Any) -> None:
    spotify = await start(rotate_refresh_tokens=True)
    first = (await spotify.login()).body["refresh_token"]
    second = (await spotify.ask_token(**REFRESH, refresh_token=first)).body["refresh_token"]
    assert second != first
    assert (await spotify.ask_token(**REFRESH, refresh_token=first)).body["error"] == "invalid_grant"
    assert (await spotify.ask_token(**REFRESH, refresh_token=second)).status == 200


async def test_a_revoked_consent_cannot_be_refreshed(start: Any) -> None:
    spotify = await start()
    demo = (await spotify.login("demo")).body["refresh_token"]
    friend = (await spotify.login("friend")).body["refresh_token"]
    await spotify.send("DELETE", "/_simulator/login", json={"user": "demo"})
    refused = await spotify.ask_token(**REFRESH, refresh_token=demo)
    assert (refused.status, refused.body["error"]) == (400, "invalid_grant")
    assert (await spotify.ask_token(**REFRESH, refresh_token=friend)).status == 200


async def test_a_consent_ends_after_six_months_however_often_it_was_refreshed(start: Any) -> None:
    spotify = await start()
    refresh = (await spotify.login()).body["refresh_token"]
    spotify.now += 181 * 86_400
    assert (await spotify.ask_token(**REFRESH, refresh_token=refresh)).status == 200
    spotify.now += 86_400
    assert (await spotify.ask_token(**REFRESH, refresh_token=refresh)).body["error"] == "invalid_grant"


async def test_an_application_token_is_not_a_user(start: Any) -> None:
    answer = await (await start()).get(LIBRARY)
    assert (answer.status, answer.message) == (401, "Valid user authentication required")


async def test_a_user_token_is_good_where_an_application_token_is(start: Any) -> None:
    spotify = await start()
    await spotify.login("demo", "")
    assert (await spotify.get("/v1/search", q="paper", type="track")).status == 200


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", LIBRARY, "user-library-read"),
        ("GET", "/v1/me/top/artists", "user-top-read"),
        ("GET", "/v1/me/following?type=artist", "user-follow-read"),
        ("DELETE", "/v1/me/following?type=user&ids=friend", "user-follow-modify"),
        ("PUT", "/v1/me/library?uris=spotify:user:friend", "user-follow-modify"),
        ("GET", "/v1/me/library/contains?uris=spotify:user:friend", "user-follow-read"),
    ],
)
async def test_a_missing_scope_is_told_from_a_missing_user(start: Any, method: str, path: str, scope: str) -> None:
    spotify = await start(profile="extended")
    await spotify.login("demo", "streaming")
    refused = await spotify.send(method, path)
    assert (refused.status, refused.message) == (403, "Insufficient client scope")
    await spotify.login("demo", scope)
    assert (await spotify.send(method, path)).status < 300


async def test_bad_json_is_refused_where_json_is_read_only(start: Any) -> None:
    spotify = await start()
    await spotify.login()
    bad = await spotify.send("POST", "/v1/me/playlists", data=b"{")
    assert (bad.status, bad.message) == (400, "Error parsing JSON.")
    assert (await spotify.send("POST", "/v1/me/playlists", json=[1])).message == "Error parsing JSON."
    assert (await spotify.send("PUT", "/v1/me/library?uris=spotify:user:friend", data=b"{")).status == 200


async def test_a_write_without_a_length_is_refused(start: Any) -> None:
    spotify = await start()
    await spotify.login()
    reader, writer = await asyncio.open_connection(spotify.client.host, spotify.client.port)
    writer.write(
        b"PUT /v1/me/library?uris=spotify:user:friend HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        b"Authorization: Bearer " + spotify.token.encode() + b"\r\n\r\n"
    )
    async with asyncio.timeout(5):
        answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    assert answer.startswith(b"HTTP/1.1 411 ")
