"""The SQLite file of a vault: only its owner reads it, what was written lasts, and nothing is lost in silence."""

import os
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Final

from gateway.auth.vault import VaultError

if sys.platform != "win32":
    import fcntl

_APPLICATION: Final = 0x46657276
"""Marks a database as ours: "Ferv"."""

_SCHEMA: Final = 1
_TABLE: Final = """
CREATE TABLE kept (name TEXT NOT NULL PRIMARY KEY, kind TEXT NOT NULL, value BLOB NOT NULL, ends REAL) WITHOUT ROWID;
CREATE INDEX kept_by_end ON kept (ends) WHERE ends IS NOT NULL;
CREATE INDEX kept_by_kind ON kept (kind, ends);
"""

_BUSY: Final = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_DAMAGED: Final = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_POLL_S: Final = 0.02


class _DamagedError(Exception):
    """The file is not a vault, or not a whole one."""


class VaultFile:
    """Owns the file and one connection to it, which is opened when it is first wanted; for one thread.

    Other processes may use the file at the same time. If it was deleted or replaced, the one that is there now is
    used, so that nothing is written to a file that nobody will ever read.

    Args:
        path: The file; its folder is made if needed. Beside it are SQLite's `-wal` and `-shm`, and our `.lock`.
        report: Hears, in sentences for the log, of a damaged file and where it is now.
        busy_s: For how long another process may keep us waiting.
    """

    def __init__(self, path: Path, *, report: Callable[[str], None], busy_s: float = 5.0) -> None:
        self._path = path
        self._report = report
        self._busy_s = busy_s
        self._db: sqlite3.Connection | None = None
        self._identity = (0, 0)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Yield the connection, for one statement that changes nothing.

        Raises:
            VaultError: The file cannot be used; the text tells what to do.
        """
        with self._explained():
            yield self._connected()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Yield the connection in a transaction that nobody else writes beside; it is on disk on leaving.

        Raises:
            VaultError: The file cannot be used, and nothing was changed; the text tells what to do.
        """
        with self._explained():
            db = self._connected()
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            except BaseException:
                # A full disk has rolled back already.
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Close the connection; the next use opens it again."""
        if self._db is not None:
            with suppress(sqlite3.Error):
                self._db.close()
            self._db = None

    def _connected(self) -> sqlite3.Connection:
        if self._db is not None and self._identity == _identity(self._path):
            return self._db
        self.close()
        if _make_folder(self._path.parent):
            _sync_folder(self._path.parent.parent)
        # One at a time: of two that find the file damaged, the second would set the new one of the first aside.
        with _locked(self._path, self._busy_s):
            self._db = self._opened()
            self._identity = _identity(self._path)
        return self._db

    def _opened(self) -> sqlite3.Connection:
        if _identity(self._path) == _NOWHERE:
            return self._created()
        _keep_to_owner(self._path)
        try:
            if self._path.stat().st_size == 0:
                raise _DamagedError("it is empty")
            return self._connect()
        except (sqlite3.Error, _DamagedError) as error:
            if isinstance(error, sqlite3.Error) and _code(error) not in _DAMAGED:
                raise
            aside = _set_aside(self._path)
            self._report(
                f"{self._path} is no vault that can be read ({error}) and is now {aside}. Everybody has to sign in "
                f"again. If you have a good copy, stop the gateway and put it in the place of {self._path}."
            )
            return self._created()

    def _created(self) -> sqlite3.Connection:
        # Under another name until it is whole, so that an empty or half a file is never mistaken for a new one. SQLite
        # gives its files beside the database the database's own mode.
        new = self._path.with_name(f"{self._path.name}.new")
        for path in (*_files(new), *_files(self._path)):
            path.unlink(missing_ok=True)
        os.close(os.open(new, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        with closing(sqlite3.connect(new, isolation_level=None)) as db:
            marks = f"PRAGMA application_id = {_APPLICATION}; PRAGMA user_version = {_SCHEMA};"
            db.executescript(f"PRAGMA synchronous = EXTRA; BEGIN; {marks} {_TABLE} COMMIT;")
        new.rename(self._path)
        _sync_folder(self._path.parent)
        return self._connect()

    def _connect(self) -> sqlite3.Connection:
        # Used by one thread, but not always by the one that opened it.
        db = sqlite3.connect(self._path, isolation_level=None, timeout=self._busy_s, check_same_thread=False)
        try:
            _check(db)
            # With a log, one wait for the disk makes a write last, and reading waits for nobody. Where that cannot be,
            # EXTRA is what makes a write last; with a log it is the same as FULL.
            db.execute("PRAGMA journal_mode = WAL").fetchone()
            db.execute("PRAGMA synchronous = EXTRA")
            db.execute("PRAGMA secure_delete = ON")
        except BaseException:
            db.close()
            raise
        return db

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            if _code(error) not in _BUSY:
                # What is wrong with the file is found out, and healed, when it is opened again.
                self.close()
            raise VaultError(self._explanation(error)) from error

    def _explanation(self, error: Exception) -> str:
        if _code(error) in _BUSY or isinstance(error, TimeoutError):
            return f"{self._path} is in use by another program for too long; end it, then try again"
        if _code(error) in _DAMAGED:
            return f"{self._path} is damaged ({error}); try again, and it is set aside and a new one begun"
        return (
            f"{self._path} cannot be used ({error}): see that the disk is not full, and that this user may write "
            "there, or set another DATA_DIR"
        )


_NOWHERE: Final = (0, 0)


def _identity(path: Path) -> tuple[int, int]:
    """Return what tells a file from all others there are, whatever their names."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return _NOWHERE
    return status.st_dev, status.st_ino


def _code(error: Exception) -> int:
    code = getattr(error, "sqlite_errorcode", 0)
    return int(code or 0) & 0xFF


def _check(db: sqlite3.Connection) -> None:
    (application,) = db.execute("PRAGMA application_id").fetchone()
    (schema,) = db.execute("PRAGMA user_version").fetchone()
    if application != _APPLICATION:
        raise _DamagedError("it is not one of Fermata's")
    if schema != _SCHEMA:
        # It is good, but not for us: whoever went back to an older version wants it again.
        raise VaultError(
            f"the vault has format {schema}, and this Fermata reads {_SCHEMA}: use the Fermata that wrote it, or set "
            "another DATA_DIR and sign in again"
        )
    (verdict, *_) = db.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise _DamagedError(f"it is damaged: {verdict}")


def _files(path: Path) -> Iterator[Path]:
    """Return what SQLite keeps in, the database last: without its log it would be taken for whole."""
    for suffix in ("-wal", "-journal", "-shm", ""):
        yield path.with_name(path.name + suffix)


def _keep_to_owner(path: Path) -> None:
    # A copy that was put here may be open to others. By name, for closing a handle of ours would give up the locks
    # that SQLite has on the file in this process.
    for file in _files(path):
        with suppress(FileNotFoundError):
            if file.stat().st_mode & 0o077:
                file.chmod(0o600)


def _set_aside(path: Path) -> Path:
    aside = next(name for n in count(1) if not (name := path.with_name(f"{path.name}.aside-{n}")).exists())
    # A log that was not written back is part of the database.
    for file, to in zip(_files(path), _files(aside), strict=True):
        with suppress(FileNotFoundError):
            file.rename(to)
    return aside


def _make_folder(folder: Path) -> bool:
    if folder.is_dir():
        return False
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return True


def _sync_folder(folder: Path) -> None:
    """Make names in a folder last; where that cannot be done, such as on Windows, they do so by themselves."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextmanager
def _locked(path: Path, at_most_s: float) -> Iterator[None]:
    """Keep other processes from opening the file until this one has."""
    handle = os.open(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _lock(handle, time.monotonic() + at_most_s)
        yield
    finally:
        os.close(handle)


def _lock(handle: int, give_up: float) -> None:
    while sys.platform != "win32":
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= give_up:
                raise TimeoutError from None
            time.sleep(_POLL_S)
        else:
            return
