"""The SQLite file of a vault: only its owner reads it, what was written lasts, and nothing is lost in silence."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final

from gateway.auth.owned_files import (
    identity,
    keep_to_owner,
    locked,
    make_file,
    make_folder,
    parts,
    set_aside,
    sync_folder,
)
from gateway.auth.vault import VaultError

_APPLICATION: Final = 0x46657276
"""Marks a database as ours: "Ferv"."""

_SCHEMA: Final = 1
_TABLE: Final = """
CREATE TABLE kept (name TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, value BLOB NOT NULL, ends REAL);
CREATE INDEX kept_by_end ON kept (ends) WHERE ends IS NOT NULL;
CREATE INDEX kept_by_kind ON kept (kind, ends);
"""

_BUSY: Final = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_DAMAGED: Final = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


class _UnusableError(Exception):
    """The file is not a vault, or not a whole one. A `UnicodeError` says the same: SQLite quotes what it finds."""


class VaultFile:
    """Owns the file and one connection to it, which is opened when it is first wanted; for one thread.

    Other processes may use the file at the same time. If it was deleted or replaced, the one that is there now is
    used, so that nothing is written to a file that nobody will ever read.

    Args:
        path: The file; its folder is made if needed. Beside it are SQLite's `-wal` and `-shm`, and our `.lock`.
        report: Hears, in sentences for the log, of a damaged file and where it is now.
        busy_s: For how long another process may keep us waiting.
    """

    def __init__(self, path: Path, *, report: Callable[[str], None], busy_s: float) -> None:
        self._path = path
        self._report = report
        self._busy_s = busy_s
        self._db: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Yield the connection, for one statement that changes nothing.

        Raises:
            VaultError: The file cannot be used; the text tells what to do.
        """
        with self._explaining():
            yield self._connected()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Yield the connection in a transaction that nobody else writes beside; it is on disk on leaving.

        Raises:
            VaultError: The file cannot be used, and nothing was changed; the text tells what to do.
        """
        with self._explaining():
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
        if self._db is not None and self._identity == identity(self._path):
            return self._db
        self.close()
        make_folder(self._path.parent)
        # One at a time: of two that find the file damaged, the second would set the new one of the first aside.
        with locked(self._path, at_most_s=self._busy_s):
            self._db = db = self._opened()
            self._identity = identity(self._path)
        return db

    def _opened(self) -> sqlite3.Connection:
        if identity(self._path) is not None:
            keep_to_owner(self._path)
            try:
                return _connect(self._path, timeout_s=self._busy_s)
            except (sqlite3.Error, UnicodeError, _UnusableError) as error:
                if isinstance(error, sqlite3.Error) and _code(error) not in _DAMAGED:
                    raise
                self._report(
                    f"{self._path} is no vault that can be read ({error}) and is now {set_aside(self._path)}. "
                    "Everybody has to sign in again. If you have a good copy, stop the gateway and put it in the "
                    f"place of {self._path}."
                )
        _create(self._path)
        return _connect(self._path, timeout_s=self._busy_s)

    @contextmanager
    def _explaining(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError, UnicodeError, _UnusableError) as error:
            if _code(error) not in _BUSY:
                # What is wrong with the file is found out, and healed, when it is opened again.
                self.close()
            raise VaultError(self._explanation(error)) from error

    def _explanation(self, error: Exception) -> str:
        if _code(error) in _BUSY or isinstance(error, TimeoutError):
            return f"{self._path} is in use by another program for too long; end it, then try again"
        if _code(error) in _DAMAGED or isinstance(error, UnicodeError | _UnusableError):
            return f"{self._path} is damaged ({error}); try again, and it is set aside and a new one begun"
        return (
            f"{self._path} cannot be used ({error}): see that the disk is not full, and that this user may write "
            "there, or set another DATA_DIR"
        )


def _create(path: Path) -> None:
    """Make the file, under another name until it is whole: one that is empty, or half a file, was not left so."""
    new = path.with_name(f"{path.name}.new")
    for file in parts(new):
        file.unlink(missing_ok=True)
    make_file(new)
    with closing(sqlite3.connect(new, isolation_level=None)) as db:
        marks = f"PRAGMA application_id = {_APPLICATION}; PRAGMA user_version = {_SCHEMA};"
        db.executescript(f"PRAGMA synchronous = EXTRA; BEGIN; {marks} {_TABLE} COMMIT;")
    # The log of a file that somebody took away would be taken for the new one's.
    if any(map(Path.exists, parts(path))):
        set_aside(path)
    new.rename(path)
    sync_folder(path.parent)


def _connect(path: Path, *, timeout_s: float) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None, timeout=timeout_s)
    try:
        _check(db)
        # With a log, one wait for the disk makes a write last, and reading waits for nobody. EXTRA is FULL then;
        # where there can be no log, such as on some network disks, it is what makes a write last.
        db.execute("PRAGMA journal_mode = WAL").fetchone()
        db.execute("PRAGMA synchronous = EXTRA")
        db.execute("PRAGMA secure_delete = ON")
    except BaseException:
        db.close()
        raise
    return db


def _check(db: sqlite3.Connection) -> None:
    (application,) = db.execute("PRAGMA application_id").fetchone()
    (schema,) = db.execute("PRAGMA user_version").fetchone()
    if application != _APPLICATION:
        raise _UnusableError("it is not one of Fermata's")
    if schema != _SCHEMA:
        # It is a good one, but not for us: whoever went back to an older version wants it again.
        raise VaultError(
            f"the vault has format {schema}, and this Fermata reads {_SCHEMA}: use the Fermata that wrote it, or "
            "set another DATA_DIR and sign in again"
        )
    # The whole check: the quick one finds nothing wrong with a row that a look-up passes by.
    (verdict, *_) = db.execute("PRAGMA integrity_check(1)").fetchone()
    if verdict != "ok":
        raise _UnusableError(f"it is damaged: {verdict}")


def _code(error: Exception) -> int:
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF
