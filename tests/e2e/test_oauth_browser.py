"""A real browser walks the whole way between an MCP client, the gateway and Spotify; and is a client itself."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer

from chromium import MISSING, Chromium, chromium
from jobs import JOBS
from oauth_house import OAuthHouse, running
from oauth_program import WAYS, Known, Program

pytestmark = [
    pytest.mark.skipif(MISSING, reason="needs chromium and chromedriver"),
    # A browser starts slowly on a busy machine; one does for all.
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="module"),
]

DISCOVER = """
const [base] = arguments;
const headers = {"Content-Type": "application/json"};
const refused = await fetch(base + "/mcp", {method: "POST", body: "{}", headers});
const challenge = refused.headers.get("WWW-Authenticate");
const resource = await (await fetch(/resource_metadata="([^"]*)"/.exec(challenge)[1])).json();
const well_known = "/.well-known/oauth-authorization-server";
const server = await (await fetch(resource.authorization_servers[0] + well_known)).json();
const form = new URLSearchParams({grant_type: "refresh_token", client_id: "nobody", refresh_token: "none"});
const token = await fetch(server.token_endpoint, {method: "POST", body: form});
return [refused.status, challenge, token.status, (await token.json()).error];
"""


async def blank(_: web.Request) -> web.Response:
    """Show an empty page."""
    return web.Response(
        text="<!doctype html><title>Back</title><link rel=icon href=data:,>", content_type="text/html"
    )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Chromium]:
    async with chromium(tmp_path_factory.mktemp("profile")) as started:
        yield started


@pytest_asyncio.fixture(loop_scope="module")
async def elsewhere() -> AsyncIterator[str]:
    """Pages of another site; yields their origin."""
    app = web.Application()
    app.router.add_get("/{page}", blank)
    async with TestServer(app) as server:
        yield f"http://127.0.0.1:{server.port}"


async def walk(browser: Chromium, place: OAuthHouse, start: str, *, back: str) -> str:
    """Press Allow here and Agree at Spotify, and return where that ends."""
    # The simulator of another test may have asked the same browser, and Spotify asks nobody twice.
    await browser.open(f"{place.house.spotify}/authorize")
    await browser.forget()
    await browser.complaints()
    await browser.open(start)
    await browser.press("Allow")
    await browser.arrived(f"{place.house.spotify}/authorize")
    await browser.press("Agree")
    return await browser.arrived(back)


@pytest.mark.parametrize("known", WAYS)
async def test_a_browser_walks_the_whole_way_with_a_client_waiting(
    browser: Chromium, elsewhere: str, known: Known
) -> None:
    back = f"{elsewhere}/callback"
    async with running(FERMATA_REGISTRATION="on") as place:

        async def browse(start: str) -> str:
            return await walk(browser, place, start, back=back)

        program = Program(place, known=known, redirect_uri=back, browse=browse)
        async with program.connected("auto") as agent:
            answer = await agent.call("spotify_status", JOBS["status"].arguments)
    assert JOBS["status"].says in answer.text
    assert not await browser.complaints()


async def test_a_page_of_a_listed_origin_finds_the_way_itself(browser: Chromium, elsewhere: str) -> None:
    async with running(ALLOWED_ORIGINS=elsewhere) as place:
        await browser.open(f"{elsewhere}/page")
        status, challenge, refused, error = await browser.run(DISCOVER, place.base)
    assert (status, refused, error) == (401, 400, "invalid_client")
    assert challenge.startswith("Bearer ")
