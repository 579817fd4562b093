"""The authorization server's pages with everything around them made up, and browsers that walk through."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any
from urllib.parse import urlencode

from aiohttp import web
from aiohttp.test_utils import TestServer

from consent_browser import ISSUER, REDIRECT, Browser
from gateway.auth.accounts_service import AccountsService, Attempt
from gateway.auth.sign_in import SignIn
from gateway.auth.vault import VaultError
from gateway.errors import SpotifyError
from gateway.oauth.authorize import Authorize
from gateway.oauth.callback import Callback
from gateway.oauth.client import Client
from gateway.oauth.code_ending import CodeEnding
from gateway.oauth.consent import Consent
from gateway.oauth.cookie import BrowserCookie
from gateway.oauth.errand import Authorization, KeySignIn
from gateway.oauth.errors import ClientError, OAuthError
from gateway.oauth.grant import Grant
from gateway.oauth.identity import Identity
from gateway.oauth.key_ending import KeyEnding
from gateway.oauth.key_login import KeyLogin
from gateway.oauth.ledger import Ledger
from gateway.oauth.resource import Resources
from gateway.oauth.spotify_leg import SpotifyLeg
from gateway.oauth.transaction import TransactionConfig, Transactions
from gateway.principal import Principal
from identity_record import IdentityRecord
from memory_vault import MemoryVault

LOCAL_REDIRECT = "http://127.0.0.1:33418/back"
KEY = "fgk_right"
OFFERED = frozenset(
    {"user-read-private", "user-read-playback-state", "user-modify-playback-state", "playlist-modify-private"}
)
LEAST = frozenset({"user-read-private"})


class SteeredVault(MemoryVault):
    """A vault whose time is set by hand; `broken`, it fails, and to take something lasts `take_s`."""

    def __init__(self) -> None:
        super().__init__(clock=lambda: self.now)
        self.now = 1_000_000.0
        self.broken = False
        self.take_s = 0.0

    @property
    def values(self) -> dict[tuple[str, str], tuple[bytes, float]]:
        """What is kept, and when each ends, by kind and key."""
        return self._kept

    async def get(self, kind: str, key: str) -> bytes | None:
        self._pass(key)
        return await super().get(kind, key)

    async def put(self, kind: str, key: str, value: bytes, *, ttl_s: float | None = None) -> None:
        self._pass(key)
        await super().put(kind, key, value, ttl_s=ttl_s)

    async def take(self, kind: str, key: str) -> bytes | None:
        self._pass(key)
        value = await super().take(kind, key)
        self.now += self.take_s
        return value

    async def count(self, kind: str) -> int:
        self._pass("")
        return await super().count(kind)

    def _pass(self, key: str) -> None:
        if self.broken:
            raise VaultError("out of reach")
        # As a real one would, to make a hash of it.
        assert len(key.encode()) <= 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Program(Client):
    """A client that allows exactly what it names."""

    def allows(self, redirect_uri: str) -> bool:
        return redirect_uri in self.redirect_uris


class Directory:
    """Knows the programs of a test."""

    def __init__(self) -> None:
        self.program = Program(
            id="https://agent.example/client.json",
            name="Agent",
            redirect_uris=(REDIRECT, LOCAL_REDIRECT),
            origin="document",
        )

    def change(self, **fields: Any) -> None:
        self.program = replace(self.program, **fields)

    async def find(self, client_id: str) -> Client:
        if client_id != self.program.id:
            raise ClientError(f"There is no such program: {client_id}")
        return self.program

    async def check(self, client_id: str) -> None:
        raise NotImplementedError


class Places(Resources):
    """The issuer and its MCP door."""

    __slots__ = ()

    def audience(self, resource: str) -> str:
        assert len(resource) <= 2048
        if resource in {"", self.issuer}:
            return self.issuer
        if resource == f"{self.issuer}/mcp":
            return resource
        raise OAuthError("invalid_target", "resource is none of this gateway")


class Spotify(AccountsService):
    """An accounts service that grants what it is told to; whose codes are fine."""

    def __init__(self) -> None:
        self.numbers = count(1)
        self.base = "https://accounts.example"
        self.granted: frozenset[str] | None = None
        self.error: SpotifyError | None = None
        self.redeemed: list[tuple[Attempt, str]] = []

    def begin(self, redirect_uri: str, scopes: Iterable[str]) -> Attempt:
        state = f"spotify-state-{next(self.numbers)}"
        return Attempt(
            state=state, verifier=f"verifier-of-{state}", redirect_uri=redirect_uri, scopes=frozenset(scopes)
        )

    def address(self, attempt: Attempt, *, ask_again: bool = False) -> str:
        fields = {"state": attempt.state, "scope": " ".join(sorted(attempt.scopes)), "show_dialog": ask_again}
        return f"{self.base}/authorize?{urlencode(fields)}"

    async def redeem(self, attempt: Attempt, code: str) -> SignIn:
        self.redeemed.append((attempt, code))
        if self.error is not None:
            raise self.error
        return SignIn(consent="c1", refresh_token="refresh-secret", scopes=self.granted)


class Codes(Ledger):
    """A ledger that remembers what codes were for."""

    def __init__(self) -> None:
        self.minted: list[tuple[Grant, str, str]] = []

    async def mint_code(self, grant: Grant, *, redirect_uri: str, challenge: str) -> str:
        self.minted.append((grant, redirect_uri, challenge))
        return f"code-{len(self.minted)}"


@dataclass
class Gateway:
    """What stands around the pages, for tests to turn; `base` is where they really are."""

    vault: SteeredVault = field(default_factory=SteeredVault)
    clients: Directory = field(default_factory=Directory)
    spotify: Spotify = field(default_factory=Spotify)
    codes: Codes = field(default_factory=Codes)
    identity: Identity = field(default_factory=lambda: Identity("account-1", "u1", "Ada"))
    trouble: Exception | None = None
    unreadable: Exception | None = None
    adopted: dict[str, SignIn] = field(default_factory=dict)
    forgotten: list[str] = field(default_factory=list)
    numbers: Iterable[int] = field(default_factory=lambda: count(1))
    told: IdentityRecord = field(default_factory=IdentityRecord)
    base: str = ""

    def secret(self) -> str:
        return f"{next(iter(self.numbers)):04d}-{'x' * 43}"

    async def identify(self, sign_in: SignIn) -> Identity:
        assert sign_in.refresh_token
        if self.trouble is not None:
            raise self.trouble
        return self.identity

    async def kept(self, principal: Principal) -> SignIn | None:
        if self.unreadable is not None:
            raise self.unreadable
        return self.adopted.get(principal.id)

    async def adopt(self, principal: Principal, sign_in: SignIn) -> None:
        self.adopted[principal.id] = sign_in

    async def forget(self, principal: Principal) -> bool:
        if self.trouble is not None:
            raise self.trouble
        self.forgotten.append(principal.id)
        return True

    async def principal_of(self, key: str) -> str:
        return "key:desk" if key == KEY else ""

    def browser(self) -> Browser:
        return Browser(self.base)

    async def raw(self, request: bytes) -> int:
        """Send what no client of ours would, and return the status of the answer."""
        reader, writer = await asyncio.open_connection("127.0.0.1", int(self.base.rpartition(":")[2]))
        try:
            writer.write(request)
            head = await asyncio.wait_for(reader.readline(), 5)
            return int(head.split()[1])
        finally:
            writer.close()
            await writer.wait_closed()


def app_of(gateway: Gateway, *, issuer: str, most: int, least: frozenset[str], keys: bool) -> web.Application:
    """Return the application of one mode."""
    config = TransactionConfig(most=most)
    cookie = BrowserCookie(issuer, config.ttl_s)
    transactions = Transactions(
        gateway.vault, cookie, config=config, wall_clock=lambda: gateway.vault.now, secret=gateway.secret
    )
    leg = SpotifyLeg(gateway.spotify, transactions, issuer=issuer, observer=gateway.told)
    app = web.Application()
    if keys:
        login = KeyLogin(
            transactions,
            cookie,
            leg=leg,
            principal_of=gateway.principal_of,
            sign_ins=gateway,
            scopes=OFFERED,
            issuer=issuer,
        )
        key_ending = KeyEnding(identify=gateway.identify, sign_ins=gateway)
        app.add_routes(login.routes())
        app.add_routes(Callback(leg, cookie, kind=KeySignIn, ending=key_ending, observer=gateway.told).routes())
        return app
    authorize = Authorize(
        gateway.clients,
        Places(issuer),
        transactions=transactions,
        cookie=cookie,
        offered=OFFERED,
        least=least,
    )
    ending = CodeEnding(
        gateway.codes,
        identify=gateway.identify,
        name_of=lambda key: f"name-of-{key}",
        sign_ins=gateway,
        wall_clock=lambda: gateway.vault.now,
        secret=gateway.secret,
        issuer=issuer,
    )
    app.add_routes(authorize.routes())
    app.add_routes(Consent(transactions, cookie, leg=leg, issuer=issuer).routes())
    app.add_routes(Callback(leg, cookie, kind=Authorization, ending=ending, observer=gateway.told).routes())
    return app


@asynccontextmanager
async def running(
    *,
    issuer: str = ISSUER,
    most: int = 100,
    least: frozenset[str] = LEAST,
    keys: bool = False,
    port: int | None = None,
    vault: SteeredVault | None = None,
) -> AsyncIterator[Gateway]:
    """Serve the pages of one mode; a browser of its own needs to find them where the issuer says."""
    gateway = Gateway(vault or SteeredVault())
    async with TestServer(app_of(gateway, issuer=issuer, most=most, least=least, keys=keys), port=port) as server:
        gateway.base = str(server.make_url("")).rstrip("/")
        yield gateway
