"""Access tokens as they are kept: each knows its grant and end; whether its family lives is asked elsewhere."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import orjson

from gateway.auth.bearer import ACCESS_PREFIX
from gateway.auth.vault import Vault
from gateway.oauth.grant import Grant

_KIND: Final = "access"
_TEXT: Final = re.compile(rf"{ACCESS_PREFIX}[0-9A-Za-z_-]{{43,128}}")


@dataclass(frozen=True, slots=True)
class Access:
    """What an access token stands for.

    Attributes:
        grant: What it allows.
        until: When it ends, in wall-clock seconds.
    """

    grant: Grant
    until: float


class AccessTokens:
    """The access tokens of one gateway.

    Args:
        vault: Keeps them.
        wall_clock: Seconds since the epoch.
        secret: Returns a fresh unguessable text.
    """

    def __init__(self, vault: Vault, *, wall_clock: Callable[[], float], secret: Callable[[], str]) -> None:
        self._vault = vault
        self._wall_clock = wall_clock
        self._secret = secret

    async def mint(self, access: Access) -> str:
        """Return a new token for `access`.

        Raises:
            VaultError: It could not be kept.
        """
        text = ACCESS_PREFIX + self._secret()
        record = orjson.dumps({"grant": access.grant.document(), "until": access.until})
        await self._vault.put(_KIND, text, record, ttl_s=max(1.0, access.until - self._wall_clock()))
        return text

    async def find(self, text: str) -> Access | None:
        """Return what a token stands for that is not over yet.

        Raises:
            VaultError: Tokens cannot be reached.
        """
        if not _TEXT.fullmatch(text) or (kept := await self._vault.get(_KIND, text)) is None:
            return None
        record = orjson.loads(kept)
        access = Access(Grant.of(record["grant"]), record["until"])
        return access if self._wall_clock() < access.until else None
