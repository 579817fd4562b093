"""The sign-ins at rest, in a vault and in a setting; whoever changes one learns what it replaced."""

from dataclasses import replace
from hashlib import blake2b

from gateway.auth.locker import Locker, own_locker, setting_locker
from gateway.auth.sign_in import KIND, SignIn
from gateway.auth.vault import Vault


def fixed_sign_in(refresh_token: str, *, secret: bytes) -> SignIn:
    """Return the sign-in that the setting FERMATA_REFRESH_TOKEN stands for.

    Its consent is named by a keyed fingerprint, so that another token is another consent, and a restart with the
    same one finds what has come of it. It may have been granted to any program with the app's secret, so that goes
    with its renewals.
    """
    key = blake2b(secret).digest()
    name = blake2b(refresh_token.encode(), key=key, digest_size=16, person=b"fermata.consent").hexdigest()
    return SignIn(consent=name, refresh_token=refresh_token, with_secret=True)


class Records:
    """What is kept of each principal; every method that waits may raise `VaultError`.

    Args:
        vault: Where sign-ins are kept.
        fixed: The sign-in that a setting gives to a principal, by the principal's id. It rules over one that was
            made by a browser.
    """

    def __init__(self, vault: Vault, fixed: tuple[str, SignIn] | None = None) -> None:
        self._vault = vault
        self._fixed = {} if fixed is None else {fixed[0]: setting_locker(*fixed)}

    def locker(self, principal_id: str) -> Locker:
        """Return where the sign-in is kept that counts for a principal."""
        return self._fixed.get(principal_id) or own_locker(principal_id)

    def is_fixed(self, principal_id: str) -> bool:
        """Tell whether the setting gives a principal its sign-in."""
        return principal_id in self._fixed

    def waive(self, locker: Locker) -> None:
        """Let the setting count no more, if `locker` is its: what was made by a browser may be of use now."""
        if self._fixed.get(locker.principal_id) is locker:
            del self._fixed[locker.principal_id]

    async def read(self, principal_id: str) -> SignIn | None:
        """Return the sign-in of a principal; None if there is none, or it cannot be read."""
        locker = self.locker(principal_id)
        return locker.read(await self._vault.get(KIND, locker.key))

    async def keep(self, principal_id: str, sign_in: SignIn) -> str:
        """Keep what a browser has brought; return the name of the account that it replaces, or nothing."""
        locker = own_locker(principal_id)
        before = await self._exchange(locker, sign_in)
        return "" if before is None else locker.account_name(before)

    async def forget(self, principal_id: str) -> frozenset[str]:
        """Delete all of a principal, and let the setting count no more; return the names of the accounts."""
        found = {locker: await self._exchange(locker, None) for locker in self._lockers(principal_id)}
        self._fixed.pop(principal_id, None)
        return frozenset(locker.account_name(before) for locker, before in found.items() if before is not None)

    async def introduce(self, principal_id: str, *, account: str, user_id: str, user_name: str) -> None:
        """Note who the user is whose account has the name `account`; nothing, if that is not there any more."""
        for locker in self._lockers(principal_id):
            await self._introduce(locker, account=account, user_id=user_id, user_name=user_name)

    async def _introduce(self, locker: Locker, *, account: str, user_id: str, user_name: str) -> None:
        while True:
            raw = await self._vault.get(KIND, locker.key)
            there = locker.read(raw)
            if there is None or locker.account_name(there) != account:
                return
            known = replace(there, user_id=user_id, user_name=user_name)
            if known == there or await self._vault.swap(KIND, locker.key, known.encode(), expected=raw):
                return

    def _lockers(self, principal_id: str) -> tuple[Locker, ...]:
        fixed = self._fixed.get(principal_id)
        return (own_locker(principal_id), *([fixed] if fixed else []))

    async def _exchange(self, locker: Locker, sign_in: SignIn | None) -> SignIn | None:
        """Put `sign_in`, or nothing, where it belongs, and return what was there."""
        value = None if sign_in is None else sign_in.encode()
        while True:
            raw = await self._vault.get(KIND, locker.key)
            if raw is value is None or await self._vault.swap(KIND, locker.key, value, expected=raw):
                return locker.read(raw)
