"""Whom the app works for: those on the list, and nobody when its owner does not pay."""

from typing import Any

import pytest

NOT_LISTED = "User not registered in the Developer Dashboard"
NO_PREMIUM = "Active premium subscription required for the owner of the app."


async def test_who_is_not_on_the_list_signs_in_and_is_refused_by_the_api(begin: Any) -> None:
    login = await begin(allow_list=frozenset({"demo"}))
    status, tokens = await login.redeem(await login.code("friend"))
    assert status == 200
    login.spotify.token = tokens["access_token"]
    for path in ("/v1/me", "/v1/search", "/v1/no/such/thing"):
        answer = await login.spotify.get(path)
        assert (answer.status, answer.body) == (403, NOT_LISTED)
        assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert (await login.refresh(tokens["refresh_token"]))[0] == 200


async def test_who_is_on_the_list_and_the_app_itself_are_served(begin: Any) -> None:
    login = await begin(allow_list=frozenset({"demo"}))
    assert (await login.spotify.get("/v1/search", q="paper", type="track")).status == 200
    await login.spotify.login("demo")
    assert (await login.spotify.get("/v1/me")).status == 200


async def test_an_app_whose_owner_does_not_pay_gets_tokens_and_nothing_else(begin: Any) -> None:
    login = await begin(owner_premium=False)
    assert (await login.spotify.get("/v1/search", q="paper", type="track")).body == NO_PREMIUM
    await login.spotify.login("demo")
    answer = await login.spotify.get("/v1/me")
    assert (answer.status, answer.body) == (403, NO_PREMIUM)


async def test_a_bad_token_is_told_first(begin: Any) -> None:
    login = await begin(owner_premium=False, allow_list=frozenset())
    login.spotify.token = "nonsense"
    assert (await login.spotify.get("/v1/me")).status == 401


async def test_a_refused_call_counts_like_any_other(begin: Any) -> None:
    login = await begin(owner_premium=False, limit=1)
    assert [(await login.spotify.get("/v1/me")).status for _ in range(2)] == [403, 429]


async def test_list_and_payment_change_at_run_time(begin: Any) -> None:
    login = await begin()
    await login.spotify.login("friend")
    seen = []
    for method, body in (
        ("POST", {"allow_list": ["demo"]}),
        ("PUT", {"allow_list": ["demo", "friend"]}),
        ("POST", {"owner_premium": False}),
        ("POST", {"owner_premium": True, "allow_list": []}),
        ("POST", {"allow_list": None}),
    ):
        status, now = await login.control(method, "app", body)
        shown = (await login.spotify.get("/_simulator")).body
        assert (status, now) == (200, {name: shown[name] for name in ("allow_list", "owner_premium")})
        seen.append((await login.spotify.get("/v1/me")).status)
    assert seen == [403, 200, 403, 403, 200]


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"allow_list": "demo"},
        {"allow_list": [1]},
        {"owner_premium": 1},
        {"owner_premium": None},
        {"list": []},
    ],
    ids=str,
)
async def test_an_order_that_means_nothing_changes_nothing(begin: Any, body: Any) -> None:
    login = await begin()
    assert (await login.control("POST", "app", body))[0] == 400
    assert (await login.spotify.get("/_simulator")).body["allow_list"] is None
