"""Shows a job while it goes on: a bar on a terminal, plain lines elsewhere."""

import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TextIO

from tqdm import tqdm

from ops.warm.items import Item


@dataclass(slots=True)
class Totals:
    """How a job stands.

    Attributes:
        asked: Things that the job is about, as far as is known.
        before: Of them, those that an earlier run has had.
        warmed: Had from Spotify in this run.
        known: Known to the gateway already.
        unknown: What Spotify does not have.
        failed: What could not be had, with the reason.
        calls: Calls that this run has cost.
        waited_s: Seconds that it has waited because it was told to.
        paged: Whether it read pages of playlists, which bring tracks.
    """

    asked: int = 0
    before: int = 0
    warmed: int = 0
    known: int = 0
    unknown: list[Item] = field(default_factory=list)
    failed: dict[Item, str] = field(default_factory=dict)
    calls: int = 0
    waited_s: float = 0.0
    paged: bool = False

    @property
    def done(self) -> int:
        """Things that need no further asking."""
        return self.before + self.warmed + self.known + len(self.unknown)

    def summary(self, seconds: float) -> Sequence[str]:
        """Return what to say at the end of a run that took so many `seconds`."""
        earlier = f", {self.before} in an earlier run" if self.before else ""
        brought = " (what the pages of playlists brought counts as known)" if self.paged and self.known else ""
        lines = [
            f"asked {self.asked}: warmed {self.warmed}, already known {self.known}{brought}{earlier}",
            f"unknown to Spotify {len(self.unknown)}, not to be had {len(self.failed)}",
            f"calls spent {self.calls}, {seconds:.1f} s, of which {self.waited_s:.0f} s waiting",
        ]
        lines += [f"unknown to Spotify: {item}" for item in self.unknown]
        lines += [f"not to be had: {item}: {reason}" for item, reason in self.failed.items()]
        return lines


class Display(Protocol):
    """Where a job shows itself."""

    def moved(self, totals: Totals) -> None:
        """Show how it stands now."""
        ...

    def waiting(self, left_s: float, reason: str, *, begins: bool) -> None:
        """Show that it waits, and why; called about every second, the first time with `begins`."""
        ...

    def close(self) -> None:
        """Leave the screen in order."""
        ...


class Bar:
    """A progress bar on `stream`."""

    def __init__(self, stream: TextIO) -> None:
        size = shutil.get_terminal_size()
        self._bar: Any = tqdm(file=stream, unit="id", smoothing=0, ncols=size.columns, nrows=size.lines)

    def moved(self, totals: Totals) -> None:
        """Show how it stands now."""
        # The rate is that of this run.
        self._bar.initial, self._bar.n, self._bar.total = totals.before, totals.done, totals.asked
        # Asked for each time, for windows change; by tqdm's own asking, a terminal that says 0 shows nothing.
        self._bar.ncols = shutil.get_terminal_size().columns
        self._bar.set_postfix_str(_state(totals))

    def waiting(self, left_s: float, reason: str, *, begins: bool) -> None:
        """Show that it waits, and why."""
        if begins:
            self._bar.write(reason, file=self._bar.fp)
        self._bar.set_postfix_str(f"waiting {_span(left_s)}")

    def close(self) -> None:
        """Leave the screen in order."""
        self._bar.close()


class Lines:
    """Plain lines on `stream`, one for each answer and each wait."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def moved(self, totals: Totals) -> None:
        """Show how it stands now."""
        self._say(f"{totals.done}/{totals.asked}, {_state(totals)}")

    def waiting(self, left_s: float, reason: str, *, begins: bool) -> None:
        """Show that it waits, and why."""
        if begins:
            self._say(f"waiting {_span(left_s)}: {reason}")

    def close(self) -> None:
        """Leave the screen in order."""

    def _say(self, text: str) -> None:
        self._stream.write(f"{time.strftime('%H:%M:%S')} {text}\n")
        self._stream.flush()


def display_on(stream: TextIO = sys.stderr) -> Display:
    """Return the display that suits `stream`."""
    return Bar(stream) if stream.isatty() else Lines(stream)


def _state(totals: Totals) -> str:
    calls = "1 call" if totals.calls == 1 else f"{totals.calls} calls"
    return f"{calls}, {totals.known} known, waited {_span(totals.waited_s)}"


def _span(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
