"""The file of a vault that is damaged, foreign, newer, or gone: set aside or left, never lost in silence."""

import asyncio
import shutil
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.auth.vault import VaultError
from vault_files import asides, content, files, filled, garble, lay, opened
from vaults import Report, file_vault


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "vault.sqlite"


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
