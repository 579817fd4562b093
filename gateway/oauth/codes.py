"""Authorization codes: each can be spent once, by whoever comes first, right or wrong; a second time is noticed.

A spent code stays known for a while, so that its second coming ends what was issued for it (RFC 6749, 4.1.2).
"""

import re
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from hmac import compare_digest
from typing import Final

import orjson

from gateway.auth.vault import Vault
from gateway.oauth.grant import Grant

MARGIN_S: Final = 60.0
"""How much longer than a code could live its being spent is remembered."""

_KIND: Final = "code"
_TEXT: Final = re.compile(r"[0-9A-Za-z_-]{22,128}")
_CHALLENGE: Final = re.compile(r"[0-9A-Za-z_-]{43}")
_VERIFIER: Final = re.compile(r"[0-9A-Za-z._~-]{43,128}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """What a code stands for.

    Attributes:
        grant: What was allowed.
        redirect_uri: Where it was sent.
        challenge: What the S256 of the verifier must be.
        until: When it ends, in wall-clock seconds.
    """

    grant: Grant
    redirect_uri: str
    challenge: str
    until: float

    def fits(self, *, client_id: str, redirect_uri: str | None, verifier: str) -> bool:
        """Tell whether it is redeemed by the client that it was made for; see `Ledger.redeem`."""
        if client_id != self.grant.client_id or not _VERIFIER.fullmatch(verifier):
            return False
        if redirect_uri is not None and redirect_uri != self.redirect_uri:
            return False
        digest = urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=")
        return compare_digest(digest, self.challenge.encode())


@dataclass(frozen=True, slots=True)
class Replay:
    """A code that had been spent already.

    Attributes:
        family: Name of what was issued for it.
    """

    family: str = field(repr=False)


class Codes:
    """The codes of one gateway.

    Args:
        vault: Keeps them.
        lifetime_s: How long one is good.
        wall_clock: Seconds since the epoch.
        secret: Returns a fresh unguessable text.
    """

    def __init__(
        self, vault: Vault, lifetime_s: float, *, wall_clock: Callable[[], float], secret: Callable[[], str]
    ) -> None:
        self._vault = vault
        self._lifetime_s = lifetime_s
        self._wall_clock = wall_clock
        self._secret = secret

    async def mint(self, grant: Grant, *, redirect_uri: str, challenge: str) -> str:
        """Return a new code.

        Raises:
            ValueError: `challenge` is no S256 challenge.
            VaultError: It could not be kept.
        """
        if not _CHALLENGE.fullmatch(challenge):
            raise ValueError("a S256 challenge has 43 characters of base64url")
        text = self._secret()
        record = {
            "grant": grant.document(),
            "redirect_uri": redirect_uri,
            "challenge": challenge,
            "until": self._wall_clock() + self._lifetime_s,
        }
        await self._vault.put(_KIND, text, orjson.dumps(record), ttl_s=self._lifetime_s)
        return text

    async def spend(self, text: str) -> Code | Replay | None:
        """Return what the code stands for, and mark it as spent; None if there is no such code any more.

        Raises:
            VaultError: Codes cannot be reached.
        """
        if not _TEXT.fullmatch(text) or (kept := await self._vault.get(_KIND, text)) is None:
            return None
        record = orjson.loads(kept)
        if "spent" in record:
            return Replay(record["spent"])
        grant = Grant.of(record["grant"])
        # Not taken out but exchanged: between a `take` and a note of it the second of two would find nothing, and
        # what the first one got would live on.
        mark = orjson.dumps({"spent": grant.family})
        if not await self._vault.swap(_KIND, text, mark, expected=kept, ttl_s=self._lifetime_s + MARGIN_S):
            return Replay(grant.family)
        return Code(
            grant=grant,
            redirect_uri=record["redirect_uri"],
            challenge=record["challenge"],
            until=record["until"],
        )
