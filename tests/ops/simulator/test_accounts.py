"""Tokens: how they are had, refused and lost."""

from typing import Any

import pytest

ARTIST = "/v1/artists/0000000000000000000000"


async def test_the_right_credentials_get_an_opaque_token(start: Any) -> None:
    spotify = await start(token_ttl_s=120)
    answer = await spotify.ask_token(grant_type="client_credentials")
    assert answer.status == 200
    assert (answer.body["token_type"], answer.body["expires_in"]) == ("Bearer", 120)
    assert answer.body["access_token"] != spotify.token
    assert "." not in answer.body["access_token"]


async def test_wrong_credentials_are_an_invalid_client(start: Any) -> None:
    spotify = await start()
    answer = await spotify.ask_token("wrong", grant_type="client_credentials")
    assert answer.status == 400
    assert answer.body == {"error": "invalid_client", "error_description": "Invalid client"}


@pytest.mark.parametrize("header", [None, "Basic !!!", "Basic", "Bearer abc", "Basic bm9jb2xvbg=="])
async def test_unreadable_credentials_are_an_invalid_client(start: Any, header: str | None) -> None:
    spotify = await start()
    headers = {} if header is None else {"Authorization": header}
    form = {"grant_type": "client_credentials"}
    async with spotify.client.post("/api/token", data=form, headers=headers) as response:
        assert (response.status, (await response.json())["error"]) == (400, "invalid_client")


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({}, "unsupported_grant_type"),
        ({"scope": ""}, "unsupported_grant_type"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "refresh_token", "refresh_token": "x"}, "invalid_grant"),
        ({"grant_type": "authorization_code", "code": "x", "redirect_uri": "y"}, "invalid_grant"),
    ],
    ids=str,
)
async def test_a_grant_that_cannot_be_given_is_refused_by_name(
    start: Any, form: dict[str, str], error: str
) -> None:
    spotify = await start()
    answer = await spotify.ask_token(**(form or {"other": "1"}))
    assert (answer.status, answer.body["error"]) == (400, error)


async def test_a_json_body_is_an_invalid_request(start: Any) -> None:
    spotify = await start()
    async with spotify.client.post("/api/token", json={"grant_type": "client_credentials"}) as response:
        assert (response.status, (await response.json())["error"]) == (400, "invalid_request")


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (None, "No token provided"),
        ("Bearer nonsense", "Invalid access token"),
        ("Basic x", "Invalid access token"),
    ],
)
async def test_a_call_without_a_good_token_is_unauthorised(start: Any, header: str | None, message: str) -> None:
    spotify = await start()
    async with spotify.client.get(ARTIST, headers={"Authorization": header} if header else {}) as response:
        assert response.status == 401
        assert await response.json() == {"error": {"status": 401, "message": message}}
        assert response.headers["Cache-Control"] == "private, max-age=0"


async def test_a_token_is_good_for_its_lifetime_and_not_longer(start: Any) -> None:
    spotify = await start(token_ttl_s=60)
    spotify.now += 59
    assert (await spotify.get(ARTIST)).status == 404
    spotify.now += 1
    answer = await spotify.get(ARTIST)
    assert (answer.status, answer.message) == (401, "The access token expired")


async def test_an_unauthorised_call_is_told_so_before_its_route_is_known(start: Any) -> None:
    spotify = await start()
    spotify.token = ""
    assert (await spotify.get("/v1/no/such/thing")).status == 401
