"""A journal in one small SQLite file: what was told survives `kill -9`, and time in it never runs backwards.

The truth of a running process is in its memory; the file follows with every change and is read at the start only.
So a disk that fails never stops a call.

What survives what:

* Death of the process, at any instant: everything. The file is not synced, but what the kernel has, it keeps.
* A power cut: not what the kernel had yet to write, commonly the last half minute, and in the worst case nothing.
  But the marks of the start and of an orderly end are synced, so the next start knows that it is `lost` and takes
  the window for full; what it cannot make up for are a few calls of a day, or a pause, which then costs one more
  429. A sync for each call would make every caller wait for the disk, to guard against that.
* A jump of the wall clock: everything, with the right ages. It is read once per boot.
* A reboot: everything, as old as the wall clock then says. If that was set back, time goes on from the newest
  thing remembered, so no age is negative and no rest longer than it was.

`took` costs 6 us within a cell, and 15 us where a new one begins and an old one is forgotten (medians, SQLite
3.40, a shared virtual CPU).
"""

import time
from collections.abc import Callable, Mapping, Sequence
from math import floor, inf, isfinite
from pathlib import Path
from typing import Final

from limiter.journal import Journal, Spent
from limiter.sqlite_file import FORGET, LEARNED, PAUSED, RESUMED, TAKEN, JournalFile

_LONGEST_S: Final = 1e9


def this_boot() -> str:
    """Name the time since the machine last started, or return "" where the system has no name for it."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _say_nothing(_: str) -> None:
    pass


class SqliteJournal(Journal):
    """See `Journal`. For one process, and in it one thread, at a time.

    Args:
        path: the file; its folder is made if needed. Beside it are SQLite's own `-wal` and our `.lock`.
        clock: seconds since some moment of this boot, the same in all processes.
        wall: seconds since the epoch.
        boot_id: a name of this boot, empty if unknown; the system's own by default.
        doubt_s: how long after a loss another start is `lost` too: the longest window that is then taken for full.
        report: hears, as a sentence for the log, that something was lost, or that the file cannot be written; of
            that only once, until it can be again.

    Raises:
        JournalInUseError: another process has it.

    Attributes:
        fresh: there was no file; as far as anybody knows, nothing ever left.
        lost: calls may be missing that still count. Take the window for full until it has passed once.
    """

    def __init__(
        self,
        path: Path,
        *,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        boot_id: str | None = None,
        doubt_s: float = 60.0,
        report: Callable[[str], None] = _say_nothing,
    ) -> None:
        self._clock = clock
        self._file = JournalFile(path, report=report)
        self._book = self._file.book
        self.fresh = self._file.fresh
        self.lost = self._file.lost
        self._lay_timeline(this_boot() if boot_id is None else boot_id, wall=wall)
        now = self._now()
        if self.lost:
            self._book.doubted = now
        # A start that is killed while it is cautious must not leave a file that looks complete.
        self.lost = now < self._book.doubted + doubt_s
        self._book.forget(now)
        self._file.sync()

    def took(self, window: str, *, cell_s: float, span_s: float) -> None:
        """See `Journal.took`."""
        now = self._now()
        # Never below `now`: rounding keeps the order of what it rounds.
        ends = (floor(now / cell_s) + 1) * cell_s
        before = self._book.taken.get((window, ends))
        if before is None and self._book.forget(now):
            self._file.write(*FORGET, row=(now,), now=now)
        cell = self._book.taken[window, ends] = (now, ends + span_s, before[2] + 1 if before else 1)
        self._file.write(TAKEN, row=(window, ends, *cell), now=now)

    def taken(self, window: str, *, cell_s: float, span_s: float) -> Sequence[Spent]:  # noqa: ARG002  the border's
        """See `Journal.taken`."""
        now = self._now()
        cells = sorted((ends, calls) for (name, ends), (_, _, calls) in self._book.taken.items() if name == window)
        return [Spent(max(0.0, now - ends), calls) for ends, calls in cells if now < ends + span_s]

    def paused(self, scope: str, rest_s: float) -> None:
        """See `Journal.paused`."""
        now = self._now()
        until = now + min(rest_s, _LONGEST_S)
        if until > max(now, self._book.pauses.get(scope, (now, now))[1]):
            self._book.pauses[scope] = now, until
            self._file.write(PAUSED, row=(scope, now, until), now=now)

    def resumed(self, scope: str) -> None:
        """See `Journal.resumed`."""
        if self._book.pauses.pop(scope, None) is not None:
            self._file.write(RESUMED, row=(scope,), now=self._now())

    def pauses(self) -> Mapping[str, float]:
        """See `Journal.pauses`."""
        now = self._now()
        return {scope: until - now for scope, (_, until) in self._book.pauses.items() if until > now}

    def learn(self, name: str, value: float, *, keep_s: float) -> None:
        """See `Journal.learn`.

        Raises:
            ValueError: the value is not a finite number.
        """
        if not isfinite(value):
            raise ValueError(f"{name} is to be a finite number, not {value}")
        now = self._now()
        lesson = self._book.lessons[name] = (value, now, now + max(0.0, min(keep_s, _LONGEST_S)))
        self._file.write(LEARNED, row=(name, *lesson), now=now)

    def learned(self, name: str) -> tuple[float, float] | None:
        """See `Journal.learned`."""
        value, _, until = self._book.lessons.get(name, (0.0, 0.0, -inf))
        left_s = until - self._now()
        return (value, left_s) if left_s > 0 else None

    def close(self) -> None:
        """See `Journal.close`. What is told afterwards is remembered only by this object."""
        self._book.clean = True
        self._file.sync()
        self._file.close()

    def _now(self) -> float:
        return self._clock() + self._book.offset_s

    def _lay_timeline(self, boot: str, *, wall: Callable[[], float]) -> None:
        book, clock = self._book, self._clock()
        if not boot or boot != book.boot:
            self.lost |= not book.clean
            book.offset_s = wall() - clock
        # Also within a boot: were the clock to go back, calls would be younger than they can be.
        book.offset_s = max(book.offset_s, book.newest() - clock)
        book.boot = boot
        book.clean = False
