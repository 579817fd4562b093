"""A vault on a shelf: seals what goes there, opens what comes back, and takes for absent what it cannot open."""

from contextlib import AbstractAsyncContextManager
from typing import Final

from gateway.auth.leases import Leases
from gateway.auth.seal import Seal
from gateway.auth.shelf import Place, Shelf
from gateway.auth.vault_observer import NullVaultObserver, VaultObserver

# No kind of a value has a space in it.
_LEASES: Final = "lease of "


class SealedVault:
    """See `Vault`.

    Args:
        shelf: Where things are kept; closed with the vault.
        seal: Made with the secret of all processes that share the shelf.
        observer: Hears of values that cannot be opened.
        leases: How those who want to be alone wait for each other; by default on the same shelf.
    """

    def __init__(
        self,
        shelf: Shelf,
        seal: Seal,
        *,
        observer: VaultObserver = NullVaultObserver(),  # noqa: B008 - it has no state
        leases: Leases | None = None,
    ) -> None:
        self._shelf = shelf
        self._seal = seal
        self._observer = observer
        self._leases = leases or Leases(shelf)

    async def get(self, kind: str, key: str) -> bytes | None:
        """See `Vault.get`."""
        return self._opened(kind, key, await self._shelf.read(self._place(kind, key)))

    async def put(self, kind: str, key: str, value: bytes, *, ttl_s: float | None = None) -> None:
        """See `Vault.put`."""
        await self._shelf.replace(self._place(kind, key), self._seal.seal(kind, key, value), ttl_s=ttl_s)

    async def add(self, kind: str, key: str, value: bytes, *, ttl_s: float | None = None) -> bool:
        """See `Vault.add`."""
        return await self.swap(kind, key, value, expected=None, ttl_s=ttl_s)

    async def take(self, kind: str, key: str) -> bytes | None:
        """See `Vault.take`."""
        return self._opened(kind, key, await self._shelf.replace(self._place(kind, key), None, ttl_s=None))

    async def swap(
        self, kind: str, key: str, value: bytes | None, *, expected: bytes | None, ttl_s: float | None = None
    ) -> bool:
        """See `Vault.swap`.

        The shelf compares what is sealed, which never comes twice, so that nothing beside it need tell which
        values are equal. Where somebody else was quicker, the values are compared again.
        """
        place = self._place(kind, key)
        new = None if value is None else self._seal.seal(kind, key, value)
        found = None if expected is None else await self._shelf.read(place)
        while self._opened(kind, key, found) == expected:
            answer = await self._shelf.exchange(place, new, expected=found, ttl_s=ttl_s)
            if answer.done:
                return True
            found = answer.found
        return False

    async def delete(self, kind: str, key: str) -> None:
        """See `Vault.delete`."""
        await self._shelf.replace(self._place(kind, key), None, ttl_s=None)

    async def count(self, kind: str) -> int:
        """See `Vault.count`."""
        return await self._shelf.count(self._seal.name(kind))

    def alone(self, kind: str, key: str, *, at_most_s: float) -> AbstractAsyncContextManager[None]:
        """See `Vault.alone`."""
        return self._leases.held(self._place(_LEASES + kind, key), at_most_s=at_most_s)

    async def close(self) -> None:
        """Close the shelf."""
        await self._shelf.close()

    def _place(self, kind: str, key: str) -> Place:
        return Place(self._seal.name(kind), self._seal.name(kind, key))

    def _opened(self, kind: str, key: str, sealed: bytes | None) -> bytes | None:
        if sealed is None:
            return None
        value = self._seal.open(kind, key, sealed)
        if value is None:
            self._observer.unreadable(kind)
        return value
