"""Issues and checks codes and tokens; each works once or until its time is over, and only for whom it was made.

Tokens are opaque, 256 random bits behind a prefix. A vault keeps them under a keyed hash, so that what it holds
opens nothing, and a look-up compares hashes, whose timing tells nothing of the token.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from gateway.auth.vault import Vault
from gateway.oauth.grant import Grant

PREFIX = "fat_"
"""Begins every access token: tells it from gateway keys (`fgk_`) and from Spotify's tokens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerConfig:
    """How long things are good, in seconds."""

    code_s: float = 60.0
    access_s: float = 900.0
    refresh_s: float = 90 * 86_400.0


@dataclass(frozen=True, slots=True)
class Issued:
    """An answer of the token endpoint."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in_s: int
    grant: Grant


class Ledger:
    """Codes and tokens of one gateway, shared by all processes with the same vault."""

    def __init__(
        self,
        vault: Vault,
        config: LedgerConfig,
        *,
        wall_clock: Callable[[], float],
        secret: Callable[[], str],
    ) -> None:
        raise NotImplementedError

    async def mint_code(self, grant: Grant, *, redirect_uri: str, challenge: str) -> str:
        """Return a code that `redeem` takes once: same client, same redirect URI, right verifier."""
        raise NotImplementedError

    async def redeem(
        self, code: str, *, client_id: str, redirect_uri: str, verifier: str, audience: str
    ) -> Issued:
        """Return the first tokens of the grant behind `code`.

        A code that comes a second time ends everything that was issued for it (RFC 6749, 4.1.2).

        Raises:
            OAuthError: `invalid_grant` whatever is wrong, `invalid_target` for another resource.
        """
        raise NotImplementedError

    async def refresh(self, token: str, *, client_id: str, scopes: frozenset[str] | None, audience: str) -> Issued:
        """Return new tokens for a refresh token, which ends; `scopes` may narrow the access token.

        A refresh token that comes a second time was stolen, or its successor was: the family ends.

        Raises:
            OAuthError: `invalid_grant`, `invalid_scope` for more than was granted, `invalid_target`.
        """
        raise NotImplementedError

    async def check(self, token: str) -> Grant | None:
        """Return the grant of an access token that is good now; None for any other text."""
        raise NotImplementedError

    async def revoke(self, token: str, *, client_id: str) -> None:
        """End the family of an access or refresh token of that client; any other text changes nothing."""
        raise NotImplementedError
