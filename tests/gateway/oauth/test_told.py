"""What the authorization server tells about itself."""

import pytest

from consent_browser import Page
from consent_rig import KEY, running
from gateway.errors import UpstreamUnavailableError
from gateway.oauth.errors import OAuthError
from ledger_rig import LedgerRig
from virtual_time import run


def test_tokens_that_come_and_go_are_told() -> None:
    async def main() -> None:
        rig = LedgerRig()
        issued = await rig.refresh((await rig.issued()).refresh_token)
        await rig.ledger.revoke(issued.access_token, client_id="another")
        await rig.ledger.revoke(issued.access_token, client_id="app")
        assert rig.told == [("tokens", "issued"), ("tokens", "refreshed"), ("tokens", "revoked")]

    run(main())


def test_what_comes_a_second_time_is_told_and_a_guess_is_not() -> None:
    async def main() -> None:
        rig = LedgerRig()
        code = await rig.code()
        first = await rig.redeem(code)
        with pytest.raises(OAuthError):
            await rig.redeem(code)
        for guess in ("x" * 43, f"frt_{'x' * 30}.{'y' * 43}"):
            with pytest.raises(OAuthError):
                await rig.redeem(guess)
            with pytest.raises(OAuthError):
                await rig.refresh(guess)
        second = await rig.issued()
        await rig.refresh(second.refresh_token)
        for spent in (first, second):
            with pytest.raises(OAuthError):
                await rig.refresh(spent.refresh_token)
        assert [event for event in rig.told if event[0] == "reused"] == [
            ("reused", "code"),
            ("reused", "refresh_token"),
        ]

    run(main())


async def test_a_sign_in_for_a_program_is_told_from_its_beginning_to_its_end() -> None:
    async with running() as gateway:
        browser = gateway.browser()
        await browser.ask()
        assert gateway.told == []
        assert (await browser.walk()).answer["code"]
        assert gateway.told == [("begun", "program"), ("finished", "program")]


@pytest.mark.parametrize(("error", "why"), [("access_denied", "denied"), ("server_error", "failed")])
async def test_a_sign_in_that_spotify_ends_is_told(error: str, why: str) -> None:
    async with running() as gateway:
        browser = gateway.browser()
        sent = await browser.decide(await browser.ask())
        await browser.come_back(sent, code="", error=error)
        assert gateway.told == [("begun", "program"), ("refused", "program", why)]


async def test_a_sign_in_that_fails_here_is_told() -> None:
    async with running() as gateway:
        gateway.trouble = UpstreamUnavailableError("Spotify is down")
        await gateway.browser().walk()
        assert gateway.told == [("begun", "program"), ("refused", "program", "failed")]


async def test_a_sign_in_for_a_key_is_told_as_such() -> None:
    async with running(keys=True) as gateway:
        browser = gateway.browser()
        opened: Page = await browser.get("/login")
        sent = await browser.post("/login", {**opened.hidden, "key": KEY, "decision": "sign-in"})
        await browser.come_back(sent)
        assert gateway.told == [("begun", "key"), ("finished", "key")]
