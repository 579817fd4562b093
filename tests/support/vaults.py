"""Vaults of every sort for tests, with a way to let their time pass."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

from cache.shared.link import connect
from gateway.auth.file_shelf import FileShelf
from gateway.auth.redis_shelf import RedisShelf
from gateway.auth.seal import Seal
from gateway.auth.sealed_vault import SealedVault
from gateway.auth.vault import Vault
from memory_vault import MemoryVault

SECRET = b"a secret of many random bytes"


class World:
    """A vault and its time, which can be moved unless it is that of a real server."""

    def __init__(self, *, real: bool) -> None:
        self._real = real
        self._passed = 0.0
        self.vault: Vault = MemoryVault(clock=self.now)

    def now(self) -> float:
        return time.time() + self._passed

    async def ended(self, kind: str, key: str, *, within_s: float) -> bool:
        """Tell whether a value is gone after so many seconds."""
        if not self._real:
            self._passed += within_s
            return await self.vault.get(kind, key) is None
        async with asyncio.timeout(5):
            while await self.vault.get(kind, key) is not None:  # noqa: ASYNC110 - the server tells nobody
                await asyncio.sleep(0.01)
        return True


class Report(list[str]):
    """What an observer was told."""

    def unreadable(self, kind: str) -> None:
        self.append(kind)

    def warned(self, text: str) -> None:
        self.append(text)

    def failed(self) -> None:
        self.append("failed")


@asynccontextmanager
async def file_vault(path: Path, *, secret: bytes = SECRET) -> AsyncIterator[SealedVault]:
    """Open a vault in this file."""
    vault = SealedVault(FileShelf(path), Seal(secret, purpose="vault"))
    try:
        yield vault
    finally:
        await vault.close()


@asynccontextmanager
async def redis_vault(url: str, namespace: str, *, secret: bytes = SECRET) -> AsyncIterator[SealedVault]:
    """Open a vault in this Redis."""
    client = connect(url)
    try:
        yield SealedVault(RedisShelf(client, namespace=namespace), Seal(secret, purpose="vault"))
    finally:
        await client.aclose()


@asynccontextmanager
async def world(sort: str, folder: Path, redis_url: str) -> AsyncIterator[World]:
    """Open a new and empty vault of that sort: `memory`, `file` or `redis`."""
    made = World(real=sort == "redis")
    if sort == "redis":
        async with redis_vault(redis_url, uuid4().hex) as made.vault:
            yield made
    elif sort == "file":
        vault = SealedVault(
            FileShelf(folder / f"{uuid4().hex}.sqlite", wall_clock=made.now), Seal(SECRET, purpose="vault")
        )
        made.vault = vault
        yield made
        await vault.close()
    else:
        yield made
