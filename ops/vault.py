"""Opens the vault that the settings mean: in Redis if processes share one, else in a file of the data folder."""

import structlog

from cache.shared.link import connect
from gateway.auth.file_shelf import FileShelf
from gateway.auth.redis_shelf import RedisShelf
from gateway.auth.seal import Seal
from gateway.auth.sealed_vault import SealedVault
from gateway.auth.shelf import Shelf
from ops.settings import Settings

_log = structlog.stdlib.get_logger("fermata")


class VaultEvents:
    """Hears the vault."""

    def unreadable(self, kind: str) -> None:
        """Say that something is kept which nobody here can open."""
        _log.warning("vault.unreadable", kind=kind, hint="FERMATA_SECRET or the client secret was another one")

    def warned(self, text: str) -> None:
        """Pass a warning on."""
        _log.warning("vault.warning", problem=text)


def place_of(settings: Settings) -> str:
    """Return where secrets are kept, for people."""
    return "the Redis of REDIS_URL" if settings.redis_url.get_secret_value() else str(settings.vault_file)


class Safe:
    """A vault as the settings want it. Nothing is opened before it is used; close it after the last use.

    Args:
        settings: The process's.

    Attributes:
        vault: What keeps secrets.
    """

    def __init__(self, settings: Settings) -> None:
        events = VaultEvents()
        url = settings.redis_url.get_secret_value()
        self._redis = connect(url) if url else None
        shelf: Shelf
        if self._redis is None:
            shelf = FileShelf(settings.vault_file, observer=events)
        else:
            shelf = RedisShelf(self._redis, namespace=settings.namespace)
        seal = Seal(settings.sealing_secret, purpose=settings.namespace)
        self.vault = SealedVault(shelf, seal, observer=events)

    async def close(self) -> None:
        """Give up what is held."""
        await self.vault.close()
        if self._redis is not None:
            await self._redis.aclose()
