"""What is under way in a browser, from its first page to its return from Spotify.

Each step works once, within ten minutes of the first one, and in the very browser that took the first one.
"""

import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

import orjson

from gateway.auth.accounts_service import Attempt
from gateway.auth.vault import Vault
from gateway.oauth.cookie import BrowserCookie
from gateway.oauth.errand import Errand, decode, encode
from gateway.oauth.refusal import RefusedError

ASKED: Final = "transaction"
"""The vault's kind of those whose form is open; the key is their id."""

SENT: Final = "attempt"
"""The vault's kind of those whose browser is at Spotify; the key is Spotify's `state`."""

_ID_CHARACTERS: Final = 22
_KEY = re.compile(r"[A-Za-z0-9_-]{1,128}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionConfig:
    """How long all of a transaction may take, in seconds, and how many may be under way at once."""

    ttl_s: float = 600.0
    most: int = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A transaction.

    Attributes:
        id: Its random name; no secret.
        errand: What it is for.
        browser: Hash of its browser's cookie.
        deadline: When it ends, in wall-clock seconds.
    """

    id: str
    errand: Errand
    browser: str
    deadline: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What a browser gets of a new transaction.

    Attributes:
        id: Its name.
        cookie: What only this browser knows.
        hidden: Fields for the form; they hold what only pages of ours know.
    """

    id: str
    cookie: str = field(repr=False)
    hidden: Mapping[str, str] = field(repr=False)


class Transactions:
    """The transactions of one gateway, shared by all processes with the same vault.

    Args:
        vault: Keeps them.
        cookie: Ties them to browsers.
        config: Their limits.
        wall_clock: Seconds since the epoch.
        secret: Returns a fresh unguessable text of 43 characters or more out of `[A-Za-z0-9_-]`.
    """

    def __init__(
        self,
        vault: Vault,
        cookie: BrowserCookie,
        *,
        config: TransactionConfig,
        wall_clock: Callable[[], float],
        secret: Callable[[], str],
    ) -> None:
        self._vault = vault
        self._cookie = cookie
        self._config = config
        self._wall_clock = wall_clock
        self._secret = secret

    async def begin(self, errand: Errand) -> Opening:
        """Return a new transaction, whose form is to be shown.

        Raises:
            RefusedError: Too many are under way.
        """
        if await self._vault.count(ASKED) + await self._vault.count(SENT) >= self._config.most:
            raise _busy()
        opened, cookie, token = self._secret()[:_ID_CHARACTERS], self._secret(), self._secret()
        deadline = self._wall_clock() + self._config.ttl_s
        ticket = Ticket(id=opened, errand=errand, browser=_hash(cookie), deadline=deadline)
        await self._vault.put(ASKED, opened, _encode(ticket, token=_hash(token)), ttl_s=self._config.ttl_s)
        return Opening(id=opened, cookie=cookie, hidden={"transaction": opened, "token": token})

    async def claim(self, form: Mapping[str, str], cookies: Mapping[str, str]) -> Ticket:
        """Return the transaction whose form came back; it comes back once.

        Raises:
            RefusedError: It is over, or this is another browser, or the form is none of ours.
        """
        key = form.get("transaction", "")
        ticket, kept = self._decode(await self._kept(ASKED, key))
        self._check_browser(ticket, cookies)
        if not _same(form.get("token", ""), kept["token"]):
            raise _forged()
        # Of two that came this far, as with a double click, one gets it.
        if await self._vault.take(ASKED, key) is None:
            raise _over()
        return ticket

    async def send(self, ticket: Ticket, attempt: Attempt) -> None:
        """Remember that the browser is sent to Spotify with `attempt`.

        Raises:
            RefusedError: The transaction is over.
        """
        left_s = ticket.deadline - self._wall_clock()
        if left_s <= 0:
            raise _over()
        sent = {
            "state": attempt.state,
            "verifier": attempt.verifier,
            "redirect_uri": attempt.redirect_uri,
            "scopes": sorted(attempt.scopes),
        }
        await self._vault.put(SENT, attempt.state, _encode(ticket, attempt=sent), ttl_s=left_s)

    async def arrive(self, state: str, cookies: Mapping[str, str]) -> tuple[Ticket, Attempt]:
        """Return the transaction that comes back from Spotify with `state`; it comes back once.

        Raises:
            RefusedError: It is over, or this is another browser.
        """
        ticket, kept = self._decode(await self._kept(SENT, state))
        # Before it is spent: whoever makes other people's browsers come here must not end what is theirs.
        self._check_browser(ticket, cookies)
        if await self._vault.take(SENT, state) is None:
            raise _over()
        sent = kept["attempt"]
        return ticket, Attempt(**{**sent, "scopes": frozenset(sent["scopes"])})

    async def _kept(self, kind: str, key: str) -> bytes | None:
        return await self._vault.get(kind, key) if _KEY.fullmatch(key) else None

    def _check_browser(self, ticket: Ticket, cookies: Mapping[str, str]) -> None:
        if not _same(self._cookie.of(cookies, ticket.id), ticket.browser):
            raise _elsewhere()

    def _decode(self, data: bytes | None) -> tuple[Ticket, dict[str, Any]]:
        if data is None:
            raise _over()
        kept = orjson.loads(data)
        try:
            ticket = Ticket(
                id=kept["id"], errand=decode(kept["errand"]), browser=kept["browser"], deadline=kept["deadline"]
            )
        except (KeyError, TypeError):
            # Another version of the gateway began it.
            raise _over() from None
        if ticket.deadline <= self._wall_clock():
            raise _over()
        return ticket, kept


def _encode(ticket: Ticket, **further: object) -> bytes:
    fields = {"id": ticket.id, "errand": encode(ticket.errand), "browser": ticket.browser}
    return orjson.dumps({**fields, "deadline": ticket.deadline, **further})


def _hash(secret: str) -> str:
    # What comes in a header need not be text.
    return sha256(secret.encode(errors="surrogateescape")).hexdigest()


def _same(secret: str, kept: str) -> bool:
    return hmac.compare_digest(_hash(secret), kept)


def _over() -> RefusedError:
    return RefusedError(
        "This page is out of date",
        "It was used already, or more than ten minutes have passed since you began.",
        "Go back to your program and start again from there.",
    )


def _elsewhere() -> RefusedError:
    return RefusedError(
        "This did not begin in this browser",
        "For your safety it has to end in the browser in which it began, and that browser has to keep cookies.",
        "If you did not begin anything, close this page: nothing has happened. "
        "Else start again from your program, and stay in one browser.",
        status=403,
    )


def _forged() -> RefusedError:
    return RefusedError(
        "This form is not from here",
        "It does not carry what the gateway put into it. Nothing has happened.",
        "Go back to your program and start again from there.",
        status=403,
    )


def _busy() -> RefusedError:
    return RefusedError(
        "Too busy right now",
        "Very many sign-ins are under way. Try again in ten minutes.",
        status=503,
    )
