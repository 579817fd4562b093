import pytest

from consent_browser import Browser, Page
from consent_rig import KEY, OFFERED, running
from gateway.errors import ForbiddenError, UpstreamUnavailableError
from gateway.oauth.identity import Identity


async def type_key(browser: Browser, page: Page, key: str = KEY, decision: str = "sign-in") -> Page:
    return await browser.post("/login", {**page.hidden, "key": key, "decision": decision})


async def test_whoever_types_a_key_signs_in_for_it() -> None:
    async with running(keys=True) as gateway:
        browser = gateway.browser()
        sent = await type_key(browser, await browser.get("/login"))
        assert sent.leads_to.startswith("https://accounts.example/authorize?")
        assert set(sent.answer["scope"].split()) == OFFERED
        # Or nobody would see which account it is.
        assert sent.answer["show_dialog"] == "True"
        done = await browser.come_back(sent)
        assert (done.status, done.location) == (200, "")
        assert "Signed in as Ada" in done.words
        assert gateway.adopted["key:desk"].user_id == "u1"
        assert not browser.cookies
        assert not gateway.vault.values


async def test_what_an_invitation_adds_is_shown_and_asked_for() -> None:
    async with running(keys=True) as gateway:
        browser = gateway.browser()
        page = await browser.get("/login", {"scope": "user-top-read streaming <b>"})
        assert "asks for more than usual" in page.words
        assert "favourite artists" in page.words
        page = await type_key(browser, page, "fgk_wrong")
        sent = await type_key(browser, page)
        assert set(sent.answer["scope"].split()) == {*OFFERED, "user-top-read"}
        assert "more than usual" not in (await browser.get("/login")).words


async def test_a_wrong_key_is_said_so_and_can_be_typed_again() -> None:
    async with running(keys=True) as gateway:
        browser = gateway.browser()
        page = await type_key(browser, await browser.get("/login"), "fgk_wrong\"'><script>")
        assert page.status == 403
        assert "no key of this gateway" in page.words
        assert "fgk_wrong" not in page.text
        assert len(browser.cookies) == 1
        assert (await type_key(browser, page, f" {KEY} ")).leads_to


async def test_the_key_is_never_part_of_an_answer_and_not_kept() -> None:
    async with running(keys=True) as gateway:
        browser = gateway.browser()
        sent = await type_key(browser, await browser.get("/login"))
        assert KEY not in sent.text
        assert KEY not in repr(gateway.vault.values)


async def test_nobody_is_led_to_lend_an_account_to_somebody_elses_key() -> None:
    async with running(keys=True) as gateway:
        attacker, victim = gateway.browser(), gateway.browser()
        sent = await type_key(attacker, await attacker.get("/login"))
        await victim.get("/login")
        page = await victim.come_back(sent)
        assert page.status == 403
        assert not gateway.adopted
        # A form of the attacker's that the victim's browser sends, with the attacker's key in it.
        form = await attacker.get("/login")
        assert (await type_key(victim, form)).status == 403
        mine = await victim.get("/login")
        fields = {**mine.hidden, "key": KEY, "decision": "sign-in"}
        assert (await victim.post("/login", fields, origin="https://evil.example")).status == 403
        assert (await victim.post("/login", {**fields, "token": "x"})).status == 403


async def test_a_form_works_once() -> None:
    async with running(keys=True) as gateway:
        browser = gateway.browser()
        page = await browser.get("/login")
        assert (await type_key(browser, page)).leads_to
        again = await type_key(browser, page)
        assert (again.status, again.leads_to) == (400, "")


async def test_sign_out_forgets_the_account_of_the_key_that_was_typed() -> None:
    async with running(keys=True) as gateway:
        browser = gateway.browser()
        page = await type_key(browser, await browser.get("/login"), decision="forget")
        assert "Signed out" in page.words
        assert gateway.forgotten == ["key:desk"]
        assert not browser.cookies
        await type_key(browser, await browser.get("/login"), "fgk_wrong", decision="forget")
        assert gateway.forgotten == ["key:desk"]


async def test_a_sign_in_that_fails_says_why_and_where_to_begin_anew() -> None:
    async with running(keys=True) as gateway:
        gateway.trouble = ForbiddenError("User not registered")
        browser = gateway.browser()
        page = await browser.come_back(await type_key(browser, await browser.get("/login")))
        assert (page.status, page.links) == (403, ["/login"])
        assert "add the e-mail address" in page.words
        assert not gateway.adopted
        denied = await browser.get(
            "/oauth/callback",
            {
                "error": "access_denied",
                "state": (await type_key(browser, await browser.get("/login"))).answer["state"],
            },
        )
        assert (denied.status, denied.location, denied.links) == (400, "", ["/login"])


@pytest.mark.parametrize(("name", "seen"), [("<b>Ada\u202e", "Signed in as <b>Ada ."), ("", "Signed in as u1.")])
async def test_the_name_of_the_user_is_shown_as_text(name: str, seen: str) -> None:
    async with running(keys=True) as gateway:
        gateway.identity = Identity("a", "u1", name)
        browser = gateway.browser()
        page = await browser.come_back(await type_key(browser, await browser.get("/login")))
        assert seen.replace(" .", "") in page.words.replace(" .", ".")
        assert "b" not in page.names


async def test_a_form_of_one_mode_is_nothing_in_the_other() -> None:
    async with running(keys=True) as keys, running() as oauth:
        oauth.vault.values = keys.vault.values
        there, here = keys.browser(), oauth.browser()
        page = await there.get("/login")
        here.cookies = dict(there.cookies)
        refused = await here.post("/oauth/consent", {**page.hidden, "decision": "allow"})
        assert (refused.status, refused.leads_to) == (400, "")
        sent = await type_key(there, await there.get("/login"))
        here.cookies = dict(there.cookies)
        back = await here.come_back(sent)
        assert (back.status, back.location) == (400, "")
        assert not oauth.spotify.redeemed
        asked = await here.ask()
        there.cookies = dict(here.cookies)
        refused = await type_key(there, asked)
        assert (refused.status, refused.leads_to) == (400, "")


async def test_a_sign_out_that_cannot_be_kept_is_not_said_to_be_one() -> None:
    async with running(keys=True) as gateway:
        gateway.trouble = UpstreamUnavailableError("What is kept of sign-ins cannot be reached; try again shortly")
        browser = gateway.browser()
        page = await type_key(browser, await browser.get("/login"), decision="forget")
        assert (page.status, page.location) == (503, "")
        assert "cannot be reached" in page.words
        assert "Signed out" not in page.words
