"""Programs that ask a running gateway for a user's permission, and the user who gives it in a browser."""

from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from consent_browser import Browser, Page
from consenting import ConsentingUser, jar
from house import House, free_port, running
from ops.simulator import SimulatorConfig

VERIFIER = "v" * 43
CHALLENGE = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
BACK = "http://127.0.0.1:33418/back"


@dataclass
class Program:
    """A configured client, and what it holds.

    Attributes:
        trips: How often the browser was at Spotify.
    """

    id: str
    house: House
    user: ConsentingUser
    access_token: str = ""
    refresh_token: str = ""
    scopes: frozenset[str] = frozenset()
    trips: int = 0

    async def authorize(self, *scopes: str) -> None:
        """Ask for `scopes`, and get tokens for what the user allows."""
        browser, base = Browser(self.house.base), self.house.base
        asked = await browser.ask(
            client_id=self.id,
            redirect_uri=BACK,
            code_challenge=CHALLENGE,
            scope=" ".join(scopes),
            resource=base,
        )
        assert asked.status == 200, asked.words
        page = await browser.post("/oauth/consent", {**asked.hidden, "decision": "allow"}, origin=base)
        there, self.trips = page.leads_to, 0
        while there.startswith(self.house.spotify):
            self.trips += 1
            page = await self._come_back(browser, await self.user.sign_in(there))
            there = page.location
        assert there.startswith(BACK), page.words
        assert await self.token(
            grant_type="authorization_code",
            code=page.answer["code"],
            redirect_uri=BACK,
            code_verifier=VERIFIER,
        )

    async def refresh(self) -> bool:
        """Get new tokens; tell whether there were any."""
        return await self.token(grant_type="refresh_token", refresh_token=self.refresh_token)

    async def token(self, **form: str) -> bool:
        """Ask the token endpoint."""
        address = f"{self.house.base}/oauth/token"
        async with self.user.http.post(address, data={"client_id": self.id, **form}) as answer:
            document: dict[str, Any] = await answer.json()
            if answer.status != 200:
                assert document["error"] == "invalid_grant"
                return False
        self.access_token, self.refresh_token = document["access_token"], document["refresh_token"]
        self.scopes = frozenset(document["scope"].split())
        return True

    async def get(self, path: str) -> tuple[int, str]:
        """Ask the mirror; return the status and the challenge of the answer."""
        headers = {"Authorization": f"Bearer {self.access_token}"}
        async with self.user.http.get(f"{self.house.base}/v1{path}", headers=headers) as answer:
            return answer.status, answer.headers.get("WWW-Authenticate", "")

    async def _come_back(self, browser: Browser, address: str) -> Page:
        parts = urlsplit(address)
        assert f"{parts.scheme}://{parts.netloc}" == self.house.base
        return await browser.send("GET", f"{parts.path}?{parts.query}")


@asynccontextmanager
async def programs(*names: str, **environ: str) -> AsyncIterator[list[Program]]:
    """Start a gateway that lets programs of these names ask one user, whose browser keeps Spotify's cookies."""
    port = free_port()
    public = f"http://127.0.0.1:{port}"
    config = SimulatorConfig(redirect_uris=(f"{public}/oauth/callback",))
    settings = {
        "AUTH_MODE": "oauth",
        "PORT": str(port),
        "FERMATA_PUBLIC_URL": public,
        "FERMATA_REFRESH_TOKEN": "",
        "FERMATA_CLIENTS": ",".join(f"{name}={BACK}" for name in names),
        **environ,
    }
    async with running(config, **settings) as house, aiohttp.ClientSession(cookie_jar=jar()) as http:
        user = ConsentingUser(http)
        yield [Program(name, house, user) for name in names]
