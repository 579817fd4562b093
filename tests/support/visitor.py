"""Somebody at a browser without scripts, who presses what a test decided, on our pages and on Spotify's."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import urljoin

import aiohttp
from yarl import URL

from consent_browser import Page
from consenting import jar

_MOST_PAGES = 12
_PATIENCE_S = 10
_AWAY = (HTTPStatus.FOUND, HTTPStatus.SEE_OTHER)


@dataclass(slots=True)
class Visitor:
    """Who it is, and what they say.

    Attributes:
        http: Their browser, which keeps cookies.
        homes: Origins of the pages that they walk through; what lies elsewhere is the program's.
        user: Who they are at Spotify.
        decision: What they press on our page, `allow` or `deny`.
        answer: What they press on Spotify's page, `agree` or `cancel`.
        less: What the next program gets of all that it asks for, if that is to be less.
        pages: All that they have seen.
    """

    http: aiohttp.ClientSession
    homes: tuple[str, ...]
    user: str = "demo"
    decision: str = "allow"
    answer: str = "agree"
    less: str = ""
    pages: list[Page] = field(default_factory=list)

    @property
    def questions(self) -> list[Page]:
        """The pages of ours that asked for consent."""
        return [page for page in self.pages if page.hidden]

    async def walk(self, address: str) -> str:
        """Go where a program leads, and return the address of the program at which that ends, unvisited.

        Raises:
            AssertionError: It ends on a page, whose words are told.
        """
        method, address = "GET", self._narrowed(address)
        form: Mapping[str, str] = {}
        for _ in range(_MOST_PAGES):
            if not address.startswith(self.homes):
                return address
            page = await self._look(method, address, form)
            method, form = "GET", {}
            if target := page.location or page.leads_to:
                address = urljoin(address, target)
                continue
            action = next((given["action"] for tag, given in page.tags if tag == "form"), None)
            assert action is not None, f"{page.status} {address}: {page.words}"
            method, address, form = "POST", urljoin(address, action), self._filled(page)
        raise AssertionError(f"led around in a circle: {address}")

    def _narrowed(self, address: str) -> str:
        less, self.less = self.less, ""
        return str(URL(address).update_query(scope=less)) if less else address

    async def visit(self, address: str) -> None:
        """Go the whole way, to the program that listens at its end, or will do so in a moment."""
        target = URL(await self.walk(address), encoded=True)
        async with asyncio.timeout(_PATIENCE_S):
            while True:
                with suppress(aiohttp.ClientConnectorError):
                    async with self.http.get(target) as response:
                        assert response.status == HTTPStatus.OK, await response.text()
                        return
                # Some open the browser first, and their own door then. People are not as quick as this.
                await asyncio.sleep(0.02)

    def _filled(self, page: Page) -> Mapping[str, str]:
        if page.hidden:
            return {**page.hidden, "decision": self.decision}
        return {"user": self.user, "decision": self.answer}

    async def _look(self, method: str, address: str, form: Mapping[str, str]) -> Page:
        url = URL(address, encoded=True)
        headers = {"Origin": str(url.origin())} if method == "POST" else {}
        async with self.http.request(
            method, url, data=form or None, headers=headers, allow_redirects=False
        ) as response:
            set_cookies = response.headers.getall("Set-Cookie", [])
            page = Page(response.status, response.headers, set_cookies=set_cookies, text=await response.text())
        self.pages.append(page)
        return page


@asynccontextmanager
async def visiting(*homes: str) -> AsyncIterator[Visitor]:
    """Open a browser for somebody who trusts the pages of `homes`."""
    async with aiohttp.ClientSession(cookie_jar=jar(), timeout=aiohttp.ClientTimeout(total=20)) as http:
        yield Visitor(http, homes)
