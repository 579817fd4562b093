"""What only a browser can tell: whether it obeys the pages' policy, and whether they can live with its own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port

from chromium import MISSING, Chromium, chromium
from consent_browser import request
from consent_rig import Gateway, running

pytestmark = [
    pytest.mark.skipif(MISSING, reason="needs chromium and chromedriver"),
    # A browser starts slowly on a busy machine; one does for all.
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="module"),
]


class Neighbourhood:
    """A gateway, a Spotify at another site, and a client at a third place."""

    def __init__(self, gateway: Gateway, issuer: str, client: str) -> None:
        self.gateway = gateway
        self.issuer = issuer
        self.client = client

    @property
    def start(self) -> str:
        """Where the client sends the browser."""
        fields = request(redirect_uri=f"{self.client}/back", resource="")
        return f"{self.issuer}/oauth/authorize?{urlencode(fields)}"


async def spotify(call: web.Request) -> web.Response:
    """Agree at once."""
    back = urlencode({"code": "spotify-code", "state": call.query["state"]})
    return web.Response(status=302, headers={"Location": f"{call.app[ISSUER]}/oauth/callback?{back}"})


async def blank(call: web.Request) -> web.Response:
    """Show an empty page."""
    return web.Response(
        text=f"<!doctype html><title>{call.path}</title><link rel=icon href=data:,>", content_type="text/html"
    )


ISSUER = web.AppKey("issuer", str)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Chromium]:
    async with chromium(tmp_path_factory.mktemp("profile")) as started:
        yield started


@asynccontextmanager
async def neighbourhood(*, keys: bool = False) -> AsyncIterator[Neighbourhood]:
    port = unused_port()
    issuer = f"http://127.0.0.1:{port}"
    accounts, client = web.Application(), web.Application()
    accounts[ISSUER] = issuer
    accounts.router.add_get("/authorize", spotify)
    client.router.add_get("/{page}", blank)
    async with (
        running(issuer=issuer, port=port, keys=keys) as gateway,
        TestServer(accounts) as accounts_server,
        TestServer(client) as client_server,
    ):
        # By another name it is another site, whose visitors bring no cookies but by a link.
        gateway.spotify.base = f"http://localhost:{accounts_server.port}"
        base = f"http://127.0.0.1:{client_server.port}"
        gateway.clients.change(redirect_uris=(f"{base}/back",))
        yield Neighbourhood(gateway, issuer, base)


def answer(url: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(url).query)


async def unspoilt(browser: Chromium) -> None:
    """Check that the page looks as it should, and that nothing of it was blocked."""
    assert await browser.run("return getComputedStyle(document.querySelector('main')).borderRadius") == "14px"
    assert await browser.complaints() == []


async def test_allow_goes_through_and_deny_goes_back(browser: Chromium) -> None:
    async with neighbourhood() as place:
        await browser.open(place.start)
        await unspoilt(browser)
        await browser.press("Allow")
        back = answer(await browser.arrived(f"{place.client}/back"))
        assert (back["code"], back["state"], back["iss"]) == (["code-1"], ["the client's state"], [place.issuer])
        assert await browser.run("return document.referrer") == ""
        await browser.open(place.start)
        await browser.press("Deny")
        back = answer(await browser.arrived(f"{place.client}/back"))
        assert (back["error"], back["state"]) == (["access_denied"], ["the client's state"])
        assert await browser.complaints() == []


async def test_a_client_that_opened_a_popup_sees_it_come_back(browser: Chromium) -> None:
    async with neighbourhood() as place:
        await browser.open(f"{place.client}/app")
        await browser.run(f"window.popup = window.open({place.start!r})")
        app, popup = await browser.call("GET", "/window/handles")
        await browser.call("POST", "/window", handle=popup)
        await browser.arrived(place.issuer)
        await browser.press("Allow")
        await browser.arrived(f"{place.client}/back")
        await browser.call("POST", "/window", handle=app)
        assert answer(await browser.run("return popup.location.href"))["code"] == ["code-1"]
        await browser.run("popup.close()")


async def test_the_pages_show_in_no_frame(browser: Chromium) -> None:
    async with neighbourhood() as place:
        await browser.open(f"{place.client}/app")
        frame = "const f = document.createElement('iframe'); f.src = arguments_0; document.body.append(f)"
        await browser.run(frame.replace("arguments_0", repr(place.start)))
        complaints: list[str] = []
        for _ in range(100):
            complaints += await browser.complaints()
            if complaints:
                break
        assert "frame-ancestors" in complaints[0]


async def test_a_key_is_typed_and_an_account_lent(browser: Chromium) -> None:
    async with neighbourhood(keys=True) as place:
        await browser.open(f"{place.issuer}/login")
        await unspoilt(browser)
        await browser.run("document.getElementById('key').value = 'fgk_right'")
        await browser.press("Sign in at Spotify")
        await browser.arrived(f"{place.issuer}/oauth/callback")
        assert await browser.run("return document.querySelector('h1').innerText") == "You are signed in"
        await unspoilt(browser)
        assert place.gateway.adopted["key:desk"].user_name == "Ada"
