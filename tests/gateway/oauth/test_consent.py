import asyncio
import re
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from consent_browser import CHALLENGE, ISSUER, REDIRECT, Page
from consent_rig import LEAST, running
from gateway.oauth.grant import Grant


def ended(page: Page) -> bool:
    """Tell whether a page led nowhere and gave nothing."""
    return page.status in {400, 403} and not page.location and not page.leads_to and not page.links


async def test_allow_leads_through_spotify_to_a_code_for_the_client() -> None:
    async with running() as gateway:
        browser = gateway.browser()
        sent = await browser.decide(await browser.ask())
        # Chromium would not let the answer to a form redirect to another site.
        assert (sent.status, sent.location) == (200, "")
        assert sent.leads_to.startswith("https://accounts.example/authorize?")
        assert sent.links == [sent.leads_to]
        assert sent.answer["scope"] == "user-modify-playback-state user-read-private"
        back = await browser.come_back(sent)
        assert back.status == 302
        assert (
            back.location
            == f"{REDIRECT}&code=code-1&state=the%20client%27s%20state&iss=https%3A%2F%2Fmusic.example"
        )
        ((grant, redirect_uri, challenge),) = gateway.codes.minted
        assert (redirect_uri, challenge) == (REDIRECT, CHALLENGE)
        assert grant == Grant(
            principal_id="user:name-of-account-1",
            client_id="https://agent.example/client.json",
            scopes=frozenset({"user-read-private", "user-modify-playback-state"}),
            audience=f"{ISSUER}/mcp",
            family=grant.family,
        )
        ((attempt, code),) = gateway.spotify.redeemed
        assert (attempt.redirect_uri, code) == (f"{ISSUER}/oauth/callback", "spotify-code")
        assert attempt.verifier == f"verifier-of-{attempt.state}"
        adopted = gateway.adopted["user:name-of-account-1"]
        assert (adopted.user_id, adopted.user_name, adopted.refresh_token) == ("u1", "Ada", "refresh-secret")
        assert not browser.cookies


async def test_deny_leads_back_to_the_client_and_not_to_spotify() -> None:
    async with running() as gateway:
        browser = gateway.browser()
        left = await browser.decide(await browser.ask(), "deny")
        assert (left.status, left.location) == (200, "")
        assert left.leads_to.startswith(f"{REDIRECT}&error=access_denied&")
        assert (left.answer["state"], left.answer["iss"]) == ("the client's state", ISSUER)
        assert left.links == [left.leads_to]
        assert not gateway.vault.values
        assert not browser.cookies


@pytest.mark.parametrize("decision", ["", "ALLOW", "yes"])
async def test_only_allow_means_allow(decision: str) -> None:
    async with running() as gateway:
        browser = gateway.browser()
        left = await browser.decide(await browser.ask(), decision)
        assert left.answer["error"] == "access_denied"


async def test_consent_is_asked_for_each_time() -> None:
    async with running() as gateway:
        browser = gateway.browser()
        assert (await browser.walk()).answer["code"] == "code-1"
        again = await browser.ask()
        assert (again.status, again.location, again.leads_to) == (200, "", "")


async def test_the_cookie_is_for_this_host_and_out_of_reach_of_scripts() -> None:
    async with running() as gateway:
        (cookie,) = (await gateway.browser().ask()).set_cookies
        assert re.fullmatch(
            r"__Host-fermata-[\w-]{22}=[\w-]{43,}; HttpOnly; Max-Age=600; Path=/; SameSite=Lax; Secure", cookie
        )
    async with running(issuer="http://127.0.0.1:8080") as gateway:
        (cookie,) = (await gateway.browser().ask(resource="")).set_cookies
        assert re.fullmatch(r"fermata-[\w-]{22}=[\w-]{43,}; HttpOnly; Max-Age=600; Path=/; SameSite=Lax", cookie)


async def test_what_is_kept_opens_nothing() -> None:
    async with running() as gateway:
        browser = gateway.browser()
        page = await browser.ask()
        kept = repr(gateway.vault.values)
        (cookie,) = browser.cookies.values()
        assert cookie not in kept
        assert page.hidden["token"] not in kept
        assert cookie not in page.text


async def test_a_form_without_the_token_of_its_page_is_refused_and_the_page_still_works() -> None:
    async with running() as gateway:
        browser = gateway.browser()
        page, other = await browser.ask(), await browser.ask()
        for token in ("", "x", other.hidden["token"]):
            fields = {**page.hidden, "token": token, "decision": "allow"}
            assert ended(await browser.post("/oauth/consent", fields))
        assert (await browser.decide(page)).leads_to


@pytest.mark.parametrize(
    "origin", [None, "null", "https://evil.example", f"{ISSUER}.evil.example", f"{ISSUER}:444"]
)
async def test_a_form_from_another_page_is_refused_though_its_token_is_right(origin: str | None) -> None:
    async with running() as gateway:
        browser = gateway.browser()
        page = await browser.ask()
        fields = {**page.hidden, "decision": "allow"}
        assert ended(await browser.post("/oauth/consent", fields, origin=origin))
        assert (await browser.decide(page)).leads_to


async def test_a_page_that_was_opened_in_another_browser_cannot_be_answered() -> None:
    async with running() as gateway:
        mine, other = gateway.browser(), gateway.browser()
        page = await mine.ask()
        assert ended(await other.decide(page))
        # Not even if that one is walking too.
        await other.ask()
        assert ended(await other.decide(page))
        assert (await mine.decide(page)).leads_to


async def test_who_begins_in_one_browser_does_not_end_in_another() -> None:
    async with running() as gateway:
        attacker, victim = gateway.browser(), gateway.browser()
        sent = await attacker.decide(await attacker.ask())
        await victim.ask()
        # The attacker's account at Spotify, or the victim's, for a code that the attacker waits for.
        assert ended(await victim.come_back(sent))
        assert not gateway.spotify.redeemed
        assert not gateway.adopted
        # And what is the attacker's own goes on: nobody can end it from elsewhere.
        assert (await attacker.come_back(sent)).answer["code"] == "code-1"


async def test_a_cookie_that_the_browser_brings_is_not_adopted() -> None:
    async with running() as gateway:
        attacker, victim = gateway.browser(), gateway.browser()
        known = await attacker.ask()
        victim.cookies.update(attacker.cookies)
        page = await victim.ask()
        mine = {name: value for name, value in victim.cookies.items() if name not in attacker.cookies}
        assert len(mine) == 1
        assert not set(mine.values()) & set(attacker.cookies.values())
        assert page.hidden["transaction"] != known.hidden["transaction"]
        assert ended(await attacker.decide(page))
        assert (await victim.decide(page)).leads_to


async def test_a_cookie_of_one_tab_is_worth_nothing_in_another() -> None:
    async with running() as gateway:
        browser = gateway.browser()
        first = await browser.ask()
        (name,) = browser.cookies
        await browser.ask()
        (other,) = (value for key, value in browser.cookies.items() if key != name)
        browser.cookies[name] = other
        assert ended(await browser.decide(first))


async def test_two_tabs_do_not_disturb_each_other() -> None:
    async with running() as gateway:
        browser = gateway.browser()
        one, two = await browser.ask(state="one"), await browser.ask(state="two", scope="user-read-private")
        sent_two = await browser.decide(two)
        sent_one = await browser.decide(one)
        back_one, back_two = await browser.come_back(sent_one), await browser.come_back(sent_two)
        assert (back_one.answer["state"], back_two.answer["state"]) == ("one", "two")
        assert [len(grant.scopes) for grant, _, _ in gateway.codes.minted] == [2, 1]


async def test_a_double_click_is_one_answer() -> None:
    async with running() as gateway:
        browser = gateway.browser()
        page = await browser.ask()
        answers = await asyncio.gather(*(browser.decide(page) for _ in range(2)))
        assert sorted(bool(answer.leads_to) for answer in answers) == [False, True]
        assert "out of date" in next(answer.words for answer in answers if not answer.leads_to)


async def test_what_was_denied_cannot_be_allowed_by_going_back() -> None:
    async with running() as gateway:
        browser = gateway.browser()
        page = await browser.ask()
        await browser.decide(page, "deny")
        assert ended(await browser.decide(page))


async def test_the_back_button_after_success_gives_nothing_more() -> None:
    async with running() as gateway:
        browser = gateway.browser()
        page = await browser.ask()
        sent = await browser.decide(page)
        cookies = dict(browser.cookies)
        await browser.come_back(sent)
        for jar in (browser.cookies, cookies):
            browser.cookies = dict(jar)
            assert ended(await browser.come_back(sent))
            assert ended(await browser.decide(page))
        assert len(gateway.codes.minted) == 1
        assert len(gateway.spotify.redeemed) == 1


async def test_two_returns_at_once_are_one() -> None:
    async with running() as gateway:
        browser = gateway.browser()
        sent = await browser.decide(await browser.ask())
        await asyncio.gather(*(browser.come_back(sent) for _ in range(2)))
        assert len(gateway.codes.minted) == 1


async def test_an_answer_after_ten_minutes_is_too_late() -> None:
    async with running() as gateway:
        browser = gateway.browser()
        page = await browser.ask()
        gateway.vault.now += 600
        assert ended(await browser.decide(page))


@pytest.mark.parametrize(
    ("thinking_s", "away_s", "in_time"), [(300, 299, True), (300, 360, False), (0, 600, False)]
)
async def test_all_of_it_takes_ten_minutes_at_most(thinking_s: int, away_s: int, in_time: bool) -> None:  # noqa: FBT001 - a table
    async with running() as gateway:
        browser = gateway.browser()
        page = await browser.ask()
        gateway.vault.now += thinking_s
        sent = await browser.decide(page)
        gateway.vault.now += away_s
        assert ended(await browser.come_back(sent)) != in_time
        assert len(gateway.spotify.redeemed) == in_time


async def test_a_vault_that_forgets_late_changes_nothing_about_that() -> None:
    async with running() as gateway:
        browser = gateway.browser()
        page, sent = await browser.ask(), await browser.decide(await browser.ask())
        gateway.vault.values = {key: (value, 1e12) for key, (value, _) in gateway.vault.values.items()}
        gateway.vault.now += 600
        assert ended(await browser.decide(page, "deny"))
        assert ended(await browser.come_back(sent))


async def test_an_answer_whose_time_runs_out_on_the_way_is_too_late() -> None:
    async with running() as gateway:
        browser = gateway.browser()
        page = await browser.ask()
        gateway.vault.take_s = 600
        assert ended(await browser.decide(page))
        assert not gateway.vault.values


async def test_nothing_is_kept_for_longer() -> None:
    async with running() as gateway:
        browser = gateway.browser()
        page = await browser.ask()
        over = gateway.vault.now + 600
        gateway.vault.now += 100
        await browser.decide(page)
        ((_, ends),) = gateway.vault.values.values()
        assert ends == over


async def test_what_an_older_gateway_began_is_over() -> None:
    async with running() as gateway:
        browser = gateway.browser()
        page = await browser.ask()
        (key,) = gateway.vault.values
        value, ends = gateway.vault.values[key]
        gateway.vault.values[key] = value.replace(b'"challenge"', b'"riddle"'), ends
        assert ended(await browser.decide(page))


FORM = {"Content-Type": "application/x-www-form-urlencoded", "Origin": ISSUER}


@pytest.mark.parametrize(
    ("headers", "more"),
    [
        (FORM, "&decision=deny"),
        (FORM, "&padding=" + "a" * 8192),
        (FORM, "".join(f"&f{number}=1" for number in range(14))),
        (FORM, "&padding=%ff"),
        (FORM, "&padding=\xff"),
        ({**FORM, "Content-Type": "text/plain"}, ""),
    ],
)
async def test_what_is_no_form_of_ours_is_refused_whatever_it_knows(headers: dict[str, str], more: str) -> None:
    async with running() as gateway:
        browser = gateway.browser()
        page = await browser.ask()
        data = urlencode({**page.hidden, "decision": "allow"})
        assert ended(await browser.send("POST", "/oauth/consent", headers=headers, data=data + more))
        assert (await browser.send("POST", "/oauth/consent", headers=FORM, data=data)).leads_to


@pytest.mark.parametrize("transaction", ["", "a" * 129, "ü", "a b", "\x00"])
async def test_a_transaction_that_cannot_be_is_none(transaction: str) -> None:
    async with running() as gateway:
        browser = gateway.browser()
        page = await browser.ask()
        fields = {**page.hidden, "transaction": transaction}
        assert ended(await browser.post("/oauth/consent", fields))


async def test_a_cookie_that_is_no_text_is_a_wrong_one() -> None:
    async with running() as gateway:
        browser = gateway.browser()
        page = await browser.ask()
        (cookie,) = browser.cookies
        body = urlencode({**page.hidden, "decision": "allow"}).encode()
        status = await gateway.raw(
            HEAD + f"Content-Length: {len(body)}\r\nCookie: {cookie}=".encode() + b"\xff\xfe\r\n\r\n" + body
        )
        assert status == 403


async def test_a_form_that_does_not_say_how_long_it_is_is_not_read() -> None:
    async with running() as gateway:
        assert await gateway.raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n") == 400


HEAD = (
    b"POST /oauth/consent HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\nOrigin: https://music.example\r\n"
)


async def test_the_scopes_that_spotify_grants_are_all_that_the_code_is_worth() -> None:
    async with running() as gateway:
        gateway.spotify.granted = frozenset({"user-read-private", "playlist-modify-private"})
        await gateway.browser().walk()
        ((grant, _, _),) = gateway.codes.minted
        assert grant.scopes == LEAST


@pytest.mark.parametrize("granted", [frozenset(), frozenset({"playlist-modify-private"})])
async def test_a_user_who_grants_none_of_it_has_denied(granted: frozenset[str]) -> None:
    async with running() as gateway:
        gateway.spotify.granted = granted
        back = await gateway.browser().walk()
        assert back.answer["error"] == "access_denied"
        assert not gateway.codes.minted
        assert not gateway.adopted


async def test_addresses_keep_what_they_had() -> None:
    async with running() as gateway:
        back = await gateway.browser().walk()
        assert parse_qs(urlsplit(back.location).query)["tenant"] == ["7"]
