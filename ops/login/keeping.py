"""Keeps, shows and forgets sign-ins where the gateways of these settings look for them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from gateway.auth.locker import own_locker
from gateway.auth.sign_in import KIND, SignIn
from gateway.auth.vault import Vault
from gateway.principal import LOCAL, Principal
from ops.settings import Settings
from ops.vault import Safe


@asynccontextmanager
async def opened_vault(settings: Settings) -> AsyncIterator[Vault]:
    """Yield the vault that gateways with these settings use, and close it."""
    safe = Safe(settings)
    try:
        yield safe.vault
    finally:
        await safe.close()


class NotHereError(ValueError):
    """Nobody signs in in this way with these settings; the text says how it is done."""


@dataclass(frozen=True, slots=True)
class Record:
    """The sign-in of one principal, at rest; it needs no gateway, and those that run notice what it does."""

    vault: Vault
    principal: Principal

    async def keep(self, sign_in: SignIn) -> None:
        """Put `sign_in` in the place of an earlier one.

        Raises:
            VaultError: The vault cannot be reached; the earlier one is as it was.
        """
        await self.vault.put(KIND, own_locker(self.principal.id).key, sign_in.encode())

    async def read(self) -> SignIn | None:
        """Return the sign-in; None if there is none, or it cannot be read.

        Raises:
            VaultError: The vault cannot be reached.
        """
        locker = own_locker(self.principal.id)
        return locker.read(await self.vault.get(KIND, locker.key))

    async def forget(self) -> str:
        """Delete the sign-in; return the name of the account that is no more, empty if there was none.

        Raises:
            VaultError: The vault cannot be reached.
        """
        locker = own_locker(self.principal.id)
        gone = locker.read(await self.vault.take(KIND, locker.key))
        return "" if gone is None else locker.account_name(gone)


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
        raise NotHereError(f"--user: FERMATA_KEYS has no key {user[:64]!r}; there are {names}")
    return Principal(f"key:{user}")


def place_of(settings: Settings) -> str:
    """Return where sign-ins are kept, for people."""
    return "the Redis of REDIS_URL" if settings.redis_url.get_secret_value() else str(settings.vault_file)
