"""A real browser signs in: it looks for icons, opens connections ahead, and judges policies."""

import asyncio
from pathlib import Path

import pytest

from chromium import MISSING, chromium
from gateway.principal import LOCAL
from ops.login.command import login
from ops.login.wish import Wish
from ops.settings import Settings
from sign_in_journey import refuses, world
from sign_in_rig import Person

pytestmark = [
    pytest.mark.skipif(MISSING, reason="needs chromium and chromedriver"),
    # A browser starts slowly on a busy machine.
    pytest.mark.timeout(120),
]


async def test_who_agrees_at_spotifys_page_reads_that_it_worked(tmp_path: Path) -> None:
    async with world(tmp_path / "data") as here, chromium(tmp_path / "profile") as browser:
        person, settings = Person(has_browser=True), Settings.from_env(here.environ)
        wish = Wish(scopes=frozenset({"user-library-read"}), browser=True, timeout_s=100)
        signing_in = asyncio.create_task(login(wish, settings, LOCAL, terminal=person))
        await browser.open(await person.opens())
        await browser.arrived(f"{here.spotify}/authorize")
        await browser.press("Agree")
        await browser.arrived(here.redirect_uri)
        assert await browser.run("return document.querySelector('h1').textContent") == "You are signed in"
        assert "user-library-read" in await browser.run("return document.body.textContent")
        assert not [said for said in await browser.complaints() if "favicon" not in said]
        async with asyncio.timeout(30):
            assert await signing_in == 0
        assert await refuses(here.redirect_uri)
