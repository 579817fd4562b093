"""Remembers how far a job has come, in a file that is only ever added to; a line that was torn off never happened.

One line says `KIND:ID OUTCOME`, or `page PLAYLIST OFFSET TOTAL TRACK...`, or `finished`. Each is written in one go
as soon as it is true, so that a process that is killed has to repeat no more than what it was asking for.
"""

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from ops.warm.items import KINDS, Item

OUTCOMES: Final = ("warmed", "known", "unknown")
"""The gateway had to ask Spotify; it had the answer; Spotify has no such thing."""

_PAGE = "page"
_FINISHED = "finished"


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a playlist: how many entries it has in all, and the tracks among those of this page."""

    total: int
    tracks: tuple[Item, ...]


def name_of(gateway: str, market: str, items: Iterable[Item]) -> str:
    """Return a name for the job that the same command has again, in whatever order it names the items."""
    job = "\n".join([gateway, market, *sorted(map(str, items))])
    return hashlib.sha256(job.encode()).hexdigest()[:16]


class Record:
    """The file of one job. Use it as a context.

    Args:
        path: The file; its folder is made.
        again: Whether to forget what it says.

    Attributes:
        finished: Whether the job came to its end.

    Raises:
        OSError: The file cannot be written.
    """

    def __init__(self, path: Path, *, again: bool = False) -> None:
        self.finished = False
        self._done: dict[Item, str] = {}
        self._pages: dict[tuple[Item, int], Page] = {}
        path.parent.mkdir(parents=True, exist_ok=True)
        # Unbuffered: what has been written survives the process, whatever ends it.
        self._file = path.open("ab", buffering=0)
        if again:
            self._file.truncate(0)
            return
        content = path.read_bytes()
        kept = content.rfind(b"\n") + 1
        if kept < len(content):
            self._file.truncate(kept)
        for line in content[:kept].decode("utf-8", "replace").splitlines():
            self._learn(line.split())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    @property
    def done(self) -> Mapping[Item, str]:
        """What has been had, with its outcome."""
        return self._done

    def page(self, playlist: Item, offset: int) -> Page | None:
        """Return the page of `playlist` that begins at `offset`, if it has been read."""
        return self._pages.get((playlist, offset))

    def add(self, outcomes: Mapping[Item, str]) -> None:
        """Remember things with their outcomes."""
        self._done.update(outcomes)
        self._write(f"{item} {outcome}" for item, outcome in outcomes.items())

    def add_page(self, playlist: Item, offset: int, page: Page) -> None:
        """Remember a page of a playlist."""
        self._pages[playlist, offset] = page
        self._write([" ".join([_PAGE, str(playlist), str(offset), str(page.total), *map(str, page.tracks)])])

    def finish(self) -> None:
        """Remember that there is nothing left to do."""
        self.finished = True
        self._write([_FINISHED])

    def _write(self, lines: Iterable[str]) -> None:
        os.write(self._file.fileno(), "".join(f"{line}\n" for line in lines).encode())

    def _learn(self, words: Sequence[str]) -> None:
        """Take in one line; one that was written by nobody who knows the shape says nothing."""
        match words:
            case [name] if name == _FINISHED:
                self.finished = True
            case [name, outcome] if outcome in OUTCOMES and (item := _item(name)):
                self._done[item] = outcome
            case [first, name, offset, total, *names] if (
                first == _PAGE and offset.isdecimal() and total.isdecimal()
            ):
                tracks = tuple(item for item in map(_item, names) if item)
                if playlist := _item(name):
                    self._pages[playlist, int(offset)] = Page(int(total), tracks)


def _item(name: str) -> Item | None:
    kind, _, spotify_id = name.partition(":")
    return Item(kind, spotify_id) if kind in KINDS and spotify_id else None
