"""Families: all that was issued on account of one consent lives while the record of its family does.

To end everything of a consent is therefore one deletion. The record also knows which refresh token is the newest:
each begins with the name of its family, so an older one is told from a made-up one without being kept.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from hashlib import sha256
from hmac import compare_digest
from typing import Final

import orjson

from gateway.auth.bearer import REFRESH_PREFIX
from gateway.auth.vault import Vault
from gateway.oauth.grant import Grant

_KIND: Final = "family"
_NAME: Final = re.compile(r"[0-9A-Za-z_-]{22,64}")
_REFRESH: Final = re.compile(rf"{REFRESH_PREFIX}([0-9A-Za-z_-]{{22,64}})\.([0-9A-Za-z_-]{{43,128}})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """One consent and what came of it. Times are wall-clock seconds.

    Attributes:
        grant: What was allowed, all of it.
        ends_at: When the user has to be asked again.
        until: When it ends unless it is refreshed.
        newest: Hash of the newest refresh token's secret part; empty as long as no code was redeemed.
        kept: The record that it was read from.
    """

    grant: Grant
    ends_at: float
    until: float
    newest: str = field(default="", repr=False)
    kept: bytes = field(default=b"", repr=False, compare=False)

    def is_newest(self, secret: str) -> bool:
        """Tell whether this is the secret part of the newest refresh token."""
        return compare_digest(_hash_of(secret), self.newest)

    def encode(self) -> bytes:
        """Return it for the vault."""
        record = {
            "grant": self.grant.document(),
            "ends_at": self.ends_at,
            "until": self.until,
            "newest": self.newest,
        }
        return orjson.dumps(record)

    @classmethod
    def decode(cls, kept: bytes) -> "Family":
        """Return what `encode` wrote."""
        record = orjson.loads(kept)
        return cls(
            grant=Grant.of(record["grant"]),
            ends_at=record["ends_at"],
            until=record["until"],
            newest=record["newest"],
            kept=kept,
        )


def parts_of(refresh_token: str) -> tuple[str, str] | None:
    """Return the family's name in a refresh token and its secret part; None if it cannot be one."""
    match = _REFRESH.fullmatch(refresh_token)
    return None if match is None else (match[1], match[2])


class Families:
    """The families of one gateway.

    Args:
        vault: Keeps them.
        wall_clock: Seconds since the epoch.
        secret: Returns a fresh unguessable text.
    """

    def __init__(self, vault: Vault, *, wall_clock: Callable[[], float], secret: Callable[[], str]) -> None:
        self._vault = vault
        self._wall_clock = wall_clock
        self._secret = secret

    async def open(self, grant: Grant, *, ends_at: float, until: float) -> None:
        """Begin the family of `grant`, which has no tokens yet.

        Raises:
            ValueError: Its name is too short, has other characters, or is that of another family.
            VaultError: It could not be kept.
        """
        if not _NAME.fullmatch(grant.family):
            raise ValueError("a family needs a random name of 22 characters or more out of [A-Za-z0-9_-]")
        family = Family(grant=grant, ends_at=ends_at, until=until)
        if not await self._vault.add(_KIND, grant.family, family.encode(), ttl_s=self._left_s(until)):
            raise ValueError("there is a family of that name already")

    async def find(self, name: str) -> Family | None:
        """Return a family that is alive.

        Raises:
            VaultError: Families cannot be reached.
        """
        kept = await self._vault.get(_KIND, name)
        if kept is None:
            return None
        family = Family.decode(kept)
        return family if self._wall_clock() < family.until else None

    async def lives(self, name: str) -> bool:
        """Tell whether a family is alive, without reading it.

        Raises:
            VaultError: Families cannot be reached.
        """
        return await self._vault.get(_KIND, name) is not None

    async def renew(self, family: Family, *, until: float) -> str | None:
        """Return a new refresh token, with which all older ones are spent.

        It is None if the family is not any more what it was when it was read: it ended, or another token was
        made meanwhile.

        Raises:
            VaultError: It could not be kept, as far as is known.
        """
        secret = self._secret()
        renewed = replace(family, until=until, newest=_hash_of(secret)).encode()
        name = family.grant.family
        done = await self._vault.swap(_KIND, name, renewed, expected=family.kept, ttl_s=self._left_s(until))
        return f"{REFRESH_PREFIX}{name}.{secret}" if done else None

    async def end(self, name: str) -> None:
        """End a family, if it is alive.

        Raises:
            VaultError: It may still be alive.
        """
        await self._vault.delete(_KIND, name)

    def _left_s(self, until: float) -> float:
        return max(1.0, until - self._wall_clock())


def _hash_of(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
