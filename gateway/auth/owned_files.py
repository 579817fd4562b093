"""Files beside which nobody else's eyes and hands come: made for their owner, opened by one process at a time."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Final

if sys.platform != "win32":
    import fcntl

_POLL_S: Final = 0.02


def parts(path: Path) -> Iterator[Path]:
    """Return the files that SQLite keeps a database in, the database last: without its log it may look whole."""
    for suffix in ("-wal", "-journal", "-shm", ""):
        yield path.with_name(path.name + suffix)


def identity(path: Path) -> tuple[int, int] | None:
    """Return what tells a file from all others there are, whatever their names; None if there is none."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_dev, status.st_ino


def make_folder(folder: Path) -> None:
    """Make a folder that only its owner enters, if there is none."""
    if not folder.is_dir():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # A strict umask takes from the owner, too.
        folder.chmod(0o700)
        sync_folder(folder.parent)


def make_file(path: Path) -> None:
    """Make an empty file that only its owner reads; SQLite gives its other files the database's own mode."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    path.chmod(0o600)


def keep_to_owner(path: Path) -> None:
    """Close a database to others: a copy that was put there may be open to them.

    It goes by names. Opening and closing the file would give up all locks that SQLite has on it in this process.
    """
    for file in parts(path):
        with suppress(FileNotFoundError):
            if file.stat().st_mode & 0o077:
                file.chmod(0o600)


def set_aside(path: Path) -> Path:
    """Give a database, or what is left of one, a name that is free, and return that."""
    aside = next(
        name
        for n in count(1)
        if not any(map(Path.exists, parts(name := path.with_name(f"{path.name}.aside-{n}"))))
    )
    for file, to in zip(parts(path), parts(aside), strict=True):
        with suppress(FileNotFoundError):
            file.rename(to)
    return aside


def sync_folder(folder: Path) -> None:
    """Make the names in a folder last; where that cannot be done, such as on Windows, it is not needed."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextmanager
def locked(path: Path, *, at_most_s: float) -> Iterator[None]:
    """Return a context that one process, or thread, is in; the kernel ends it for whoever dies.

    The lock is on a file of its own, for the database may get another name meanwhile.

    Raises:
        TimeoutError: Another was in it for longer than `at_most_s`.
    """
    handle = os.open(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if sys.platform != "win32":
            os.fchmod(handle, 0o600)
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
