"""How users come to credentials of a running gateway: by its own pages, with the simulated Spotify in between."""

import base64
import hashlib
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import aiohttp

from consent_browser import Browser, Page
from consenting import ConsentingUser, jar
from gateway.auth.scopes import SCOPES
from gateway.keys import fingerprint, new_key

PROGRAM: Final = "test-program"
PROGRAM_REDIRECT: Final = "http://127.0.0.1:33418/back"
VERIFIER: Final = "v" * 43
CHALLENGE: Final = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")


def keys_for(*names: str) -> dict[str, str]:
    """Return a new gateway key for each name."""
    return {name: new_key() for name in names}


def entries_of(keys: dict[str, str]) -> str:
    """Return FERMATA_KEYS for these keys."""
    return ",".join(f"{name}:{fingerprint(key)}" for name, key in keys.items())


@dataclass(slots=True)
class Visitor:
    """Somebody with a browser at the gateway at `base`, who is `user` at Spotify; `passed` is all that came by."""

    base: str
    user: str
    passed: list[str] = field(default_factory=list)

    async def sign_in_with(self, key: str) -> Page:
        """Lend the account to a gateway key, on the gateway's own page; return the last page."""
        browser = Browser(self.base)
        return await self._by_spotify(browser, await self._typed(browser, key, "sign-in"))

    async def sign_out_with(self, key: str) -> Page:
        """Let the gateway forget the account of a key."""
        return await self._typed(Browser(self.base), key, "forget")

    async def tokens(self, *scopes: str, resource: str = "") -> dict[str, Any]:
        """Allow a program everything, or `scopes`, and return the tokens that it redeems its code for."""
        browser = Browser(self.base)
        wish = {
            "response_type": "code",
            "client_id": PROGRAM,
            "redirect_uri": PROGRAM_REDIRECT,
            "state": "the program's own state",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
            "scope": " ".join(scopes or sorted(SCOPES)),
            "resource": resource or self.base,
        }
        asked = await browser.get("/oauth/authorize", wish)
        assert asked.status == 200, asked.text
        allowed = await browser.post("/oauth/consent", {**asked.hidden, "decision": "allow"}, origin=self.base)
        back = await self._by_spotify(browser, allowed)
        self.passed += [back.text, back.location]
        return await self.redeem(back.answer["code"], resource=wish["resource"])

    async def redeem(self, code: str, *, resource: str) -> dict[str, Any]:
        """Return what the token endpoint gives a program for its code."""
        form = {
            "grant_type": "authorization_code",
            "client_id": PROGRAM,
            "redirect_uri": PROGRAM_REDIRECT,
            "code": code,
            "code_verifier": VERIFIER,
            "resource": resource,
        }
        return await self.ask_for_tokens(form)

    async def ask_for_tokens(self, form: dict[str, str]) -> dict[str, Any]:
        """Return what the token endpoint says to a form."""
        async with aiohttp.ClientSession() as http, http.post(f"{self.base}/oauth/token", data=form) as response:
            told: dict[str, Any] = await response.json()
            return told

    async def _typed(self, browser: Browser, key: str, decision: str) -> Page:
        form = await browser.get("/login")
        return await browser.post("/login", {**form.hidden, "key": key, "decision": decision}, origin=self.base)

    async def _by_spotify(self, browser: Browser, sent: Page) -> Page:
        address = sent.location or sent.leads_to
        assert address, sent.text
        async with aiohttp.ClientSession(cookie_jar=jar()) as http:
            back = urlsplit(await ConsentingUser(http, self.user).sign_in(address))
        self.passed += [address, back.geturl(), *browser.cookies.values(), *sent.hidden.values()]
        return await browser.get(back.path, parse_qsl(back.query))
