"""The files of a vault, seen from outside, and what can be done to them there."""

import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.auth.file_shelf import FileShelf
from gateway.auth.seal import Seal
from gateway.auth.sealed_vault import SealedVault
from vaults import SECRET, Report, file_vault


def files(path: Path) -> list[Path]:
    return sorted(file for file in path.parent.iterdir() if file.name.startswith(path.name))


def mode(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)


def lay(path: Path, content: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)


def garble(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(b"\xff" * path.stat().st_size)


def open_to_others(path: Path) -> None:
    path.chmod(0o664)


def content(path: Path) -> bytes:
    """Return all bytes of a database, or of what it is called like."""
    return b"".join(file.read_bytes() for file in files(path))


def asides(path: Path) -> list[Path]:
    return [file for file in files(path) if re.search(r"aside-\d+$", file.name)]


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


async def filled(path: Path, values: int = 20) -> None:
    async with file_vault(path) as vault:
        for number in range(values):
            await vault.put("token", str(number), b"value %d" % number * 20)


def opened(path: Path, report: Report) -> SealedVault:
    return SealedVault(FileShelf(path, observer=report), Seal(SECRET, purpose="vault"), observer=report)
