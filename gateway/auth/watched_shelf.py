"""A shelf whose failures are told; it changes nothing of what the shelf does."""

from collections.abc import Iterator
from contextlib import contextmanager

from gateway.auth.shelf import Exchange, Place, Shelf
from gateway.auth.vault import VaultError
from gateway.auth.vault_observer import VaultObserver


class WatchedShelf:
    """See `Shelf`.

    Args:
        shelf: What it stands for.
        observer: Told of each failure.
    """

    def __init__(self, shelf: Shelf, observer: VaultObserver) -> None:
        self._shelf = shelf
        self._observer = observer

    async def read(self, place: Place) -> bytes | None:
        """See `Shelf.read`."""
        with self._telling():
            return await self._shelf.read(place)

    async def replace(self, place: Place, new: bytes | None, *, ttl_s: float | None) -> bytes | None:
        """See `Shelf.replace`."""
        with self._telling():
            return await self._shelf.replace(place, new, ttl_s=ttl_s)

    async def exchange(
        self, place: Place, new: bytes | None, *, expected: bytes | None, ttl_s: float | None
    ) -> Exchange:
        """See `Shelf.exchange`."""
        with self._telling():
            return await self._shelf.exchange(place, new, expected=expected, ttl_s=ttl_s)

    async def count(self, kind: str) -> int:
        """See `Shelf.count`."""
        with self._telling():
            return await self._shelf.count(kind)

    async def close(self) -> None:
        """See `Shelf.close`."""
        await self._shelf.close()

    @contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except VaultError:
            self._observer.failed()
            raise
