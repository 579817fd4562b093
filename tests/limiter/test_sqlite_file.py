"""Files that are broken, foreign, full, owned by another, or whose process was killed."""

import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limiter.journal import JournalInUseError
from limiter.sqlite_journal import SqliteJournal

SPAN = 3600.0

# Both windows of a call, and one byte for each call that may leave.
CALLER = """
import os, sys
from pathlib import Path
from limiter.sqlite_journal import SqliteJournal
journal = SqliteJournal(Path(sys.argv[1]))
while True:
    journal.took("day", cell_s=300.0, span_s=3600.0)
    journal.took("client", cell_s=0.001, span_s=3600.0)
    os.write(1, b".")
"""


def start(path: Path, *, now: float = 100.0, boot: str = "boot-1", **settings: Any) -> SqliteJournal:
    return SqliteJournal(path, clock=lambda: now, wall=lambda: 1e9 + now, boot_id=boot, **settings)


def took(journal: SqliteJournal, times: int = 1) -> None:
    for _ in range(times):
        journal.took("client", cell_s=1.0, span_s=SPAN)


def count(journal: SqliteJournal, window: str = "client") -> int:
    return sum(spent.count for spent in journal.taken(window, cell_s=1.0, span_s=SPAN))


def killed(path: Path) -> Path:
    """What a process that was killed at this moment would leave behind."""
    folder = path.parent / "killed"
    folder.mkdir()
    for name in path.parent.glob(f"{path.name}*"):
        shutil.copy(name, folder)
    return folder / path.name


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite3"


@pytest.mark.parametrize("calls", [1, 2, 7, 60, 255, 256, 500, 1500, 4000])
def test_a_killed_process_left_every_call_that_it_let_go(path: Path, calls: int) -> None:
    reported = 0
    for _ in range(2):
        with subprocess.Popen([sys.executable, "-c", CALLER, path], stdout=subprocess.PIPE) as caller:
            assert caller.stdout is not None
            seen = len(caller.stdout.read(calls))
            caller.send_signal(signal.SIGKILL)
            reported += seen + len(caller.stdout.read())
        with closing(SqliteJournal(path)) as journal:
            assert not journal.lost
            for window in ("client", "day"):
                assert reported <= count(journal, window)
            # At most the call that was about to leave when the process died, of each of the two.
            assert count(journal) <= reported + 2


def test_a_second_process_is_told_what_to_do_until_the_first_has_died(path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", CALLER, path], stdout=subprocess.PIPE) as caller:
        assert caller.stdout is not None
        caller.stdout.read(1)
        with pytest.raises(JournalInUseError, match=r"journal.sqlite3; connect to it, set REDIS_URL .* DATA_DIR"):
            SqliteJournal(path)
        caller.kill()
        caller.stdout.read()
    SqliteJournal(path).close()


def test_a_second_journal_in_the_same_process_is_refused_too(path: Path) -> None:
    with closing(start(path)):
        with pytest.raises(JournalInUseError):
            start(path)
        with pytest.raises(JournalInUseError):
            start(path)
    start(path).close()


def test_a_program_that_writes_the_database_is_told_from_a_broken_file(path: Path) -> None:
    start(path).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(JournalInUseError):
            start(path)
    with closing(start(path)) as journal:
        assert not journal.lost


def test_a_kill_loses_nothing_within_a_boot_and_leaves_doubt_after_another(path: Path) -> None:
    with closing(start(path)) as journal:
        took(journal, 3)
        left = killed(path)
    with closing(start(left)) as journal:
        assert (count(journal), journal.lost) == (3, False)
        after = killed(left)
    with closing(start(after, boot="boot-2", now=120.0)) as journal:
        assert (count(journal), journal.lost) == (3, True)


def test_an_orderly_end_leaves_no_doubt_after_a_reboot(path: Path) -> None:
    with closing(start(path)) as journal:
        took(journal, 3)
    with closing(start(path, boot="boot-2", now=120.0)) as journal:
        assert (count(journal), journal.lost) == (3, False)


def foreign(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE songs (name TEXT)")


def newer(path: Path) -> None:
    start(path).close()
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 99")


def tampered(path: Path) -> None:
    start(path).close()
    with closing(sqlite3.connect(path)) as db:
        db.execute("DROP TABLE taken")


def emptied(path: Path) -> None:
    start(path).close()
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("DELETE FROM timeline")


def from_the_far_future(path: Path) -> None:
    start(path).close()
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("PRAGMA ignore_check_constraints = ON")
        db.execute("INSERT INTO taken (name, ends, at, until, calls) VALUES ('client', 1e300, 1e300, 1e300, 1)")


BROKEN: Mapping[str, Callable[[Path], object]] = {
    "foreign": foreign,
    "newer": newer,
    "tampered": tampered,
    "emptied": emptied,
    "from the far future": from_the_far_future,
    "no database": lambda path: path.write_bytes(b"songs" * 1000),
    "no bytes": lambda path: path.write_bytes(b""),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_file_that_is_no_journal_is_set_aside_and_the_start_is_cautious(path: Path, kind: str) -> None:
    BROKEN[kind](path)
    before = path.read_bytes()
    said: list[str] = []
    with closing(start(path, report=said.append)) as journal:
        assert (journal.fresh, journal.lost) == (False, True)
        took(journal)
    assert len(said) == 1
    assert "set aside" in said[0] or "is now" in said[0]
    aside = path.with_name("journal.sqlite3.aside-1")
    assert aside.read_bytes() == before
    with closing(start(path, now=100.0 + 70.0)) as journal:
        assert (count(journal), journal.lost) == (1, False)


def test_files_set_aside_do_not_replace_each_other(path: Path) -> None:
    for content in (b"one", b"two"):
        path.write_bytes(content)
        start(path).close()
    assert path.with_name("journal.sqlite3.aside-1").read_bytes() == b"one"
    assert path.with_name("journal.sqlite3.aside-2").read_bytes() == b"two"


def test_a_start_soon_after_a_loss_is_cautious_too(path: Path) -> None:
    path.write_bytes(b"broken")
    start(path, now=100.0).close()
    with closing(start(path, now=159.0)) as journal:
        assert journal.lost
    with closing(start(path, now=160.0)) as journal:
        assert not journal.lost


def test_every_truncation_is_noticed(path: Path, tmp_path: Path) -> None:
    with closing(start(path)) as journal:
        took(journal, 5)
    whole = path.read_bytes()
    for size in range(0, len(whole), 512):
        cut = tmp_path / f"{size}" / path.name
        cut.parent.mkdir()
        cut.write_bytes(whole[:size])
        with closing(start(cut)) as journal:
            assert journal.lost, size
            took(journal)
            assert count(journal) == 1


@pytest.fixture(scope="module")
def well_filled() -> Mapping[str, bytes]:
    """The files of a journal whose process was killed."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "journal.sqlite3"
        start(path).close()
        with closing(start(path)) as journal:
            for number in range(40):
                journal.took(f"account/client/{number}", cell_s=1.0, span_s=SPAN)
                journal.paused(f"scope-{number}", 100.0)
                journal.learn(f"lesson-{number}", number, keep_s=100.0)
            left = killed(path)
        return {name.name: name.read_bytes() for name in left.parent.iterdir() if name.suffix != ".lock"}


@pytest.mark.parametrize("file", ["journal.sqlite3", "journal.sqlite3-wal"])
@given(damage=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=20))
@settings(deadline=None, max_examples=30)
def test_no_damage_stops_the_limiter(
    well_filled: Mapping[str, bytes], file: str, damage: list[tuple[float, int]]
) -> None:
    content = bytearray(well_filled[file])
    for place, byte in damage:
        content[int(place * len(content))] = byte
    with TemporaryDirectory() as folder:
        path = Path(folder) / "journal.sqlite3"
        for name, whole in {**well_filled, file: bytes(content)}.items():
            path.with_name(name).write_bytes(whole)
        with closing(start(path)) as journal:
            before = count(journal)
            took(journal)
            journal.paused("client", 50.0)
            journal.learn("limit", 180.0, keep_s=50.0)
            assert count(journal) == before + 1
            assert journal.pauses()["client"] >= 50.0
        with closing(start(path)) as journal:
            assert count(journal) == before + 1


@contextmanager
def full_disk() -> Iterator[None]:
    """No file of this process grows beyond a byte meanwhile."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_disk_that_fails_is_told_once_and_gets_everything_when_it_is_back(path: Path) -> None:
    said: list[str] = []
    clock = iter(range(100, 10_000))
    with closing(
        SqliteJournal(path, clock=lambda: float(next(clock)), boot_id="boot-1", report=said.append)
    ) as journal:
        took(journal)
        with full_disk():
            took(journal, 3)
            journal.paused("client", 5000.0)
            journal.learn("limit", 180.0, keep_s=5000.0)
            journal.resumed("client")
            journal.paused("family", 5000.0)
            assert count(journal) == 4
        assert len(said) == 1
        assert "cannot be written" in said[0]
        took(journal)
        left = killed(path)
    with closing(start(left)) as journal:
        assert (count(journal), journal.lost) == (5, False)
        assert set(journal.pauses()) == {"family"}
        assert journal.learned("limit") is not None


def test_a_file_whose_own_words_cannot_be_read_stops_nothing(path: Path) -> None:
    start(path).close()
    with closing(sqlite3.connect(path)) as db:
        # SQLite puts what it finds into its messages, and a broken file has bytes that are no text.
        refusal = "CREATE TRIGGER t BEFORE INSERT ON taken BEGIN SELECT RAISE(ABORT, 'garbled'); END"
        db.execute(refusal)
        db.execute("PRAGMA writable_schema = ON")
        garbled = refusal.encode().replace(b"garbled", b"\xff")
        db.execute("UPDATE sqlite_schema SET sql = CAST(? AS TEXT) WHERE name = 't'", (garbled,))
        db.commit()
    said: list[str] = []
    with closing(start(path, report=said.append)) as journal:
        took(journal, 2)
        assert count(journal) == 2
    assert len(said) == 1
    assert "cannot be written" in said[0]


def test_a_process_that_died_while_the_disk_failed_leaves_a_cautious_start(path: Path) -> None:
    with closing(start(path)) as journal:
        with full_disk():
            took(journal)
        left = killed(path)
    with closing(start(left)) as journal:
        assert journal.lost


def test_a_disk_that_is_full_at_the_start_stops_nothing(path: Path) -> None:
    start(path).close()
    said: list[str] = []
    with full_disk(), closing(start(path, report=said.append)) as journal:
        took(journal)
        assert count(journal) == 1
    assert len(said) == 1


def test_what_is_set_aside_on_a_full_disk_is_whole(path: Path) -> None:
    newer(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("INSERT INTO pauses (name, at, until) VALUES ('client', 1.0, 2.0)")
        left = killed(path)
    with full_disk():
        start(left).close()
    with closing(sqlite3.connect(left.with_name("journal.sqlite3.aside-1"))) as db:
        assert db.execute("SELECT name FROM pauses").fetchall() == [("client",)]


@pytest.mark.parametrize("place", ["a file/journal.sqlite3", "a folder"])
def test_a_place_that_cannot_be_written_costs_the_memory_and_nothing_else(tmp_path: Path, place: str) -> None:
    (tmp_path / "a file").touch()
    (tmp_path / "a folder").mkdir()
    said: list[str] = []
    with closing(start(tmp_path / place, report=said.append)) as journal:
        assert journal.lost
        took(journal, 2)
        journal.paused("client", 10.0)
        assert count(journal) == 2
        assert journal.pauses() == {"client": 10.0}
    assert len(said) == 1
    assert "DATA_DIR" in said[0]


def test_the_folder_is_made_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "new" / "journal.sqlite3"
    start(path).close()
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_the_file_says_what_it_is(path: Path) -> None:
    start(path).close()
    header = path.read_bytes()[:100]
    assert header[68:72] == b"Ferm"
    assert int.from_bytes(header[60:64]) == 1


def open_files() -> int:
    return sum(1 for _ in Path("/dev/fd").iterdir())


def test_nothing_stays_open_after_a_refusal(path: Path) -> None:
    with closing(start(path)):
        before = open_files()
        with pytest.raises(JournalInUseError):
            start(path)
        assert open_files() == before
