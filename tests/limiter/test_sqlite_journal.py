"""What the journal says after a restart: every call and pause, at the right age, whatever the clocks did."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from limiter.discovery import Discovery, DiscoveryConfig
from limiter.journal import Journal, Spent
from limiter.sqlite_journal import SqliteJournal, this_boot

CELL = 1.0
SPAN = 30.0
EPOCH = 1_800_000_000.0


@dataclass
class Machine:
    """A machine whose clocks a test sets, with one journal at a time."""

    folder: Path
    now: float = 100.0
    wall: float = EPOCH
    boot: str = "boot-1"
    said: list[str] = field(default_factory=list)
    journal: SqliteJournal | None = None

    def start(self, **settings: Any) -> SqliteJournal:
        """A start after an orderly end, if there was one before."""
        self.stop()
        self.journal = SqliteJournal(
            self.folder / "journal.sqlite3",
            clock=lambda: self.now,
            wall=lambda: self.wall,
            boot_id=self.boot,
            report=self.said.append,
            **settings,
        )
        return self.journal

    def stop(self) -> None:
        if self.journal is not None:
            self.journal.close()

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.wall += seconds

    def reboot(self, seconds: float) -> None:
        self.stop()
        self.wall += seconds
        self.now = 5.0
        self.boot += "1"


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    machine = Machine(tmp_path)
    yield machine
    machine.stop()


def took(journal: Journal, window: str = "client", times: int = 1) -> None:
    for _ in range(times):
        journal.took(window, cell_s=CELL, span_s=SPAN)


def taken(journal: Journal, window: str = "client") -> list[Spent]:
    return list(journal.taken(window, cell_s=CELL, span_s=SPAN))


def test_calls_are_remembered_at_the_age_of_the_end_of_their_cell(machine: Machine) -> None:
    journal = machine.start()
    took(journal, times=2)
    machine.sleep(0.5)
    took(journal)
    machine.sleep(1.0)
    took(journal, "other")
    machine.sleep(3.0)
    journal = machine.start()
    assert taken(journal) == [Spent(3.5, 3)]
    assert taken(journal, "other") == [Spent(2.5, 1)]


def test_an_age_is_never_negative(machine: Machine) -> None:
    took(machine.start())
    assert taken(machine.start()) == [Spent(0.0, 1)]


def test_calls_are_told_oldest_first_until_they_no_longer_count(machine: Machine) -> None:
    journal = machine.start()
    for _ in range(3):
        took(journal)
        machine.sleep(10.0)
    assert taken(journal) == [Spent(29.0, 1), Spent(19.0, 1), Spent(9.0, 1)]
    machine.sleep(1.0)
    assert taken(journal) == [Spent(20.0, 1), Spent(10.0, 1)]


def test_a_pause_counts_down_and_ends(machine: Machine) -> None:
    machine.start().paused("client", 100.0)
    machine.sleep(40.0)
    assert machine.start().pauses() == {"client": 60.0}
    machine.sleep(60.0)
    assert machine.start().pauses() == {}


def test_a_shorter_rest_never_replaces_a_longer_one(machine: Machine) -> None:
    journal = machine.start()
    journal.paused("client", 100.0)
    journal.paused("client", 50.0)
    journal.paused("client", -5.0)
    journal.paused("other", float("nan"))
    assert machine.start().pauses() == {"client": 100.0}


def test_a_pause_that_was_lifted_is_gone(machine: Machine) -> None:
    journal = machine.start()
    journal.paused("client", 100.0)
    journal.paused("family", 100.0)
    journal.resumed("client")
    journal.resumed("unknown")
    assert machine.start().pauses() == {"family": 100.0}


def test_a_lesson_holds_for_as_long_as_it_was_said_to(machine: Machine) -> None:
    journal = machine.start()
    journal.learn("ceiling", 150.0, keep_s=10.0)
    journal.learn("ceiling", 180.0, keep_s=60.0)
    journal.learn("over", 1.0, keep_s=-1.0)
    machine.sleep(20.0)
    journal = machine.start()
    assert journal.learned("ceiling") == (180.0, 40.0)
    assert journal.learned("over") is None
    assert journal.learned("unknown") is None
    machine.sleep(40.0)
    assert journal.learned("ceiling") is None


def test_only_numbers_can_be_learned(machine: Machine) -> None:
    with pytest.raises(ValueError, match="finite number"):
        machine.start().learn("ceiling", float("nan"), keep_s=1.0)


def test_a_search_goes_on_after_a_restart(machine: Machine) -> None:
    journal = machine.start()
    search = Discovery(DiscoveryConfig(), start=200, cap=1000)
    search.throttled(machine.now, in_window=181)
    search.save(journal, "account/client", now=machine.now)
    machine.sleep(3600.0)
    again = Discovery(DiscoveryConfig(), start=30, cap=1000)
    again.restore(machine.start(), "account/client", now=machine.now)
    assert (again.limit, again.ceiling) == (176, 180)


@pytest.mark.parametrize("jump_s", [-1e9, -86_400.0, 86_400.0, 1e9])
def test_a_jump_of_the_wall_clock_changes_nothing(machine: Machine, jump_s: float) -> None:
    journal = machine.start()
    took(journal)
    journal.paused("client", 100.0)
    machine.wall += jump_s
    machine.sleep(10.0)
    assert taken(journal) == [Spent(9.0, 1)]
    journal = machine.start()
    assert taken(journal) == [Spent(9.0, 1)]
    assert journal.pauses() == {"client": 90.0}
    assert not journal.lost


def test_a_reboot_takes_as_long_as_the_wall_clock_says(machine: Machine) -> None:
    journal = machine.start()
    took(journal)
    journal.paused("client", 100.0)
    journal.learn("ceiling", 180.0, keep_s=100.0)
    machine.reboot(20.0)
    journal = machine.start()
    assert taken(journal) == [Spent(19.0, 1)]
    assert journal.pauses() == {"client": 80.0}
    assert journal.learned("ceiling") == (180.0, 80.0)
    assert not journal.lost


def test_time_goes_on_from_the_newest_thing_if_a_reboot_finds_the_wall_clock_set_back(machine: Machine) -> None:
    journal = machine.start()
    took(journal)
    machine.sleep(10.5)
    journal.paused("client", 100.0)
    machine.reboot(-1e6)
    journal = machine.start()
    assert taken(journal) == [Spent(9.5, 1)]
    assert journal.pauses() == {"client": 100.0}
    machine.sleep(10.0)
    assert taken(journal) == [Spent(19.5, 1)]
    assert journal.pauses() == {"client": 90.0}


def test_where_boots_have_no_name_the_wall_clock_is_asked_at_every_start(machine: Machine) -> None:
    machine.boot = ""
    took(machine.start())
    machine.wall += 5.0
    machine.now = 0.0
    journal = machine.start()
    assert taken(journal) == [Spent(4.0, 1)]
    assert not journal.lost


def test_the_first_start_is_fresh_and_nothing_is_lost(machine: Machine) -> None:
    journal = machine.start()
    assert (journal.fresh, journal.lost) == (True, False)
    journal = machine.start()
    assert (journal.fresh, journal.lost) == (False, False)
    assert machine.said == []


def test_the_system_names_its_boot_or_says_nothing() -> None:
    assert this_boot() == this_boot()


def test_closing_twice_is_closing_once_and_what_comes_later_does_no_harm(machine: Machine) -> None:
    journal = machine.start()
    journal.close()
    journal.close()
    took(journal)
    journal.paused("client", 5.0)
    assert taken(machine.start()) == []


def test_the_files_stay_small_for_ever(machine: Machine) -> None:
    journal = machine.start()
    names = [f"account/client/{family}" for family in range(5)]
    for second in range(20_000):
        took(journal, names[second % 5])
        if second % 10 == 0:
            journal.paused(f"scope-{second}", 5.0)
            journal.learn(f"lesson-{second}", 1.0, keep_s=5.0)
        machine.sleep(1.0)
    sizes = {path.name: path.stat().st_size for path in machine.folder.iterdir()}
    assert set(sizes) == {"journal.sqlite3", "journal.sqlite3-wal", "journal.sqlite3.lock"}
    assert sizes["journal.sqlite3"] <= 20 * 1024
    assert sizes["journal.sqlite3-wal"] <= 400 * 1024
    machine.stop()
    assert {path.name for path in machine.folder.iterdir()} == {"journal.sqlite3", "journal.sqlite3.lock"}
