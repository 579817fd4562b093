"""One sign-in serves all programs of a user: what one program is allowed takes nothing from another."""

import pytest

from consent_browser import Page
from consent_rig import Gateway, running
from gateway.auth.sign_in import SignIn
from gateway.errors import UpstreamUnavailableError
from gateway.oauth.identity import Identity

ADA = "user:name-of-account-1"
OF_ANOTHER = frozenset({"playlist-modify-private", "user-read-private"})
ASKED = "user-modify-playback-state user-read-private"


def kept(gateway: Gateway, days_ago: float = 1.0, scopes: frozenset[str] | None = OF_ANOTHER) -> SignIn:
    """Let Ada have signed in before, for another program."""
    authorized_at = gateway.vault.now - days_ago * 86_400
    gateway.adopted[ADA] = SignIn(consent="c0", refresh_token="before", scopes=scopes, authorized_at=authorized_at)
    return gateway.adopted[ADA]


def asked_of_spotify(page: Page) -> set[str]:
    return set(page.answer["scope"].split())


async def test_what_another_program_has_is_asked_for_too_in_a_second_trip_to_spotify() -> None:
    async with running() as gateway:
        before = kept(gateway)
        browser = gateway.browser()
        sent = await browser.decide(await browser.ask(scope=ASKED))
        assert asked_of_spotify(sent) == {*ASKED.split()}
        gateway.spotify.granted = frozenset(ASKED.split())
        again = await browser.come_back(sent)
        assert again.status == 302
        assert again.location.startswith("https://accounts.example/authorize?")
        assert asked_of_spotify(again) == {*ASKED.split(), *OF_ANOTHER}
        assert again.answer["show_dialog"] == "False"
        # Nothing has changed before it is whole.
        assert gateway.adopted == {ADA: before}
        assert not gateway.codes.minted
        gateway.spotify.granted = OF_ANOTHER.union(ASKED.split())
        back = await browser.come_back(again)
        assert back.answer["code"] == "code-1"
        assert gateway.adopted[ADA].scopes == OF_ANOTHER.union(ASKED.split())
        ((grant, _, _),) = gateway.codes.minted
        # The program gets what it was allowed, and no more.
        assert grant.scopes == frozenset(ASKED.split())
        assert not browser.cookies


async def test_there_is_no_third_trip() -> None:
    async with running() as gateway:
        kept(gateway)
        browser = gateway.browser()
        gateway.spotify.granted = frozenset(ASKED.split())
        again = await browser.come_back(await browser.decide(await browser.ask(scope=ASKED)))
        back = await browser.come_back(again)
        assert back.answer["code"] == "code-1"
        assert gateway.adopted[ADA].scopes == frozenset(ASKED.split())


@pytest.mark.parametrize("days_ago", [181.5, 200])
async def test_a_sign_in_that_is_about_to_end_is_replaced(days_ago: float) -> None:
    async with running() as gateway:
        kept(gateway, days_ago)
        gateway.spotify.granted = frozenset(ASKED.split())
        assert (await gateway.browser().walk(scope=ASKED)).answer["code"] == "code-1"


@pytest.mark.parametrize("scopes", [None, frozenset[str](), frozenset({"user-read-private"})])
async def test_who_loses_nothing_goes_to_spotify_once(scopes: frozenset[str] | None) -> None:
    async with running() as gateway:
        kept(gateway, scopes=scopes)
        gateway.spotify.granted = frozenset(ASKED.split())
        assert (await gateway.browser().walk(scope=ASKED)).answer["code"] == "code-1"


async def test_the_second_trip_is_for_the_same_browser_once_and_no_longer() -> None:
    async with running() as gateway:
        kept(gateway)
        browser = gateway.browser()
        gateway.spotify.granted = frozenset(ASKED.split())
        first = await browser.decide(await browser.ask(scope=ASKED))
        gateway.vault.now += 300
        again = await browser.come_back(first)
        assert (await browser.come_back(first)).status == 400
        assert (await gateway.browser().come_back(again)).status == 403
        gateway.vault.now += 301
        late = await browser.come_back(again)
        assert (late.status, late.location) == (400, "")
        assert not gateway.codes.minted


async def test_who_says_no_on_the_second_trip_keeps_what_was_there() -> None:
    async with running() as gateway:
        before = kept(gateway)
        browser = gateway.browser()
        gateway.spotify.granted = frozenset(ASKED.split())
        again = await browser.come_back(await browser.decide(await browser.ask(scope=ASKED)))
        back = await browser.come_back(again, code="", error="access_denied")
        assert back.answer["error"] == "access_denied"
        assert gateway.adopted == {ADA: before}


async def test_who_comes_back_as_somebody_else_gets_nothing_of_the_first_one() -> None:
    async with running() as gateway:
        before = kept(gateway)
        browser = gateway.browser()
        gateway.spotify.granted = frozenset(ASKED.split())
        again = await browser.come_back(await browser.decide(await browser.ask(scope=ASKED)))
        gateway.identity = Identity("account-2", "u2", "Bob")
        await browser.come_back(again)
        assert gateway.adopted[ADA] == before
        ((grant, _, _),) = gateway.codes.minted
        assert grant.principal_id == "user:name-of-account-2"


async def test_where_what_is_kept_cannot_be_read_nothing_is_replaced() -> None:
    async with running() as gateway:
        before = kept(gateway)
        browser = gateway.browser()
        sent = await browser.decide(await browser.ask(scope=ASKED))
        gateway.unreadable = UpstreamUnavailableError("What is kept of sign-ins cannot be reached")
        page = await browser.come_back(sent)
        assert page.status == 503
        assert gateway.adopted == {ADA: before}
