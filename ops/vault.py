"""Opens the vault that the settings mean: in Redis if processes share one, else in a file of the data folder."""

from cache.shared.link import connect
from gateway.auth.file_shelf import FileShelf
from gateway.auth.redis_shelf import RedisShelf
from gateway.auth.resting_shelf import RestingShelf
from gateway.auth.seal import Seal
from gateway.auth.sealed_vault import SealedVault
from gateway.auth.shelf import Shelf
from gateway.auth.vault_observer import VaultObserver
from gateway.auth.watched_shelf import WatchedShelf
from ops.settings import Settings


def place_of(settings: Settings) -> str:
    """Return where secrets are kept, for people."""
    return "the Redis of REDIS_URL" if settings.redis_url.get_secret_value() else str(settings.vault_file)


class Safe:
    """A vault as the settings want it. Nothing is opened before it is used; close it after the last use.

    Args:
        settings: The process's.
        observer: Hears how it is.

    Attributes:
        vault: What keeps secrets.
    """

    def __init__(self, settings: Settings, *, observer: VaultObserver) -> None:
        url = settings.redis_url.get_secret_value()
        self._redis = connect(url) if url else None
        self._observer = observer
        self._shared = None if self._redis is None else RedisShelf(self._redis, namespace=settings.namespace)
        shelf: Shelf = self._shared or FileShelf(settings.vault_file, observer=observer)
        seal = Seal(settings.sealing_secret, purpose=settings.namespace)
        self.vault = SealedVault(RestingShelf(WatchedShelf(shelf, observer)), seal, observer=observer)

    async def look(self) -> None:
        """Tell the observer what endangers all that is kept, if anything is known to."""
        if self._shared is not None and (problem := await self._shared.trouble()):
            self._observer.warned(problem)

    async def close(self) -> None:
        """Give up what is held."""
        await self.vault.close()
        if self._redis is not None:
            await self._redis.aclose()
