"""The file of a vault: its owner's only, whole after every death, and never lost in silence."""

import asyncio
import os
import random
import re
import resource
import shutil
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.auth.file_shelf import FileShelf
from gateway.auth.seal import Seal
from gateway.auth.sealed_vault import SealedVault
from gateway.auth.shelf import Place
from gateway.auth.vault import VaultError
from gateway.auth.vault_file import VaultFile
from vaults import SECRET, Report, file_vault

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


@pytest.mark.parametrize("damage", [b"", b"x", b"no database at all" * 500, b"SQLite format 3\0" + b"\0" * 5000])
async def test_a_file_that_is_no_vault_is_set_aside_with_a_word_of_what_to_do(path: Path, damage: bytes) -> None:
    lay(path, damage)
    report = Report()
    vault = opened(path, report)
    assert await vault.get("token", "key") is None
    await vault.put("token", "key", b"value")
    assert await vault.get("token", "key") == b"value"
    await vault.close()
    (aside,) = asides(path)
    assert content(aside) == damage
    (text,) = report
    assert f"is now {aside}. Everybody has to sign in again. If you have a good copy, stop" in text


@pytest.mark.parametrize("schema", [b"CREATE TABL\x92 kept", b"CREATE TABLE k\x92pt"])
async def test_a_file_whose_damage_is_no_text_is_set_aside_too(path: Path, schema: bytes) -> None:
    await filled(path)
    lay(path, content(path).replace(b"CREATE TABLE kept", schema))
    vault = opened(path, report := Report())
    assert await vault.add("token", "1", b"value")
    await vault.close()
    assert len(report) == len(asides(path)) == 1


async def test_a_row_of_another_type_is_a_value_that_cannot_be_opened(path: Path) -> None:
    await filled(path)
    with closing(sqlite3.connect(path)) as db:
        db.execute("UPDATE kept SET value = CAST(x'0192' AS TEXT)")
        db.commit()
    vault = opened(path, report := Report())
    assert await vault.get("token", "1") is None
    assert await vault.take("token", "2") is None
    await vault.close()
    assert report == ["token", "token"]


async def test_a_database_of_something_else_is_not_written(path: Path) -> None:
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute("CREATE TABLE songs (name TEXT)")
        before = db.serialize()
    lay(path, before)
    vault = opened(path, report := Report())
    await vault.put("token", "key", b"value")
    await vault.close()
    assert content(asides(path)[0]) == before
    assert "not one of Fermata's" in report[0]


async def test_a_file_of_a_newer_version_stays_where_it_is(path: Path) -> None:
    await filled(path)
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 2")
    before = content(path)
    async with file_vault(path) as vault:
        for _ in range(2):
            with pytest.raises(
                VaultError, match=r"format 2, and this Fermata reads 1: use the Fermata that wrote it"
            ):
                await vault.put("token", "key", b"value")
    assert content(path).startswith(before)
    assert asides(path) == []


@given(st.data())
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_file_that_was_cut_or_garbled_never_answers_wrongly(tmp_path: Path, data: st.DataObject) -> None:
    good = tmp_path / "good" / "vault.sqlite"
    if not good.exists():
        asyncio.run(filled(good))
    shutil.rmtree(tmp_path / "data", ignore_errors=True)
    path = tmp_path / "data" / "vault.sqlite"
    path.parent.mkdir()
    content = bytearray(good.read_bytes())
    start = data.draw(st.integers(0, len(content) - 1))
    if data.draw(st.booleans()):
        del content[start:]
    else:
        garbage = data.draw(st.binary(min_size=1, max_size=64))
        content[start : start + len(garbage)] = garbage
    path.write_bytes(content)
    asyncio.run(_ask_everything(path, bytes(content)))


async def _ask_everything(path: Path, content: bytes) -> None:
    report = Report()
    vault = opened(path, report)
    found = []
    for number in range(20):
        try:
            value = await vault.get("token", str(number))
        except VaultError as error:
            assert str(path) in str(error) or "set another DATA_DIR" in str(error)
        else:
            assert value in {None, b"value %d" % number * 20}
            found.append(value)
    with suppress(VaultError):
        await vault.put("token", "new", b"value")
        assert await vault.get("token", "new") == b"value"
    await vault.close()
    for aside in asides(path):
        assert len(aside.read_bytes()) > 0 or not content
    # Whatever is missing was told of.
    assert None not in found or report


async def test_a_file_that_is_damaged_in_use_is_set_aside_when_it_is_used_again(path: Path) -> None:
    async with file_vault(path) as vault:
        for number in range(20):
            # More than SQLite keeps in memory.
            await vault.put("token", str(number), b"value" * 50_000)
    vault = opened(path, report := Report())
    assert await vault.get("token", "1") is not None
    # As from a broken disk: under the vault's feet.
    garble(path)
    with pytest.raises(VaultError, match=r"is damaged .* try again"):
        await asyncio.gather(*(vault.get("token", str(number)) for number in range(20)))
    assert await vault.add("token", "key", b"value")
    assert await vault.get("token", "key") == b"value"
    await vault.close()
    assert len(report) == len(asides(path)) == 1


async def test_of_two_that_find_a_damaged_file_none_loses_what_the_other_wrote(path: Path) -> None:
    lay(path, b"damaged" * 1000)
    report = Report()
    vaults = [opened(path, report) for _ in range(6)]
    await asyncio.gather(*(vault.put("token", str(n), b"value") for n, vault in enumerate(vaults)))
    for vault in vaults:
        assert await vault.count("token") == 6
        await vault.close()
    assert len(report) == len(asides(path)) == 1


@pytest.mark.parametrize("log_too", [True, False])
async def test_a_file_that_was_taken_away_is_begun_anew_and_not_written_unseen(
    path: Path, *, log_too: bool
) -> None:
    async with file_vault(path) as vault, file_vault(path) as other:
        await vault.put("token", "old", b"value")
        await other.put("token", "old", b"value")
        for file in files(path):
            if log_too or not file.name.endswith(("-wal", "-shm")):
                file.unlink()
        await vault.put("token", "new", b"value")
        assert await other.get("token", "old") is None
        assert await other.get("token", "new") == b"value"
        await other.put("token", "newer", b"value")
        assert await vault.get("token", "newer") == b"value"
    async with file_vault(path) as vault:
        assert await vault.count("token") == 2


async def test_a_good_copy_that_is_put_back_is_used(path: Path) -> None:
    await filled(path)
    copy = path.with_name("copy")
    shutil.copy(path, copy)
    async with file_vault(path) as vault:
        await vault.delete("token", "1")
        assert await vault.get("token", "1") is None
    async with file_vault(path) as vault:
        assert await vault.get("token", "1") is None
        copy.rename(path)
        assert await vault.get("token", "1") is not None


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
