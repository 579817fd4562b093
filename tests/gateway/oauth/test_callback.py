import pytest

from consent_browser import ISSUER, REDIRECT
from consent_rig import running
from gateway.errors import (
    ForbiddenError,
    SignInRefusedError,
    SpotifyError,
    ThrottledError,
    UpstreamTimeoutError,
    UpstreamUnavailableError,
)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        ("access_denied", "access_denied"),
        ("server_error", "temporarily_unavailable"),
        ("<script>", "temporarily_unavailable"),
        ("", "temporarily_unavailable"),
    ],
)
async def test_the_client_learns_that_spotify_said_no(error: str, told: str) -> None:
    async with running() as gateway:
        browser = gateway.browser()
        sent = await browser.decide(await browser.ask())
        back = await browser.get("/oauth/callback", {"error": error, "state": sent.answer["state"]})
        assert back.location.startswith(f"{REDIRECT}&error={told}&error_description=")
        assert "%3Cscript" not in back.location
        assert (back.answer["state"], back.answer["iss"]) == ("the client's state", ISSUER)
        assert not gateway.spotify.redeemed
        assert not browser.cookies


@pytest.mark.parametrize(
    ("error", "status", "told", "words"),
    [
        (ForbiddenError("User not registered"), 403, "access_denied", "add the e-mail address"),
        (ThrottledError("The budget is spent.", retry_after_s=41.2), 429, "temporarily_unavailable", "in 42 s"),
        (SignInRefusedError("Start <b>again</b>"), 400, "temporarily_unavailable", "Start <b>again</b>"),
        (UpstreamUnavailableError("Spotify is down"), 503, "temporarily_unavailable", "Spotify is down"),
        (UpstreamTimeoutError("No answer came"), 503, "temporarily_unavailable", "No answer came"),
    ],
)
@pytest.mark.parametrize("at_redeeming", [True, False])
async def test_people_learn_why_they_could_not_sign_in_and_the_client_from_them(
    error: SpotifyError, status: int, told: str, *, words: str, at_redeeming: bool
) -> None:
    async with running() as gateway:
        if at_redeeming:
            gateway.spotify.error = error
        else:
            gateway.trouble = error
        page = await gateway.browser().walk()
        assert (page.status, page.location, page.leads_to) == (status, "", "")
        assert words in page.words
        assert page.answer["error"] == told
        assert page.answer["state"] == "the client's state"
        (link,) = page.links
        assert link.startswith(REDIRECT)
        assert page.headers.get("Retry-After") == ("42" if status == 429 else None)
        assert not gateway.codes.minted
        assert not gateway.adopted


@pytest.mark.parametrize(
    "query",
    [
        "",
        "code=1",
        "state=spotify-state-1",
        "code=1&code=2&state=spotify-state-1",
        "code=1&error=access_denied&state=spotify-state-1",
        "code=1&state=spotify-state-1&state=spotify-state-1",
        "code=1&state=spotify-state-2",
        "code=1&state=",
        "code=1&state=spotify-state-1%0d%0a",
        f"code=1&state={'s' * 4000}",
        f"code={'c' * 2049}&state=spotify-state-1",
    ],
)
async def test_a_visit_that_is_no_return_from_spotify_changes_nothing(query: str) -> None:
    async with running() as gateway:
        browser = gateway.browser()
        sent = await browser.decide(await browser.ask())
        page = await browser.send("GET", f"/oauth/callback?{query}")
        assert (page.status, page.location, page.links) == (400, "", [])
        assert not gateway.spotify.redeemed
        assert (await browser.come_back(sent)).answer["code"] == "code-1"


async def test_a_vault_that_is_lost_on_the_way_is_said_so() -> None:
    async with running() as gateway:
        browser = gateway.browser()
        sent = await browser.decide(await browser.ask())
        gateway.vault.broken = True
        page = await browser.come_back(sent)
        assert (page.status, page.location) == (503, "")
        gateway.vault.broken = False
        assert (await browser.come_back(sent)).answer["code"] == "code-1"


async def test_an_empty_code_is_not_taken_for_one() -> None:
    async with running() as gateway:
        browser = gateway.browser()
        sent = await browser.decide(await browser.ask())
        back = await browser.get("/oauth/callback", {"code": "", "state": sent.answer["state"]})
        assert back.answer["error"] == "temporarily_unavailable"
        assert not gateway.spotify.redeemed
