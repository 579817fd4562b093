"""Spotify's accounts service as users see it, on the clock of the running loop, and processes that renew there."""

import asyncio
import base64
import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from urllib.parse import parse_qs

from gateway.auth.accounts import Account
from gateway.auth.accounts_service import AccountsService
from gateway.auth.kept_accounts import KeptAccounts
from gateway.auth.sign_in import KIND, SignIn
from gateway.auth.token_answer import Credentials
from gateway.auth.vault import Vault, VaultError
from gateway.principal import Principal
from gateway.transport import Response
from identity_record import IdentityRecord
from memory_vault import MemoryVault
from pipeline import answer

CREDENTIALS = Credentials(client_id="id", client_secret="hush", accounts_url="https://accounts.test")
EPOCH_S = 1_800_000_000.0


@dataclass
class Desk:
    """Answers like Spotify after `delay_s`; `rotates` makes each refresh token good for one use.

    `outcomes` are answered first, in their order, whatever is asked; None stands for the regular answer.
    """

    rotates: bool = True
    delay_s: float = 1.0
    life_s: int = 3600
    outcomes: list[Response | Exception | None] = field(default_factory=list)
    asked: list[tuple[Mapping[str, str], dict[str, str]]] = field(default_factory=list)
    spent: Counter[str] = field(default_factory=Counter)
    good: dict[str, str] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    latest: dict[str, str] = field(default_factory=dict)
    serial: "count[int]" = field(default_factory=lambda: count(1))

    async def send(
        self, method: str, url: str, *, headers: Mapping[str, str], data: bytes | None = None
    ) -> Response:
        assert (method, url) == ("POST", "https://accounts.test/api/token")
        form = {name: values[0] for name, values in parse_qs((data or b"").decode()).items()}
        self.asked.append((headers, form))
        # Spotify decides before its answer is under way.
        outcome = self.outcomes.pop(0) if self.outcomes else None
        reply = outcome or self._answer(form)
        await asyncio.sleep(self.delay_s)
        if isinstance(reply, Exception):
            raise reply
        return reply

    def consent(self, user: str) -> str:
        """A user consents; returns the refresh token."""
        token = f"r{next(self.serial)}-{user}"
        self.good[token] = user
        return token

    def revoke(self, user: str) -> None:
        """A user takes back every consent."""
        self.good = {token: whose for token, whose in self.good.items() if whose != user}

    def _answer(self, form: Mapping[str, str]) -> Response:
        if form["grant_type"] == "authorization_code":
            challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest())
            if self.codes.pop(form["code"], None) != challenge.decode().rstrip("="):
                return refusal("invalid_grant", "Invalid authorization code")
            return self._tokens(self.consent("coded"), "coded")
        refresh = form["refresh_token"]
        self.spent[refresh] += 1
        user = self.good.get(refresh)
        if user is None:
            return refusal("invalid_grant", "Refresh token revoked")
        if not self.rotates:
            return self._tokens("", user)
        del self.good[refresh]
        return self._tokens(self.consent(user), user)

    def _tokens(self, refresh: str, user: str) -> Response:
        access = self.latest[user] = f"a{next(self.serial)}-{user}"
        body: dict[str, object] = {
            "access_token": access,
            "token_type": "Bearer",
            "expires_in": self.life_s,
            "scope": "user-library-read user-top-read",
        }
        return answer(body | ({"refresh_token": refresh} if refresh else {}))


def refusal(error: str, words: str = "", status: int = 400) -> Response:
    """An error of the accounts service."""
    return answer({"error": error, "error_description": words}, status)


class Flaky(MemoryVault):
    """A vault whose methods in `down` fail, and those in `mute` after they have done their work.

    With `slow` every operation takes some time before and after it, so that others come in between. What is read
    is on its way for `lag_s` more.
    """

    def __init__(self, *, slow: bool = False) -> None:
        super().__init__(clock=asyncio.get_running_loop().time)
        self.down: set[str] = set()
        self.mute: set[str] = set()
        self.calls: Counter[str] = Counter()
        self.slow = slow
        self.lag_s = 0.0

    async def get(self, kind: str, key: str) -> bytes | None:
        await self._pass("get")
        value = await super().get(kind, key)
        await self._linger()
        await asyncio.sleep(self.lag_s)
        return value

    async def swap(
        self, kind: str, key: str, value: bytes | None, *, expected: bytes | None, ttl_s: float | None = None
    ) -> bool:
        await self._pass("swap")
        done = await super().swap(kind, key, value, expected=expected, ttl_s=ttl_s)
        await self._linger()
        if "swap" in self.mute:
            raise VaultError("no answer")
        return done

    async def _pass(self, method: str) -> None:
        self.calls[method] += 1
        await self._linger()
        if method in self.down:
            raise VaultError("no connection")

    async def _linger(self) -> None:
        if self.slow:
            await asyncio.sleep(0.01)


def service(desk: Desk) -> AccountsService:
    """The accounts service over `desk`."""
    numbers = count(1)
    return AccountsService(
        CREDENTIALS, transport=desk, wall_clock=wall_clock, secret=lambda: f"{next(numbers):03d}".ljust(43, "x")
    )


def wall_clock() -> float:
    """Seconds since the epoch, on the virtual clock."""
    return EPOCH_S + asyncio.get_running_loop().time()


def signed_in(desk: Desk, user: str, consent: str) -> SignIn:
    """A sign-in that has never been renewed."""
    return SignIn(consent=consent, refresh_token=desk.consent(user))


async def stored(vault: Vault, key: str) -> SignIn | None:
    """Return what the vault has."""
    raw = await vault.get(KIND, key)
    return None if raw is None else SignIn.decode(raw)


@dataclass
class Process:
    """One gateway process with its accounts, the names of those that ended, and what an observer was told."""

    accounts: KeptAccounts
    ended: list[str]
    told: IdentityRecord

    async def token(self, principal: Principal, *, deadline_s: float = 60) -> str:
        """Return a token as a call gets it."""
        if not self.accounts.settled(principal):
            await self.accounts.settle(principal)
        return await self.account(principal).tokens.token(deadline=asyncio.get_running_loop().time() + deadline_s)

    def account(self, principal: Principal) -> Account:
        """Return the account of somebody who has signed in."""
        account = self.accounts.of(principal)
        assert account is not None, "signed out"
        return account


@asynccontextmanager
async def processes(
    desk: Desk, vault: Vault, number: int, *, fixed: tuple[str, SignIn] | None = None, most: int = 10_000
) -> AsyncIterator[Sequence[Process]]:
    """Start so many processes over one vault."""

    def invite(principal: Principal, scopes: Iterable[str]) -> str:
        return f"Sign in at http://here/login as {principal.id}{''.join(scopes)}"

    def start() -> Process:
        ended: list[str] = []
        told = IdentityRecord()
        accounts = KeptAccounts(
            vault,
            service(desk),
            clock=asyncio.get_running_loop().time,
            wall_clock=wall_clock,
            sleep=asyncio.sleep,
            invite=invite,
            ended=ended.append,
            fixed=fixed,
            most=most,
            observer=told,
        )
        return Process(accounts, ended, told)

    started = [start() for _ in range(number)]
    try:
        yield started
    finally:
        for process in started:
            await process.accounts.close()
