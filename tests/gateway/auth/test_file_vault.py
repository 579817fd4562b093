"""The file of a vault: its owner's only, whole after every death, and never lost in silence."""

import asyncio
import os
import random
import resource
import sqlite3
import stat
import subprocess
import sys
import threading
from contextlib import closing, suppress
from pathlib import Path

import pytest

from gateway.auth.file_shelf import FileShelf
from gateway.auth.seal import Seal
from gateway.auth.sealed_vault import SealedVault
from gateway.auth.shelf import Place
from gateway.auth.vault import VaultError
from gateway.auth.vault_file import VaultFile
from vault_files import asides, content, files, filled, mode, open_to_others, umask
from vaults import SECRET, file_vault

# Forks children that write 1, 2, 3... over and over, and kills each at some moment. A child says what was kept.
KILLER = """
import asyncio, os, random, signal, sys, time
from pathlib import Path
from gateway.auth.file_shelf import FileShelf
from gateway.auth.seal import Seal
from gateway.auth.sealed_vault import SealedVault

def vault():
    return SealedVault(FileShelf(Path(sys.argv[1])), Seal(b"secret", purpose="vault"))

async def write(out):
    there = vault()
    number = int(await there.get("number", "key") or b"0")
    while True:
        number += 1
        await there.put("number", "key", b"%d" % number)
        await there.put("big", str(number % 50), os.urandom(3000), ttl_s=0.001)
        os.write(out, b"%d\\n" % number)

async def check(written, out):
    there = vault()
    found = int(await there.get("number", "key") or b"0")
    assert written <= found <= written + 1, (written, found)
    await there.close()
    os.write(out, b"%d" % found)

chance = random.Random(int(sys.argv[2]))
found = 0
for _ in range(int(sys.argv[3])):
    inlet, outlet = os.pipe()
    child = os.fork()
    if not child:
        asyncio.run(write(outlet))
    os.close(outlet)
    time.sleep(chance.random() ** 2 * 0.08)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with open(inlet, "rb") as pipe:
        lines = pipe.read().split()
    inlet, outlet = os.pipe()
    child = os.fork()
    if not child:
        asyncio.run(check(int(lines[-1]) if lines else found, outlet))
        os._exit(0)
    os.close(outlet)
    with open(inlet, "rb") as pipe:
        found = int(pipe.read())
    assert os.waitpid(child, 0)[1] == 0
    sys.stdout.write("x")
    sys.stdout.flush()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "vault.sqlite"


async def test_what_was_put_is_there_after_a_restart(path: Path) -> None:
    async with file_vault(path) as vault:
        await vault.put("token", "key", b"value")
        await vault.put("token", "short", b"value", ttl_s=60.0)
    async with file_vault(path) as vault:
        assert await vault.get("token", "key") == await vault.get("token", "short") == b"value"


async def test_nothing_that_was_put_can_be_read_in_the_files(path: Path) -> None:
    async with file_vault(path) as vault:
        await vault.put("the-kind", "plain key", b"plain value", ttl_s=60.0)
        await vault.put("the-kind", "plain key", b"plain value again")
        async with vault.alone("the-kind", "plain key", at_most_s=60.0):
            seen = content(path)
    seen += content(path)
    assert len(seen) > 4096
    for word in (b"the-kind", b"plain", b"value again", SECRET):
        assert word not in seen


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o777])
async def test_only_the_owner_can_open_any_of_the_files_at_any_time(path: Path, mask: int) -> None:
    seen: dict[str, int] = {}
    done = threading.Event()

    def watch() -> None:
        while not done.is_set():
            with suppress(FileNotFoundError), os.scandir(path.parent) as entries:
                for entry in entries:
                    with suppress(FileNotFoundError):
                        seen[entry.name] = seen.get(entry.name, 0) | entry.stat().st_mode

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        for turn in range(10):
            with umask(mask):
                await filled(path.with_name(f"{turn}.sqlite"), 2)
    finally:
        done.set()
        watcher.join(10)
    assert len(seen) > 20
    assert {name for name, bits in seen.items() if stat.S_IMODE(bits) & ~0o600} == set()
    assert {mode(file) for file in files(path.with_name("1.sqlite"))} == {0o600}


async def test_whoever_dies_before_setting_a_mode_has_left_nothing_open(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "chmod", lambda *_: None)
    monkeypatch.setattr(os, "fchmod", lambda *_: None)
    with umask(0):
        async with file_vault(path) as vault:
            await vault.put("token", "key", b"value")
            assert {mode(file) for file in files(path)} == {0o600}
            assert len(files(path)) == 4
    assert mode(path.parent) == 0o700


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o777])
async def test_a_folder_that_is_made_is_the_owners_only(path: Path, mask: int) -> None:
    with umask(mask):
        await filled(path)
    assert mode(path.parent) == 0o700


async def test_a_file_that_is_open_to_others_is_closed_to_them(path: Path) -> None:
    await filled(path)
    open_to_others(path)
    async with file_vault(path) as vault:
        await vault.put("token", "key", b"value")
        assert {mode(file) for file in files(path)} == {0o600}


@pytest.mark.parametrize("seed", [1, 2])
def test_a_process_that_is_killed_leaves_the_old_value_or_the_new_one(path: Path, seed: int) -> None:
    command = [sys.executable, "-W", "ignore", "-c", KILLER, str(path), str(seed), "40"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=55, check=False)
    assert (run.stdout, run.stderr) == ("x" * 40, "")
    assert asides(path) == []


async def test_another_program_that_holds_the_file_too_long_is_named_as_the_trouble(path: Path) -> None:
    await filled(path)
    vault = SealedVault(FileShelf(path, busy_s=0.05), Seal(SECRET, purpose="vault"))
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(VaultError, match=r"vault.sqlite is in use by another program"):
            await vault.put("token", "key", b"value")
        assert await vault.get("token", "1") is not None
    await vault.put("token", "key", b"value")
    await vault.close()


async def test_a_place_that_cannot_be_used_is_named_and_tried_again(tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("")
    async with file_vault(blocked / "vault.sqlite") as vault:
        for _ in range(2):
            with pytest.raises(VaultError, match=r"blocked/vault.sqlite cannot be used .* set another DATA_DIR"):
                await vault.put("token", "key", b"value")
        blocked.unlink()
        await vault.put("token", "key", b"value")


async def test_a_disk_that_is_full_is_named_and_what_was_there_stays(path: Path) -> None:
    async with file_vault(path) as vault:
        await vault.put("token", "key", b"value")
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
        try:
            with pytest.raises(VaultError, match="see that the disk is not full"):
                await vault.put("token", "key", b"big" * 100_000)
            assert await vault.get("token", "key") == b"value"
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        await vault.put("token", "key", b"big" * 100_000)
        assert await vault.get("token", "key") == b"big" * 100_000


def test_a_write_waits_for_the_disk(path: Path) -> None:
    # A killed process loses nothing without; a machine that loses power does, which no test can do.
    file = VaultFile(path, report=print, busy_s=1.0)
    with file.writing() as db:
        (synchronous,) = db.execute("PRAGMA synchronous").fetchone()
    file.close()
    assert synchronous >= 2


async def test_what_has_ended_does_not_pile_up(path: Path) -> None:
    now = 1000.0
    shelf = FileShelf(path, wall_clock=lambda: now)
    for number in range(100):
        await shelf.replace(Place("kind", str(number)), b"value", ttl_s=10.0)
    now += 10.0
    for number in range(20):
        await shelf.replace(Place("kind", f"later {number}"), b"value", ttl_s=10.0)
    await shelf.close()
    with closing(sqlite3.connect(path)) as db:
        (rows,) = db.execute("SELECT count(*) FROM kept").fetchone()
    assert rows == 20


async def test_counting_stops_where_it_would_cost_too_much(path: Path) -> None:
    shelf = FileShelf(path, most_counted=7)
    for number in range(10):
        await shelf.replace(Place("kind", str(number)), b"value", ttl_s=None)
    assert await shelf.count("kind") == 7
    await shelf.close()


async def test_the_loop_goes_on_while_the_file_is_waited_for(path: Path) -> None:
    await filled(path)
    vault = SealedVault(FileShelf(path, busy_s=20.0), Seal(SECRET, purpose="vault"))
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        writing = asyncio.create_task(vault.put("token", "key", b"value"))
        await asyncio.sleep(0.05)
        assert not writing.done()
        other.execute("ROLLBACK")
    await writing
    await vault.close()


async def test_the_last_of_ones_own_writes_counts_even_if_the_first_was_cancelled(path: Path) -> None:
    chance = random.Random(7)
    async with file_vault(path) as vault:
        for _ in range(50):
            first = asyncio.create_task(vault.put("token", "key", b"first"))
            for _ in range(chance.randrange(4)):
                await asyncio.sleep(0)
            first.cancel()
            await vault.put("token", "key", b"second")
            assert await vault.get("token", "key") == b"second"


async def test_a_closed_vault_says_so(path: Path) -> None:
    async with file_vault(path) as vault:
        await vault.put("token", "key", b"value")
    with pytest.raises(VaultError, match="closed"):
        await vault.get("token", "key")


async def test_closing_waits_for_what_was_begun(path: Path) -> None:
    async with file_vault(path) as vault:
        tasks = [asyncio.create_task(vault.put("token", str(n), b"value")) for n in range(20)]
        await asyncio.sleep(0)
    await asyncio.gather(*tasks)
    async with file_vault(path) as vault:
        assert await vault.count("token") == 20
