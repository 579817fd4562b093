"""A browser that walks through the pages of consent step by step, and what it sees there."""

import html
from collections.abc import Iterable, Mapping
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from urllib.parse import parse_qsl, urlencode, urlsplit

from aiohttp import ClientSession, DummyCookieJar
from yarl import URL

ISSUER = "https://music.example"
REDIRECT = "https://agent.example/back?tenant=7"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


class Page(HTMLParser):
    """An answer as a browser sees it.

    Attributes:
        hidden: Hidden fields of its form.
        links: Where its links lead.
        leads_to: Where it goes by itself.
        tags: Every element with its attributes.
        words: All that can be read.
    """

    def __init__(self, status: int, headers: Mapping[str, str], *, set_cookies: list[str], text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.status = status
        self.headers = headers
        self.set_cookies = set_cookies
        self.text = text
        self.hidden: dict[str, str] = {}
        self.links: list[str] = []
        self.leads_to = ""
        self.tags: list[tuple[str, dict[str, str]]] = []
        self._words: list[str] = []
        self.feed(text)
        self.words = " ".join(" ".join(self._words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.tags.append((tag, given))
        if tag == "input" and given.get("type") == "hidden":
            self.hidden[given["name"]] = given["value"]
        if tag == "a":
            self.links.append(given["href"])
        if given.get("http-equiv") == "refresh":
            self.leads_to = given["content"].removeprefix("0;url=")

    def handle_data(self, data: str) -> None:
        self._words.append(data)

    @property
    def location(self) -> str:
        return self.headers.get("Location", "")

    @property
    def answer(self) -> dict[str, str]:
        """What a client, or Spotify, is told by the address to which this leads."""
        target = self.location or self.leads_to or self.links[-1]
        return dict(parse_qsl(urlsplit(target).query, keep_blank_values=True))

    @property
    def names(self) -> set[str]:
        """Elements and attributes that it is made of."""
        return {tag for tag, _ in self.tags} | {name for _, given in self.tags for name in given}


class Browser:
    """Keeps cookies, and says where its forms come from; follows nothing by itself."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.cookies: dict[str, str] = {}

    async def get(self, path: str, fields: Iterable[tuple[str, str]] | Mapping[str, str] = ()) -> Page:
        query = urlencode([*(fields.items() if isinstance(fields, Mapping) else fields)])
        return await self.send("GET", f"{path}?{query}" if query else path)

    async def post(self, path: str, fields: Mapping[str, str], *, origin: str | None = ISSUER) -> Page:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if origin is not None:
            headers["Origin"] = origin
        return await self.send("POST", path, headers=headers, data=urlencode(fields))

    async def send(
        self, method: str, path: str, *, headers: Mapping[str, str] | None = None, data: str = ""
    ) -> Page:
        sent = dict(headers or {})
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        url = URL(f"{self.base}{path}", encoded=True)
        async with (
            ClientSession(cookie_jar=DummyCookieJar()) as session,
            session.request(method, url, headers=sent, data=data, allow_redirects=False) as response,
        ):
            set_cookies = response.headers.getall("Set-Cookie", [])
            self._keep(set_cookies)
            text = await response.text()
            return Page(response.status, response.headers, set_cookies=set_cookies, text=text)

    def _keep(self, set_cookies: Iterable[str]) -> None:
        for line in set_cookies:
            for name, morsel in SimpleCookie(line).items():
                self.cookies.pop(name, None)
                if morsel["max-age"] != "0":
                    self.cookies[name] = morsel.value

    async def ask(self, **changes: str) -> Page:
        """Open the authorization page as a program does; an empty change leaves a parameter out."""
        return await self.get("/oauth/authorize", request(**changes))

    async def decide(self, asked: Page, decision: str = "allow") -> Page:
        """Press a button on the page that asks."""
        return await self.post("/oauth/consent", {**asked.hidden, "decision": decision})

    async def come_back(self, sent: Page, **changes: str) -> Page:
        """Return from Spotify, to which `sent` leads."""
        fields = {"code": "spotify-code", "state": sent.answer["state"], **changes}
        return await self.get("/oauth/callback", {name: value for name, value in fields.items() if value})

    async def walk(self, **changes: str) -> Page:
        """Go all the way."""
        return await self.come_back(await self.decide(await self.ask(**changes)))


def request(**changes: str) -> dict[str, str]:
    """Return the parameters of a good request, changed; an empty one is left out."""
    fields = {
        "response_type": "code",
        "client_id": "https://agent.example/client.json",
        "redirect_uri": REDIRECT,
        "state": "the client's state",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        "scope": "user-read-private user-modify-playback-state",
        "resource": f"{ISSUER}/mcp",
        **changes,
    }
    return {name: value for name, value in fields.items() if value}


def escaped(text: str) -> str:
    """Return `text` as it stands in a page."""
    return html.escape(text)
