import pytest

from consent_browser import CHALLENGE, ISSUER, REDIRECT, escaped, request
from consent_rig import LOCAL_REDIRECT, running

EVIL = "\"'></title><script>alert(1)</script>"


async def test_people_are_told_who_asks_for_what_and_where_the_answer_goes() -> None:
    async with running() as gateway:
        page = await gateway.browser().ask()
        assert page.status == 200
        assert "Let \u2068“Agent”\u2069 use your Spotify account?" in page.words
        assert "nobody has checked" in page.words
        assert "Access goes to agent.example" in page.words
        assert "Described by A document on agent.example" in page.words
        assert f"Works at {ISSUER}/mcp It may see" in page.words
        assert "Your name, country and kind of subscription." in page.words
        assert "It may change What you play Play, pause" in page.words
        assert "playlists" not in page.words
        assert {given["value"] for tag, given in page.tags if tag == "button"} == {"allow", "deny"}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"origin": "registered"}, "it registered here, as any program can"),
        ({"origin": "configured"}, "Described by Whoever runs this gateway"),
        ({"id": "https://other.example/c"}, "A document on other.example"),
    ],
)
async def test_people_are_told_how_the_program_is_known(fields: dict[str, str], words: str) -> None:
    async with running() as gateway:
        gateway.clients.change(**fields)
        page = await gateway.browser().ask(client_id=gateway.clients.program.id)
        assert words in page.words


@pytest.mark.parametrize(
    ("uri", "words"),
    [
        (LOCAL_REDIRECT, "A program on this computer (127.0.0.1:33418)"),
        ("cursor://anysphere/back", "The app on this device that opens cursor: links"),
        ("https://agent.example:8443/", "agent.example:8443"),
    ],
)
async def test_people_are_told_where_codes_go(uri: str, words: str) -> None:
    async with running() as gateway:
        gateway.clients.change(redirect_uris=(uri,))
        assert words in (await gateway.browser().ask(redirect_uri=uri)).words


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"client_id": ""}, 400),
        ({"client_id": "https://stranger.example/"}, 400),
        ({"client_id": "a" * 2049}, 400),
        ({"redirect_uri": ""}, 400),
        ({"redirect_uri": "https://evil.example/"}, 400),
        ({"redirect_uri": REDIRECT + "&more"}, 400),
        ({"redirect_uri": REDIRECT.upper()}, 400),
        ({"redirect_uri": "https://agent.example/" + "a" * 2048}, 400),
    ],
)
async def test_nothing_is_redirected_before_client_and_redirect_belong_together(
    changes: dict[str, str], status: int
) -> None:
    async with running() as gateway:
        # Neither is the error of another parameter.
        page = await gateway.browser().ask(**changes, response_type="token")
        assert (page.status, page.location, page.leads_to, page.links) == (status, "", "", [])
        assert not gateway.vault.values


@pytest.mark.parametrize("name", ["client_id", "redirect_uri"])
async def test_a_second_client_or_redirect_is_not_chosen_from(name: str) -> None:
    async with running() as gateway:
        page = await gateway.browser().get("/oauth/authorize", [*request().items(), (name, request()[name])])
        assert (page.status, page.location, page.links) == (400, "", [])


@pytest.mark.parametrize(
    "uri",
    [
        "javascript:alert(1)",
        "http://agent.example/",
        "https://evil.example\\@agent.example/",
        "https://a.example/\r\nX: y",
    ],
)
async def test_not_even_a_client_that_names_it_is_sent_to_an_address_that_browsers_read_otherwise(
    uri: str,
) -> None:
    async with running() as gateway:
        gateway.clients.change(redirect_uris=(uri,))
        page = await gateway.browser().ask(redirect_uri=uri)
        assert (page.status, page.location, page.links) == (400, "", [])
        assert "redirect URI" in page.words


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": ""}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge": "a" * 42}, "invalid_request"),
        ({"code_challenge": "a" * 44}, "invalid_request"),
        ({"code_challenge": "a" * 42 + "."}, "invalid_request"),
        ({"code_challenge": CHALLENGE[:-1] + "="}, "invalid_request"),
        ({"code_challenge": CHALLENGE + "\n"}, "invalid_request"),
        ({"code_challenge_method": ""}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"resource": "https://elsewhere.example/mcp"}, "invalid_target"),
        ({"resource": "a" * 2049}, "invalid_target"),
        ({"scope": "user-read-private everything"}, "invalid_scope"),
        ({"scope": "user-read-email"}, "invalid_scope"),
        ({"scope": "a" * 2049}, "invalid_request"),
    ],
)
async def test_a_program_on_this_computer_learns_what_was_wrong(changes: dict[str, str], error: str) -> None:
    async with running() as gateway:
        page = await gateway.browser().ask(redirect_uri=LOCAL_REDIRECT, **changes)
        assert page.status == 302
        assert page.location.startswith(f"{LOCAL_REDIRECT}?error={error}&error_description=")
        assert page.answer["state"] == "the client's state"
        assert page.answer["iss"] == ISSUER
        assert page.answer["error_description"]
        assert not gateway.vault.values


@pytest.mark.parametrize("name", ["response_type", "code_challenge", "code_challenge_method", "scope", "state"])
async def test_what_comes_twice_is_an_error(name: str) -> None:
    async with running() as gateway:
        fields = request(redirect_uri=LOCAL_REDIRECT)
        page = await gateway.browser().get("/oauth/authorize", [*fields.items(), (name, fields[name])])
        assert page.answer["error"] == "invalid_request"
        assert ("state" in page.answer) == (name != "state")


@pytest.mark.parametrize(("origin", "at_once"), [("document", False), ("registered", False), ("configured", True)])
async def test_a_stranger_cannot_make_the_gateway_redirect_to_any_site(origin: str, at_once: bool) -> None:  # noqa: FBT001 - a table
    async with running() as gateway:
        gateway.clients.change(origin=origin)
        page = await gateway.browser().ask(scope="everything")
        assert (page.status == 302, page.leads_to) == (at_once, "")
        assert page.answer["error"] == "invalid_scope"
        assert page.answer["tenant"] == "7"
        assert page.answer["state"] == "the client's state"


async def test_one_resource_named_twice_is_one_and_two_are_too_many() -> None:
    async with running() as gateway:
        fields = [*request(redirect_uri=LOCAL_REDIRECT).items()]
        again = await gateway.browser().get("/oauth/authorize", [*fields, ("resource", f"{ISSUER}/mcp")])
        assert again.status == 200
        both = await gateway.browser().get("/oauth/authorize", [*fields, ("resource", ISSUER)])
        assert both.answer["error"] == "invalid_target"
        many = await gateway.browser().get("/oauth/authorize", [*fields, *8 * [("resource", f"{ISSUER}/mcp")]])
        assert many.answer["error"] == "invalid_target"


async def test_a_client_that_names_no_resource_gets_the_gateway_and_without_scopes_the_least() -> None:
    async with running() as gateway:
        page = await gateway.browser().ask(resource="", scope="offline_access openid")
        assert f"Works at {ISSUER} , all of this gateway It may see Who you are" in page.words
        assert "It may change" not in page.words


async def test_a_state_that_is_too_long_is_an_error_and_the_longest_is_returned() -> None:
    async with running() as gateway:
        browser = gateway.browser()
        long = await browser.ask(redirect_uri=LOCAL_REDIRECT, state="s" * 4097)
        assert long.answer["error"] == "invalid_request"
        assert "state" not in long.answer
        assert (await browser.walk(state="s" * 4096)).answer["state"] == "s" * 4096


@pytest.mark.parametrize("state", ["a&b=c #%+/?", "\r\nSet-Cookie: evil=1", "\x00\x7f", "ü€🎵", EVIL, "null"])
async def test_the_state_returns_as_it_came_and_stays_out_of_the_headers(state: str) -> None:
    async with running() as gateway:
        browser = gateway.browser()
        page = await browser.walk(state=state)
        assert page.answer["state"] == state
        assert "evil" not in browser.cookies
        denied = await browser.decide(await browser.ask(state=state), "deny")
        assert denied.answer["state"] == state
        assert EVIL not in denied.text


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        (EVIL, "“''></title><script>alert(1)</script>”"),
        ("Agent” use it? It is safe. “Agent", "“Agent' use it? It is safe. 'Agent”"),
        ("Agent\r\nSet-Cookie: evil=1", "Agent Set-Cookie: evil=1"),
        ("A" * 500, f"{'A' * 59}…"),
        ("Agent\u202egpj.exe\u200b", "gpj.exe”"),
    ],
)
async def test_a_name_is_shown_as_one_short_line_of_text(name: str, seen: str) -> None:
    async with running() as gateway:
        browser = gateway.browser()
        plain = await browser.ask()
        gateway.clients.change(name=name)
        page = await browser.ask()
        assert seen in page.words
        assert page.names == plain.names
        assert "evil" not in browser.cookies
        assert name == seen or name not in page.text


async def test_no_field_that_is_shown_becomes_markup() -> None:
    async with running() as gateway:
        browser = gateway.browser()
        plain = await browser.ask()
        uri = "https://agent.example/'onmouseover='alert(1)'"
        gateway.clients.change(id=f"https://{EVIL}/", uri=EVIL, redirect_uris=(uri,))
        page = await browser.ask(client_id=gateway.clients.program.id, redirect_uri=uri, state=EVIL)
        assert page.status == 200
        assert page.names == plain.names
        left = await browser.decide(page, "deny")
        assert left.links == [left.leads_to]
        assert "onmouseover" not in left.names
        assert uri not in left.text
        assert escaped(uri) in left.text


async def test_why_a_client_is_not_known_is_shown_as_text() -> None:
    async with running() as gateway:
        page = await gateway.browser().ask(client_id=EVIL)
        assert page.status == 400
        assert "There is no such program: \"'></title><script>alert(1)</script>" in page.words
        assert "script" not in page.names


async def test_nobody_can_fill_the_vault() -> None:
    async with running(most=3) as gateway:
        browser = gateway.browser()
        sent = await browser.decide(await browser.ask())
        await browser.ask()
        assert (await browser.ask()).status == 200
        full = await browser.ask()
        assert (full.status, full.location, full.set_cookies) == (503, "", [])
        await browser.come_back(sent)
        assert (await browser.ask()).status == 200


async def test_a_browser_that_is_made_to_open_many_pages_keeps_few_cookies() -> None:
    async with running() as gateway:
        browser = gateway.browser()
        asked = [await browser.ask() for _ in range(20)]
        assert len(browser.cookies) == 8
        assert (await browser.decide(asked[-1])).status == 200


async def test_a_vault_that_cannot_be_reached_is_said_so() -> None:
    async with running() as gateway:
        gateway.vault.broken = True
        page = await gateway.browser().ask()
        assert (page.status, page.location) == (503, "")
        assert "out of reach" not in page.text


async def test_a_look_at_the_headers_begins_nothing() -> None:
    async with running() as gateway:
        page = await gateway.browser().send("HEAD", "/oauth/authorize")
        assert page.status == 405
        assert not gateway.vault.values


async def test_bytes_that_are_no_text_are_an_answer_too() -> None:
    async with running() as gateway:
        status = await gateway.raw(
            b"GET /oauth/callback?code=1&state=\xff\xfe HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        )
        assert status == 400


async def test_a_program_may_want_nothing_of_the_account() -> None:
    async with running(least=frozenset()) as gateway:
        browser = gateway.browser()
        page = await browser.ask(scope="")
        assert "It wants nothing of your account itself" in page.words
        assert "It may" not in page.words
        gateway.spotify.granted = frozenset()
        assert (await browser.come_back(await browser.decide(page))).answer["code"] == "code-1"
