"""Refresh tokens: who may use them, how often, and when it is over."""

from typing import Any

import pytest

VERIFIER = "v" * 43
PKCE = {"code_challenge_method": "S256", "code_challenge": "7w_YNF9DSfIdPf_pRjSq646_kPr-2-o9NAl16JGghdM"}
DAY_S = 86_400


async def signed_in(login: Any, *, pkce: bool = False, user: str = "demo") -> str:
    changes = PKCE if pkce else {}
    verifier = {"code_verifier": VERIFIER} if pkce else {}
    _, tokens = await login.redeem(await login.code(user, **changes), **verifier)
    return str(tokens["refresh_token"])


async def test_a_consent_with_pkce_is_refreshed_by_name_or_by_secret(begin: Any) -> None:
    login = await begin()
    token = await signed_in(login, pkce=True)
    status, body = await login.refresh(token, basic=False, client_id="demo-client")
    assert (status, body["scope"], "refresh_token" in body) == (200, "user-library-read user-top-read", False)
    assert (await login.refresh(token))[0] == 200
    assert (await login.refresh(token, basic=False, client_id="other"))[1]["error"] == "invalid_client"
    assert (await login.refresh(token, client_id="other"))[1]["error"] == "invalid_client"
    assert (await login.refresh(token, basic=False))[1]["error"] == "invalid_client"


async def test_a_consent_without_pkce_is_refreshed_by_secret_only(begin: Any) -> None:
    login = await begin(rotate_refresh_tokens=True)
    token = await signed_in(login)
    assert (await login.refresh(token, basic=False, client_id="demo-client"))[1]["error"] == "invalid_client"
    assert (await login.refresh(token))[0] == 200


@pytest.mark.parametrize("pkce", [True, False])
async def test_rotation_spends_a_token_and_its_successor_is_of_the_same_kind(begin: Any, pkce: bool) -> None:  # noqa: FBT001 - a table column
    login = await begin(rotate_refresh_tokens=True)
    first = await signed_in(login, pkce=pkce)
    _, body = await login.refresh(first)
    second = body["refresh_token"]
    assert (second != first, body["scope"]) == (True, "user-library-read user-top-read")
    for _ in range(2):
        assert (await login.refresh(first))[1] == {
            "error": "invalid_grant",
            "error_description": "Invalid refresh token",
        }
    status, _ = await login.refresh(second, basic=not pkce, client_id="demo-client")
    assert status == 200


async def test_without_a_token_there_is_nothing_to_refresh(begin: Any) -> None:
    login = await begin()
    assert (await login.refresh(""))[1]["error"] == "invalid_request"
    assert (await login.refresh("AQmade-up"))[1]["error"] == "invalid_grant"


async def test_revoked_and_expired_are_the_same_error_with_other_words(begin: Any) -> None:
    login = await begin()
    demo, friend = await signed_in(login), await signed_in(login, user="friend")
    await login.control("DELETE", "login", {"user": "demo"})
    assert (await login.refresh(demo))[1] == {
        "error": "invalid_grant",
        "error_description": "Refresh token revoked",
    }
    await login.control("POST", "age", {"user": "friend", "days": 182})
    assert (await login.refresh(friend))[1] == {
        "error": "invalid_grant",
        "error_description": "Refresh token expired",
    }


async def test_six_months_count_from_the_consent_through_every_rotation(begin: Any) -> None:
    login = await begin(rotate_refresh_tokens=True)
    token = await signed_in(login)
    for _ in range(181):
        login.spotify.now += DAY_S
        status, body = await login.refresh(token)
        assert status == 200
        token = body["refresh_token"]
    login.spotify.now += DAY_S
    assert (await login.refresh(token))[1]["error"] == "invalid_grant"


async def test_access_tokens_outlive_a_consent_unless_they_are_ended_too(begin: Any) -> None:
    login = await begin()
    for access, status in ((False, 200), (True, 401)):
        _, tokens = await login.redeem(await login.code())
        login.spotify.token = tokens["access_token"]
        assert (await login.control("DELETE", "login", {"user": "demo", "access": access}))[0] == 204
        assert (await login.spotify.get("/v1/me")).status == status
        assert (await login.refresh(tokens["refresh_token"]))[1]["error"] == "invalid_grant"


async def test_to_end_the_tokens_of_one_user_leaves_those_of_others(begin: Any) -> None:
    login = await begin()
    await login.spotify.login("friend")
    await login.control("DELETE", "login", {"user": "demo", "access": True})
    assert (await login.spotify.get("/v1/me")).status == 200
