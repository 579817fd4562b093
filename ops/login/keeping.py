"""Keeps, shows and forgets sign-ins where the gateways of these settings look for them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from gateway.auth.sign_in import KIND, SignIn
from gateway.auth.vault import Vault
from gateway.principal import LOCAL, Principal
from ops.identity import vault_of
from ops.settings import Settings


@asynccontextmanager
async def opened_vault(settings: Settings) -> AsyncIterator[Vault]:
    """Yield the vault that gateways with these settings use, and close it."""
    vault = vault_of(settings)
    try:
        yield vault
    finally:
        # A seam: `Vault` has no `close` yet, and what `vault_of` returns will have one.
        close = getattr(vault, "close", None)
        if close is not None:
            await close()


class NotHereError(ValueError):
    """Nobody signs in in this way with these settings; the text says how it is done."""


@dataclass(frozen=True, slots=True)
class Record:
    """The sign-in of one principal, at rest."""

    vault: Vault
    principal: Principal

    async def keep(self, sign_in: SignIn) -> None:
        """Put `sign_in` in the place of an earlier one; gateways that run notice within seconds."""
        await self.vault.put(KIND, self.principal.id, sign_in.encode())

    async def read(self) -> SignIn | None:
        """Return the sign-in; None if there is none, or it cannot be read."""
        kept = await self.vault.get(KIND, self.principal.id)
        return None if kept is None else SignIn.decode(kept)

    async def forget(self) -> SignIn | None:
        """Delete the sign-in; return it if there was one."""
        kept = await self.vault.take(KIND, self.principal.id)
        return None if kept is None else SignIn.decode(kept)


def principal_of(settings: Settings, user: str) -> Principal:
    """Return who signs in on the command line; `user` is the name of a key, in the mode that has keys.

    Raises:
        NotHereError: Nobody does in this mode, or nobody has that name.
    """
    if settings.auth_mode == "oauth":
        raise NotHereError(
            "With AUTH_MODE=oauth users sign in through the gateway's pages, when a program asks to be let in"
        )
    if settings.auth_mode == "local":
        if user:
            raise NotHereError("--user is for AUTH_MODE=keys; with AUTH_MODE=local there is one user only")
        return LOCAL
    names = ", ".join(sorted(settings.keys))
    if not user:
        raise NotHereError(f"--user says for which key the user signs in; there are {names}")
    if user not in settings.keys:
        raise NotHereError(f"--user: FERMATA_KEYS has no key {user!r}; there are {names}")
    return Principal(f"key:{user}")


def place_of(settings: Settings) -> str:
    """Return where sign-ins are kept, for people."""
    return "the Redis of REDIS_URL" if settings.redis_url.get_secret_value() else str(settings.vault_file)
