"""A user with a browser that runs no scripts, who answers the simulator's login page with what a test decided."""

from dataclasses import dataclass
from html.parser import HTMLParser
from http import HTTPStatus
from urllib.parse import urljoin

import aiohttp

AWAY = (HTTPStatus.FOUND, HTTPStatus.SEE_OTHER)


@dataclass(frozen=True, slots=True)
class ConsentingUser:
    """Who signs in, and what they say; `http` holds the cookies, and `jar` makes one for 127.0.0.1."""

    http: aiohttp.ClientSession
    user: str = "demo"
    decision: str = "agree"

    async def sign_in(self, address: str) -> str:
        """Go where an app sends its users, and return the address that the browser is sent back to, unvisited."""
        async with self.http.get(address, allow_redirects=False) as shown:
            if shown.status in AWAY:
                return shown.headers["Location"]
            page = await shown.text()
            assert shown.status == HTTPStatus.OK, page
        answer = {"user": self.user, "decision": self.decision}
        target = urljoin(address, _FormFinder(page).action)
        async with self.http.post(target, data=answer, allow_redirects=False) as answered:
            assert answered.status in AWAY, await answered.text()
            return answered.headers["Location"]


def jar() -> aiohttp.CookieJar:
    """A jar that keeps the cookies of IP addresses as well."""
    return aiohttp.CookieJar(unsafe=True)


class _FormFinder(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.action = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "form":
            self.action = dict(attrs)["action"] or ""
