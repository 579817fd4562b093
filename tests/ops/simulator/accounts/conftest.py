"""An app and its users at the accounts service, as browser and app see it."""

import base64
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

BACK = "http://127.0.0.1:8888/callback"
BASIC = "Basic " + base64.b64encode(b"demo-client:demo-secret").decode()


@dataclass(frozen=True)
class Seen:
    """An answer of the page: its text, or where it leads and the parameters it takes there."""

    status: int
    headers: Any
    text: str

    @property
    def place(self) -> str:
        return str(self.headers["Location"]).partition("?")[0]

    @property
    def brought(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.headers["Location"]).query, keep_blank_values=True))


@dataclass
class Login:
    """Everything one login consists of; what is left out is right."""

    spotify: Any

    async def ask(self, **changes: str | None) -> Seen:
        return await self.visit("GET", self.query(**changes))

    async def answer(self, decision: str = "agree", user: str = "demo", **changes: str | None) -> Seen:
        return await self.visit("POST", self.query(**changes), data={"decision": decision, "user": user})

    async def visit(self, method: str, params: Any, **more: Any) -> Seen:
        async with self.spotify.client.request(
            method, "/authorize", params=params, allow_redirects=False, **more
        ) as response:
            return Seen(response.status, response.headers, await response.text())

    async def code(self, user: str = "demo", **changes: str | None) -> str:
        return (await self.answer("agree", user, **changes)).brought["code"]

    async def redeem(self, code: str, *, basic: bool = True, **changes: str | None) -> tuple[int, dict[str, Any]]:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, **changes}
        return await self.token(basic=basic, **form)

    async def refresh(
        self, token: str, *, basic: bool = True, **changes: str | None
    ) -> tuple[int, dict[str, Any]]:
        return await self.token(basic=basic, grant_type="refresh_token", refresh_token=token, **changes)

    async def token(self, *, basic: bool, **form: str | None) -> tuple[int, dict[str, Any]]:
        data = {name: value for name, value in form.items() if value is not None}
        headers = {"Authorization": BASIC} if basic else {}
        async with self.spotify.client.post("/api/token", data=data, headers=headers) as response:
            return response.status, await response.json()

    async def control(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        async with self.spotify.client.request(method, f"/_simulator/{path}", json=body) as response:
            return response.status, await response.json() if response.status != 204 else None

    @staticmethod
    def query(**changes: str | None) -> dict[str, str]:
        right = {
            "client_id": "demo-client",
            "response_type": "code",
            "redirect_uri": BACK,
            "scope": "user-library-read user-top-read",
            "state": "s-1",
        }
        return {name: value for name, value in {**right, **changes}.items() if value is not None}


@pytest.fixture
def begin(start: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Login]]:
    async def begin(**settings: Any) -> Login:
        return Login(await start(**settings))

    return begin
