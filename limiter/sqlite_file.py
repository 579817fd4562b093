"""The SQLite file of a journal: who owns it, what is in it, and what to do when it is broken or cannot be written.

A file that fails never raises once it is open: what it missed is written, all at once, as soon as it can be.
"""

import os
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from math import inf
from pathlib import Path
from typing import Final, TypeAlias

from limiter.journal import JournalInUseError

if sys.platform != "win32":
    import fcntl

_APPLICATION: Final = 0x4665726D
"""Marks a database as ours: "Ferm"."""

_SCHEMA: Final = 1

# The bounds keep a flipped bit from moving the time line by an age; the check at the start enforces them.
_TABLES: Final = """
CREATE TABLE timeline (
    boot TEXT NOT NULL, offset_s REAL NOT NULL CHECK (offset_s BETWEEN -1e11 AND 1e11),
    clean INTEGER NOT NULL CHECK (clean IN (0, 1)), doubted REAL NOT NULL CHECK (doubted BETWEEN -1e11 AND 1e11)
);
CREATE TABLE taken (
    name TEXT NOT NULL, ends REAL NOT NULL, at REAL NOT NULL, until REAL NOT NULL, calls INTEGER NOT NULL,
    PRIMARY KEY (name, ends), CHECK (typeof(calls) = 'integer' AND calls > 0),
    CHECK (typeof(at) = 'real' AND at BETWEEN -1e11 AND 1e11 AND ends >= at AND until BETWEEN ends AND 1e11)
) WITHOUT ROWID;
CREATE TABLE pauses (
    name TEXT NOT NULL PRIMARY KEY, at REAL NOT NULL, until REAL NOT NULL,
    CHECK (typeof(at) = 'real' AND at BETWEEN -1e11 AND 1e11 AND until BETWEEN at AND 1e11)
) WITHOUT ROWID;
CREATE TABLE lessons (
    name TEXT NOT NULL PRIMARY KEY, value REAL NOT NULL, at REAL NOT NULL, until REAL NOT NULL,
    CHECK (typeof(at) = 'real' AND at BETWEEN -1e11 AND 1e11 AND until BETWEEN at AND 1e11)
) WITHOUT ROWID;
"""

TAKEN: Final = "INSERT OR REPLACE INTO taken (name, ends, at, until, calls) VALUES (?, ?, ?, ?, ?)"
PAUSED: Final = "INSERT OR REPLACE INTO pauses (name, at, until) VALUES (?, ?, ?)"
RESUMED: Final = "DELETE FROM pauses WHERE name = ?"
LEARNED: Final = "INSERT OR REPLACE INTO lessons (name, value, at, until) VALUES (?, ?, ?, ?)"
FORGET: Final = (
    "DELETE FROM taken WHERE until <= ?",
    "DELETE FROM pauses WHERE until <= ?",
    "DELETE FROM lessons WHERE until <= ?",
)
_CLEAR: Final = ("DELETE FROM timeline", "DELETE FROM taken", "DELETE FROM pauses", "DELETE FROM lessons")
_TIMELINE: Final = "INSERT INTO timeline (boot, offset_s, clean, doubted) VALUES (?, ?, ?, ?)"

# Not the fault of the file but of the place that it is in: setting the file aside would not help.
_PLACE: Final = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_FULL}

# SQLite quotes what it finds, and what it finds in a garbled file need not be text.
_FAILURES: Final = (sqlite3.Error, UnicodeError)

# Writing everything anew takes milliseconds, so a disk that refuses is not asked for every call.
_RETRY_S: Final = 1.0

Row: TypeAlias = tuple[str | float, ...]


class _Unusable(Exception):  # noqa: N818  says what a file is, and is always caught here
    """The file is not a journal that this version can read."""


@dataclass(slots=True)
class Book:
    """Everything remembered. Times are seconds on the journal's own line; `until` is when a thing is forgotten.

    Attributes:
        taken: (at, until, calls) by window and end of cell.
        pauses: (at, until) by scope.
        lessons: (value, at, until) by name.
        boot: the boot that the line was laid in.
        offset_s: from the clock of that boot to the line.
        clean: nothing was told after this was written.
        doubted: when the last loss was noticed.
    """

    taken: dict[tuple[str, float], tuple[float, float, int]] = field(default_factory=dict)
    pauses: dict[str, tuple[float, float]] = field(default_factory=dict)
    lessons: dict[str, tuple[float, float, float]] = field(default_factory=dict)
    boot: str = ""
    offset_s: float = 0.0
    clean: bool = True
    doubted: float = -1e11

    def newest(self) -> float:
        """The time of the last thing that was written."""
        rows = (*self.taken.values(), *self.pauses.values())
        return max(self.doubted, *(at for at, *_ in rows), *(at for _, at, _ in self.lessons.values()), -inf)

    def forget(self, now: float) -> bool:
        """Drop what is over; whether there was anything."""
        size = len(self.taken) + len(self.pauses) + len(self.lessons)
        self.taken = {key: row for key, row in self.taken.items() if row[1] > now}
        self.pauses = {key: row for key, row in self.pauses.items() if row[1] > now}
        self.lessons = {key: row for key, row in self.lessons.items() if row[2] > now}
        return len(self.taken) + len(self.pauses) + len(self.lessons) < size

    def statements(self) -> Iterator[tuple[str, Row]]:
        """What writes all of it into empty tables."""
        yield _TIMELINE, (self.boot, self.offset_s, self.clean, self.doubted)
        for window_and_end, cell in self.taken.items():
            yield TAKEN, (*window_and_end, *cell)
        for scope, pause in self.pauses.items():
            yield PAUSED, (scope, *pause)
        for name, lesson in self.lessons.items():
            yield LEARNED, (name, *lesson)


class JournalFile:
    """Opens, owns and writes one file. Without a usable one it keeps nothing.

    Args:
        path: the file; its folder is made if needed. Beside it are SQLite's own `-wal` and our `.lock`.
        report: hears, as a sentence for the log, what went wrong; of failed writes the first in a row.

    Raises:
        JournalInUseError: another process has it.

    Attributes:
        book: what was in the file, and what is to be in it.
        fresh: there was no file.
        lost: something that was told may be missing in the book.
    """

    def __init__(self, path: Path, *, report: Callable[[str], None]) -> None:
        self.book = Book()
        self.fresh = False
        self.lost = False
        self._path = path
        self._report = report
        self._db: sqlite3.Connection | None = None
        self._lock: int | None = None
        self._behind = False
        self._retry_at = -inf
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = _lock(path)
            self._open()
        except (OSError, sqlite3.Error) as error:
            self.lost = True
            self._mark_gap(1)
            report(
                f"{path} cannot be used ({error}): calls and pauses will be forgotten at a restart, and this "
                "start is cautious. Make its folder writable, or set another DATA_DIR."
            )
        except JournalInUseError:
            self._release()
            raise

    def write(self, *statements: str, row: Row, now: float) -> None:
        """Run each statement with the row; on the disk's failure, later everything."""
        if self._db is None or (self._behind and now < self._retry_at):
            return
        try:
            if self._behind:
                self._save(self._db)
            else:
                for statement in statements:
                    self._db.execute(statement, row)
        except _FAILURES as error:
            self._retry_at = now + _RETRY_S
            self._fall_behind(error)

    def sync(self) -> None:
        """Write the whole book and wait until the disk has it."""
        if self._db is None:
            return
        try:
            self._db.execute("PRAGMA synchronous = FULL")
            self._save(self._db)
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except _FAILURES as error:
            self._fall_behind(error)
        finally:
            with suppress(*_FAILURES):
                self._db.execute("PRAGMA synchronous = OFF")

    def close(self) -> None:
        """Give the file up; nothing is written any more."""
        if self._db is not None:
            with suppress(*_FAILURES):
                self._db.close()
            self._db = None
        self._release()

    def _open(self) -> None:
        self.lost = self._lock is not None and os.fstat(self._lock).st_size > 0
        self.fresh = not self._path.exists()
        if self.fresh:
            self._db = _create(self._path)
            return
        try:
            self._db, self.book = _read(self._path)
        except (sqlite3.Error, _Unusable, ValueError, TypeError) as error:
            _raise_if_not_of_the_file(error, self._path)
            self.lost = True
            aside = _set_aside(self._path)
            self._report(
                f"{self._path} is no journal that can be read ({error}) and is now {aside}. Calls and pauses of "
                "earlier runs are forgotten, so this start is cautious."
            )
            self._db = _create(self._path)

    def _save(self, db: sqlite3.Connection) -> None:
        with _transaction(db):
            for statement in _CLEAR:
                db.execute(statement)
            for statement, row in self.book.statements():
                db.execute(statement, row)
        self._behind = False
        self._mark_gap(0)

    def _fall_behind(self, error: Exception) -> None:
        if not self._behind:
            self._behind = True
            self._mark_gap(1)
            self._report(
                f"{self._path} cannot be written ({error}): the limiter goes on from memory, and a restart before "
                "it can be written will be cautious. See whether the disk is full or was mounted read-only."
            )

    def _mark_gap(self, size: int) -> None:
        # The size of an empty file changes even on a full disk, for no block is written.
        if self._lock is not None:
            with suppress(OSError):
                os.ftruncate(self._lock, size)

    def _release(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def _lock(path: Path) -> int:
    """Own the journal until the handle is closed, which the kernel does for whoever dies.

    The lock is not on the database, for that is renamed when it is broken: of two starts at once, each could then
    hold another file.
    """
    handle = os.open(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if sys.platform != "win32":
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(handle)
        if isinstance(error, BlockingIOError):
            raise _in_use(path) from None
        raise
    return handle


def _in_use(path: Path) -> JournalInUseError:
    return JournalInUseError(
        f"another Fermata uses {path}; connect to it, set REDIS_URL on both to share the quota, "
        "or give this one another DATA_DIR"
    )


@contextmanager
def _transaction(db: sqlite3.Connection) -> Iterator[None]:
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        # A full disk has rolled back already.
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def _connect(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None, timeout=1.0)
    # Before anything is read, so that there is no shared memory file, and a program that looks into the database
    # cannot stop a write. Pages of 1 KiB make a write half as dear as pages of 4 KiB.
    db.execute("PRAGMA locking_mode = EXCLUSIVE")
    db.execute("PRAGMA page_size = 1024")
    return db


def _tune(db: sqlite3.Connection) -> None:
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA wal_autocheckpoint = 256")
    db.execute("PRAGMA synchronous = OFF")


def _create(path: Path) -> sqlite3.Connection:
    db = _connect(path)
    try:
        _tune(db)
        marks = f"PRAGMA application_id = {_APPLICATION}; PRAGMA user_version = {_SCHEMA};"
        db.executescript(f"BEGIN; {marks} {_TABLES} COMMIT;")
    except BaseException:
        db.close()
        raise
    return db


def _read(path: Path) -> tuple[sqlite3.Connection, Book]:
    db = _connect(path)
    try:
        _check(db)
        _tune(db)
        return db, _load(db)
    except BaseException:
        db.close()
        raise


def _check(db: sqlite3.Connection) -> None:
    (application,) = db.execute("PRAGMA application_id").fetchone()
    (schema,) = db.execute("PRAGMA user_version").fetchone()
    if application != _APPLICATION:
        raise _Unusable("it is not one of Fermata's")
    if schema != _SCHEMA:
        raise _Unusable(f"it has format {schema}, and this Fermata reads {_SCHEMA}")
    (verdict, *_) = db.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise _Unusable(f"it is damaged: {verdict}")


def _load(db: sqlite3.Connection) -> Book:
    ((boot, offset_s, clean, doubted),) = db.execute("SELECT boot, offset_s, clean, doubted FROM timeline")
    taken = db.execute("SELECT name, ends, at, until, calls FROM taken")
    pauses = db.execute("SELECT name, at, until FROM pauses")
    lessons = db.execute("SELECT name, value, at, until FROM lessons")
    return Book(
        taken={(name, ends): (at, until, calls) for name, ends, at, until, calls in taken},
        pauses={name: (at, until) for name, at, until in pauses},
        lessons={name: (value, at, until) for name, value, at, until in lessons},
        boot=boot,
        offset_s=offset_s,
        clean=bool(clean),
        doubted=doubted,
    )


def _raise_if_not_of_the_file(error: Exception, path: Path) -> None:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        raise _in_use(path) from error
    if code in _PLACE:
        raise error


def _set_aside(path: Path) -> Path:
    aside = next(name for n in count(1) if not (name := path.with_name(f"{path.name}.aside-{n}")).exists())
    # A log that SQLite could not write back, on a full disk say, is part of the database.
    for suffix in ("-wal", "-journal", ""):
        with suppress(FileNotFoundError):
            path.with_name(path.name + suffix).rename(aside.with_name(aside.name + suffix))
    return aside
