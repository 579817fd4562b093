"""A shelf in a file of this machine, for the processes of one user; the loop never waits for the disk."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeVar

from gateway.auth.shelf import Exchange, Place
from gateway.auth.vault import VaultError
from gateway.auth.vault_file import VaultFile
from gateway.auth.vault_observer import NullVaultObserver, VaultObserver

T = TypeVar("T")

# A damaged row may hold anything; a text that is none could not even be read.
_READ: Final = "SELECT CAST(value AS BLOB) FROM kept WHERE name = ? AND (ends IS NULL OR ends > ?)"
_WRITE: Final = (
    "INSERT INTO kept (name, kind, value, ends) VALUES (?, ?, ?, ?) "
    "ON CONFLICT (name) DO UPDATE SET value = excluded.value, ends = excluded.ends"
)
_DELETE: Final = "DELETE FROM kept WHERE name = ?"
# A write adds one row, so a few that go with it are enough.
_SWEEP: Final = "DELETE FROM kept WHERE name IN (SELECT name FROM kept WHERE ends <= ? LIMIT 8)"
_COUNT: Final = (
    "SELECT count(*) FROM (SELECT 1 FROM kept WHERE kind = ?1 AND ends IS NULL "
    "UNION ALL SELECT 1 FROM kept WHERE kind = ?1 AND ends > ?2 LIMIT ?3)"
)


class FileShelf:
    """See `Shelf`. The file is opened when it is first used; see `VaultFile`.

    Args:
        path: The file.
        wall_clock: Seconds since the epoch, which all processes and every start agree on.
        observer: Hears of a file that had to be set aside.
        busy_s: For how many seconds another process may keep us waiting.
        most_counted: Beyond so many nothing is counted.
    """

    def __init__(
        self,
        path: Path,
        *,
        wall_clock: Callable[[], float] = time.time,
        observer: VaultObserver = NullVaultObserver(),  # noqa: B008 - it has no state
        busy_s: float = 5.0,
        most_counted: int = 100_000,
    ) -> None:
        self._file = VaultFile(path, report=observer.warned, busy_s=busy_s)
        self._wall_clock = wall_clock
        self._most_counted = most_counted
        # One thread: of two writes of one caller, the second comes last even if the first was cancelled.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="gateway.vault")

    async def read(self, place: Place) -> bytes | None:
        """See `Shelf.read`."""
        return await self._apart(lambda: self._read(place))

    async def replace(self, place: Place, new: bytes | None, *, ttl_s: float | None) -> bytes | None:
        """See `Shelf.replace`."""
        answer = await self._apart(lambda: self._change(place, new, lambda _: True, ttl_s))
        return answer.found

    async def exchange(
        self, place: Place, new: bytes | None, *, expected: bytes | None, ttl_s: float | None
    ) -> Exchange:
        """See `Shelf.exchange`."""
        return await self._apart(lambda: self._change(place, new, lambda found: found == expected, ttl_s))

    async def count(self, kind: str) -> int:
        """See `Shelf.count`; exact up to `most_counted`."""
        return await self._apart(lambda: self._count(kind))

    async def close(self) -> None:
        """See `Shelf.close`; what was begun is finished first."""
        try:
            await self._apart(self._file.close)
        finally:
            self._thread.shutdown(wait=False)

    async def _apart(self, work: Callable[[], T]) -> T:
        try:
            future = asyncio.get_running_loop().run_in_executor(self._thread, work)
        except RuntimeError as error:
            raise VaultError("the vault is closed: the gateway is stopping") from error
        return await future

    def _read(self, place: Place) -> bytes | None:
        with self._file.reading() as db:
            row = db.execute(_READ, (place.name, self._wall_clock())).fetchone()
        return row[0] if row else None

    def _change(
        self, place: Place, new: bytes | None, condition: Callable[[bytes | None], bool], ttl_s: float | None
    ) -> Exchange:
        with self._file.writing() as db:
            now = self._wall_clock()
            row = db.execute(_READ, (place.name, now)).fetchone()
            found: bytes | None = row[0] if row else None
            done = condition(found)
            if done and new is not None:
                db.execute(_WRITE, (place.name, place.kind, new, None if ttl_s is None else now + ttl_s))
                db.execute(_SWEEP, (now,))
            elif done and found is not None:
                db.execute(_DELETE, (place.name,))
        return Exchange(done, found)

    def _count(self, kind: str) -> int:
        with self._file.reading() as db:
            (counted,) = db.execute(_COUNT, (kind, self._wall_clock(), self._most_counted)).fetchone()
        return int(counted)
