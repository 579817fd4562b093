"""Everything around a sign-in that tests stand in for: Spotify's side, the person, the vault."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp

from gateway.auth.accounts_service import Attempt
from gateway.auth.sign_in import SignIn
from gateway.errors import SignInRefusedError, SpotifyError
from ports import free_port

GOOD = "a-good-code"
SIGN_IN = SignIn(consent="c1", refresh_token="AQ-hush", scopes=frozenset({"user-library-read"}))


@dataclass
class FakeAccounts:
    """An accounts service that takes one code; as `SignIns`."""

    begun: list[Attempt] = field(default_factory=list)
    redeemed: list[tuple[str, str]] = field(default_factory=list)
    failure: SpotifyError | None = None
    gate: asyncio.Event | None = None
    asked_again: bool = False

    def begin(self, redirect_uri: str, scopes: Iterable[str]) -> Attempt:
        state = f"state-{len(self.begun)}"
        attempt = Attempt(state=state, verifier="v3rifier", redirect_uri=redirect_uri, scopes=frozenset(scopes))
        self.begun.append(attempt)
        return attempt

    def address(self, attempt: Attempt, *, ask_again: bool = False) -> str:
        self.asked_again = ask_again
        return f"https://accounts.example/authorize?state={attempt.state}"

    async def redeem(self, attempt: Attempt, code: str) -> SignIn:
        self.redeemed.append((attempt.state, code))
        if self.gate is not None:
            await self.gate.wait()
        if self.failure is not None:
            raise self.failure
        if code != GOOD:
            raise SignInRefusedError("Spotify does not take the code")
        return SIGN_IN


@dataclass
class Safe:
    """Where a sign-in is kept; `keep` is an `Adopt`."""

    kept: list[SignIn] = field(default_factory=list)
    failure: Exception | None = None

    async def keep(self, sign_in: SignIn) -> None:
        if self.failure is not None:
            raise self.failure
        self.kept.append(sign_in)


@dataclass
class Person:
    """Somebody at a terminal; as `Terminal`."""

    answers: list[str] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    browsed: list[str] = field(default_factory=list)
    has_browser: bool = False
    opened: asyncio.Event = field(default_factory=asyncio.Event)

    def show(self, text: str) -> None:
        self.shown.append(text)

    def complain(self, text: str) -> None:
        self.complaints.append(text)

    def browse(self, address: str) -> bool:
        self.browsed.append(address)
        self.opened.set()
        return self.has_browser

    async def opens(self) -> str:
        """Wait for the address that is opened."""
        async with asyncio.timeout(20):
            await self.opened.wait()
        return self.browsed[-1]

    async def ask(self, question: str) -> str:
        self.shown.append(question)
        if not self.answers:
            await asyncio.Event().wait()
        return self.answers.pop(0)


@dataclass(frozen=True)
class Page:
    """What a browser got."""

    status: int
    text: str
    headers: Mapping[str, str]


@asynccontextmanager
async def browser() -> AsyncIterator[aiohttp.ClientSession]:
    """Yield something that fetches pages, and follows no redirect by itself."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session:
        yield session


async def get(address: str, *, method: str = "GET", headers: Mapping[str, str] | None = None) -> Page:
    """Return one page."""
    async with (
        browser() as session,
        session.request(method, address, headers=headers, allow_redirects=False) as answer,
    ):
        return Page(answer.status, await answer.text(), dict(answer.headers))


def redirect_uri(port: int | None = None) -> str:
    """Return a redirect URI that is to be had."""
    return f"http://127.0.0.1:{free_port() if port is None else port}/callback"
