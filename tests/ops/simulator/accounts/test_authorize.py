"""The login page sends browsers back to the app and nowhere else, with what the app has to be told."""

from typing import Any

import pytest

from ops.simulator.accounts.authorize import COOKIE

BACK = "http://127.0.0.1:8888/callback"
CHALLENGE = "c" * 43
SPLIT = "x\r\nSet-Cookie: planted=1"


async def test_who_agrees_is_sent_back_with_a_code_and_the_state(begin: Any) -> None:
    login = await begin()
    assert (await login.ask()).status == 200
    back = await login.answer()
    assert (back.status, back.place) == (303, BACK)
    assert back.brought.keys() == {"code", "state"}
    assert back.brought["state"] == "s-1"
    assert back.headers["Cache-Control"] == "no-store"


async def test_who_cancels_is_sent_back_without_a_code(begin: Any) -> None:
    back = await (await begin()).answer("cancel")
    assert (back.status, back.place) == (303, BACK)
    assert back.brought == {"error": "access_denied", "state": "s-1"}


async def test_a_login_without_a_state_gets_none_back(begin: Any) -> None:
    login = await begin()
    assert (await login.answer(state=None)).brought.keys() == {"code"}
    assert (await login.answer(state="")).brought.keys() == {"code"}


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"client_id": None}, "Missing required parameter: client_id"),
        ({"client_id": "other"}, "INVALID_CLIENT: Invalid client"),
        ({"redirect_uri": None}, "Missing required parameter: redirect_uri"),
        ({"redirect_uri": "https://evil.example/"}, "INVALID_CLIENT: Invalid redirect URI"),
        ({"redirect_uri": f"{BACK}/"}, "INVALID_CLIENT: Invalid redirect URI"),
        ({"redirect_uri": f"{BACK}?more=1"}, "INVALID_CLIENT: Invalid redirect URI"),
        ({"redirect_uri": f"{BACK}#part"}, "INVALID_CLIENT: Invalid redirect URI"),
        ({"redirect_uri": BACK.replace("8888", "8889")}, "INVALID_CLIENT: Invalid redirect URI"),
        ({"redirect_uri": BACK.replace("callback", "Callback")}, "INVALID_CLIENT: Invalid redirect URI"),
        ({"redirect_uri": BACK.replace("127.0.0.1", "localhost")}, "INVALID_CLIENT: Invalid redirect URI"),
        ({"redirect_uri": f"{BACK}{SPLIT}"}, "INVALID_CLIENT: Invalid redirect URI"),
    ],
    ids=str,
)
async def test_nobody_is_sent_to_a_place_that_may_not_be_the_apps(
    begin: Any, method: str, changes: dict[str, Any], words: str
) -> None:
    login = await begin()
    # Even with everything else wrong too, and with the user's consent.
    wrong = login.query(**changes, scope="user-fly", response_type="token")
    seen = await login.visit(
        method, wrong, data={"decision": "agree", "user": "demo"} if method == "POST" else None
    )
    assert (seen.status, "Location" in seen.headers) == (400, False)
    assert f"<h1>{words}</h1>" in seen.text


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": None}, "unsupported_response_type"),
        ({"scope": "user-library-read user-fly"}, "invalid_scope"),
        ({"scope": "all"}, "invalid_scope"),
        ({"scope": "user-library-read\tuser-top-read"}, "invalid_scope"),
        ({"code_challenge": CHALLENGE}, "invalid_request"),
        ({"code_challenge_method": "S256"}, "invalid_request"),
        ({"code_challenge": CHALLENGE, "code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": CHALLENGE + "=", "code_challenge_method": "S256"}, "invalid_request"),
        ({"code_challenge": CHALLENGE[1:], "code_challenge_method": "S256"}, "invalid_request"),
        ({"code_challenge": CHALLENGE[1:] + "+", "code_challenge_method": "S256"}, "invalid_request"),
        ({"code_challenge": CHALLENGE[1:] + "\n", "code_challenge_method": "S256"}, "invalid_request"),
    ],
    ids=str,
)
async def test_the_app_is_told_what_else_is_wrong(begin: Any, changes: dict[str, Any], error: str) -> None:
    login = await begin()
    for back in (await login.ask(**changes), await login.answer(**changes)):
        assert (back.status in {302, 303}, back.place) == (True, BACK)
        assert back.brought == {"error": error, "state": "s-1"}


@pytest.mark.parametrize("name", ["client_id", "redirect_uri"])
async def test_an_app_that_names_itself_twice_is_not_believed(begin: Any, name: str) -> None:
    login = await begin()
    query = login.query()
    seen = await login.visit("GET", [*query.items(), (name, query[name])])
    assert (seen.status, "more than once" in seen.text) == (400, True)


@pytest.mark.parametrize("name", ["scope", "state", "response_type"])
async def test_what_comes_twice_is_an_invalid_request(begin: Any, name: str) -> None:
    login = await begin()
    back = await login.visit("GET", [*login.query().items(), (name, "s-2")])
    assert back.brought == {"error": "invalid_request"} | ({} if name == "state" else {"state": "s-1"})


@pytest.mark.parametrize(
    "state", [SPLIT, "a b&code=forged#x", "%0d%0a", "\N{SNOWMAN}", "<script>", "'\""], ids=ascii
)
async def test_a_state_comes_back_as_it_went_and_breaks_no_header(begin: Any, state: str) -> None:
    login = await begin()
    for back in (await login.answer(state=state), await login.answer("cancel", state=state)):
        assert back.brought["state"] == state
        assert "planted" not in str(back.headers.getall("Set-Cookie", []))
        assert back.headers["Location"].isascii()
        assert not {"\r", "\n", " ", "<"} & set(back.headers["Location"])


async def test_a_state_that_is_no_text_comes_back_byte_for_byte(begin: Any) -> None:
    login = await begin()
    query = f"client_id=demo-client&response_type=code&redirect_uri={BACK}&state=%FF%00%0D%0Az"
    async with login.spotify.client.post(
        f"/authorize?{query}", data={"decision": "cancel"}, allow_redirects=False
    ) as response:
        assert response.headers["Location"] == f"{BACK}?error=access_denied&state=%FF%00%0D%0Az"


@pytest.mark.parametrize(
    ("decision", "user"), [("agree", "nobody"), ("agree", ""), ("", "demo"), ("maybe", "demo")]
)
async def test_without_an_answer_nobody_is_sent_anywhere(begin: Any, decision: str, user: str) -> None:
    seen = await (await begin()).answer(decision, user=user)
    assert (seen.status, "Location" in seen.headers, "Nobody agreed" in seen.text) == (400, False, True)


async def test_an_answer_has_to_be_a_form(begin: Any) -> None:
    login = await begin()
    seen = await login.visit("POST", login.query(), json={"decision": "agree", "user": "demo"})
    assert (seen.status, "Content-Type" in seen.text) == (400, True)


async def test_who_agreed_is_not_asked_again_for_as_much_or_less(begin: Any) -> None:
    login = await begin()
    await login.answer(user="friend")
    for scope in ("user-library-read user-top-read", "user-top-read", None):
        back = await login.ask(scope=scope)
        assert (back.status, back.place, back.brought.keys()) == (302, BACK, {"code", "state"})
    _, tokens = await login.redeem((await login.ask(scope="user-top-read")).brought["code"])
    assert tokens["scope"] == "user-top-read"
    login.spotify.token = tokens["access_token"]
    assert (await login.spotify.get("/v1/me")).body["id"] == "friend"


async def test_who_agreed_is_asked_again_for_more_or_on_demand_or_when_it_is_over(begin: Any) -> None:
    login = await begin()
    await login.answer()
    assert (await login.ask(scope="user-top-read streaming")).status == 200
    # spotipy says True, tekore says true.
    assert (await login.ask(show_dialog="True")).status == 200
    assert (await login.ask(show_dialog="true")).status == 200
    assert (await login.ask(show_dialog="false")).status == 302
    login.spotify.now += 182 * 86_400
    assert (await login.ask()).status == 200
    await login.answer()
    assert (await login.ask()).status == 302
    await login.control("DELETE", "login", {"user": "demo"})
    assert (await login.ask()).status == 200


async def test_another_browser_asks_anew(begin: Any) -> None:
    login = await begin()
    await login.answer()
    login.spotify.client.session.cookie_jar.clear()
    assert (await login.ask()).status == 200


async def test_what_one_user_agreed_to_says_nothing_about_another(begin: Any) -> None:
    login = await begin()
    await login.answer(user="demo", scope="user-top-read")
    await login.answer(user="friend", scope="streaming")
    assert (await login.ask(scope="user-top-read")).status == 200
    assert (await login.visit("GET", login.query(), headers={"Cookie": f"{COOKIE}=nobody"})).status == 200


async def test_a_login_without_a_question_does_not_make_the_consent_younger(begin: Any) -> None:
    login = await begin()
    await login.answer()
    login.spotify.now += 180 * 86_400
    _, tokens = await login.redeem((await login.ask()).brought["code"])
    login.spotify.now += 86_400
    assert (await login.refresh(tokens["refresh_token"]))[0] == 200
    login.spotify.now += 86_400
    assert (await login.refresh(tokens["refresh_token"]))[1]["error"] == "invalid_grant"


async def test_a_look_at_the_head_yields_no_code(begin: Any) -> None:
    login = await begin()
    await login.answer()
    assert (await login.visit("HEAD", login.query())).status == 405


async def test_a_login_is_logged_and_costs_no_call(begin: Any) -> None:
    login = await begin(limit=1)
    for _ in range(3):
        await login.ask()
    await login.answer()
    assert login.spotify.log.count("/authorize") == 4
    assert not any(call.counted for call in login.spotify.log.calls)
