"""A code is good once, soon, at the place it was sent to, and in the hands of whoever asked for it."""

from typing import Any

import pytest

VERIFIER = "v" * 43
CHALLENGE = "7w_YNF9DSfIdPf_pRjSq646_kPr-2-o9NAl16JGghdM"
PKCE = {"code_challenge_method": "S256", "code_challenge": CHALLENGE}


async def test_a_code_becomes_tokens_of_the_user_with_the_scopes_agreed_to(begin: Any) -> None:
    login = await begin(token_ttl_s=120)
    status, tokens = await login.redeem(await login.code("friend"))
    assert (status, tokens["token_type"], tokens["expires_in"]) == (200, "Bearer", 120)
    assert tokens["scope"] == "user-library-read user-top-read"
    login.spotify.token = tokens["access_token"]
    assert (await login.spotify.get("/v1/me")).body["id"] == "friend"
    assert (await login.spotify.get("/v1/me/tracks")).status == 200
    assert (await login.spotify.get("/v1/me/following", type="artist")).status == 403
    assert (await login.refresh(tokens["refresh_token"]))[0] == 200


async def test_a_code_is_good_once(begin: Any) -> None:
    login = await begin()
    code = await login.code()
    assert (await login.redeem(code))[0] == 200
    assert await login.redeem(code) == (
        400,
        {"error": "invalid_grant", "error_description": "Invalid authorization code"},
    )


async def test_a_code_is_good_for_ten_minutes(begin: Any) -> None:
    login = await begin()
    early, late = await login.code(), await login.code()
    login.spotify.now += 599
    assert (await login.redeem(early))[0] == 200
    login.spotify.now += 1
    assert (await login.redeem(late))[1]["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"redirect_uri": "http://127.0.0.1:8888/callback/"}, "invalid_grant"),
        ({"redirect_uri": "http://127.0.0.1:8889/callback"}, "invalid_grant"),
        ({"redirect_uri": None}, "invalid_request"),
        ({"code": None}, "invalid_request"),
        ({"code": "other"}, "invalid_grant"),
        ({"client_id": "other"}, "invalid_client"),
        ({"code_verifier": VERIFIER}, "invalid_grant"),
    ],
    ids=str,
)
async def test_a_code_is_good_as_it_was_begun_only(begin: Any, changes: dict[str, Any], error: str) -> None:
    login = await begin()
    code = await login.code()
    status, body = await login.redeem(**{"code": code, **changes})
    assert (status, body["error"]) == (400, error)


async def test_a_port_that_was_free_to_choose_is_settled_by_the_login(begin: Any) -> None:
    login = await begin(redirect_uris=("http://127.0.0.1/callback",))
    first, second = "http://127.0.0.1:5001/callback", "http://127.0.0.1:5002/callback"
    code = await login.code(redirect_uri=first)
    assert (await login.redeem(code, redirect_uri=second))[1]["error"] == "invalid_grant"
    code = await login.code(redirect_uri=first)
    assert (await login.redeem(code, redirect_uri=first))[0] == 200


async def test_a_failed_attempt_spends_the_code(begin: Any) -> None:
    login = await begin()
    code = await login.code()
    await login.redeem(code, redirect_uri="https://evil.example")
    assert (await login.redeem(code))[1]["error"] == "invalid_grant"


async def test_who_is_not_the_app_cannot_spend_a_code(begin: Any) -> None:
    login = await begin()
    code = await login.code()
    for form in ({}, {"client_id": "other"}, {"client_id": "demo-client"}):
        status, body = await login.redeem(code, basic=False, **form)
        assert (status, body["error"]) == (400, "invalid_client")
    assert (await login.redeem(code))[0] == 200


async def test_with_pkce_no_secret_is_needed(begin: Any) -> None:
    login = await begin()
    code = await login.code(**PKCE)
    status, tokens = await login.redeem(code, basic=False, client_id="demo-client", code_verifier=VERIFIER)
    assert (status, tokens["scope"]) == (200, "user-library-read user-top-read")


async def test_with_pkce_the_secret_does_no_harm(begin: Any) -> None:
    login = await begin()
    assert (await login.redeem(await login.code(**PKCE), code_verifier=VERIFIER))[0] == 200


@pytest.mark.parametrize("basic", [True, False])
@pytest.mark.parametrize(
    ("verifier", "error"),
    [
        (None, "invalid_grant"),
        ("w" * 43, "invalid_grant"),
        (CHALLENGE, "invalid_grant"),
        ("v" * 42, "invalid_request"),
        ("v" * 129, "invalid_request"),
        ("v" * 42 + "+", "invalid_request"),
        ("v" * 42 + "\n", "invalid_request"),
        ("v" * 42 + "\N{LATIN SMALL LETTER E WITH ACUTE}", "invalid_request"),
    ],
    ids=ascii,
)
async def test_with_pkce_the_verifier_is_needed(
    begin: Any,
    basic: bool,  # noqa: FBT001 - a table column
    verifier: str | None,
    error: str,
) -> None:
    login = await begin()
    code = await login.code(**PKCE)
    status, body = await login.redeem(code, basic=basic, client_id="demo-client", code_verifier=verifier)
    assert (status, body["error"]) == (400, error)


async def test_a_longest_verifier_of_all_its_characters_is_taken(begin: Any) -> None:
    login = await begin()
    verifier = "ABYZabyz0189-._~" * 8
    code = await login.code(
        code_challenge_method="S256", code_challenge="m5HtNWnhQQ2MaxVeTIoIk6zA6rn_g0HM4lCbj3o6vyk"
    )
    assert (await login.redeem(code, code_verifier=verifier))[0] == 200


async def test_a_code_of_a_withdrawn_consent_is_worth_nothing(begin: Any) -> None:
    login = await begin()
    code = await login.code()
    await login.control("DELETE", "login", {"user": "demo"})
    assert (await login.redeem(code))[1]["error"] == "invalid_grant"


async def test_a_form_that_says_a_thing_twice_is_an_invalid_request(begin: Any) -> None:
    login = await begin()
    raw = f"grant_type=authorization_code&code={await login.code()}&code=other&redirect_uri=x"
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    async with login.spotify.client.post("/api/token", data=raw, headers=headers) as response:
        assert (response.status, (await response.json())["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("raw", [b"\xff\xfe=\xff", b"grant_type=%FF&client_id=%FF", b"%", b"\x00"], ids=repr)
async def test_a_form_that_is_no_text_is_refused_like_any_other(begin: Any, raw: bytes) -> None:
    login = await begin()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    async with login.spotify.client.post("/api/token", data=raw, headers=headers) as response:
        assert (response.status, (await response.json())["error"]) == (400, "invalid_client")
