"""The running order of a playlist: every write makes a new snapshot, and earlier ones can still be referred to."""

import base64
import hashlib
from collections import OrderedDict
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from ops.simulator.answers import ApiError

REMEMBERED: Final = 100
"""Snapshots that stay known beside the current one."""


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One place on a tape; two entries of one URI are two things.

    `added_at` is in seconds since 1970.
    """

    uri: str
    added_by: str
    added_at: float


class Tape:
    """Entries in order, and what the order was at each known snapshot.

    A write that names an earlier snapshot means the entries that stood at its positions then.
    """

    __slots__ = ("_entries", "_name", "_serial", "_snapshot", "_snapshots")

    def __init__(self, name: str, entries: Iterable[Entry] = ()) -> None:
        self._name = name
        self._serial = 0
        self._snapshots: OrderedDict[str, tuple[Entry, ...]] = OrderedDict()
        self._entries: tuple[Entry, ...] = ()
        self._snapshot = ""
        self._write(entries)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The running order."""
        return self._entries

    @property
    def snapshot_id(self) -> str:
        """Name of the current state."""
        return self._snapshot

    def touch(self) -> None:
        """Make a new snapshot of the same order, for a change of anything else."""
        self._write(self._entries)

    def insert(self, entries: Sequence[Entry], *, position: int | None) -> None:
        """Put entries before `position`, or at the end.

        Raises:
            ApiError: 400 when the position is outside.
        """
        place = len(self._entries) if position is None else position
        _within(place, range(len(self._entries) + 1))
        self._write((*self._entries[:place], *entries, *self._entries[place:]))

    def replace(self, entries: Iterable[Entry]) -> None:
        """Put `entries` in the place of all."""
        self._write(entries)

    def move(self, span: range, *, before: int, snapshot_id: str | None) -> None:
        """Move the entries at `span` before the one at `before`, which may be the end.

        Raises:
            ApiError: 400 for a place outside or an unknown snapshot.
        """
        base = self._known(snapshot_id)
        _within(span.start, range(len(base)))
        _within(span.stop, range(len(base) + 1))
        _within(before, range(len(base) + 1))
        if before in span:
            self.touch()
            return
        present, moved = set(self._entries), set(base[span.start : span.stop])
        moving = [entry for entry in base[span.start : span.stop] if entry in present]
        anchor = next((entry for entry in base[before:] if entry in present and entry not in moved), None)
        rest = [entry for entry in self._entries if entry not in moved]
        place = len(rest) if anchor is None else rest.index(anchor)
        self._write((*rest[:place], *moving, *rest[place:]))

    def remove(self, uris: Container[str], *, snapshot_id: str | None) -> None:
        """Take out every entry that has one of `uris`; URIs that are not here are nobody's loss.

        Raises:
            ApiError: 400 for an unknown snapshot.
        """
        self._drop({entry for entry in self._known(snapshot_id) if entry.uri in uris})

    def remove_at(self, places: Iterable[tuple[str, int]], *, snapshot_id: str | None) -> None:
        """Take out the entries at these positions, each given with the URI that must be found there.

        Raises:
            ApiError: 400 when something else is found there, or for an unknown snapshot.
        """
        base = self._known(snapshot_id)
        doomed: set[Entry] = set()
        for uri, position in places:
            if position not in range(len(base)) or base[position].uri != uri:
                raise ApiError(400, "Could not remove tracks, please check parameters.")
            doomed.add(base[position])
        self._drop(doomed)

    def _drop(self, doomed: set[Entry]) -> None:
        self._write(entry for entry in self._entries if entry not in doomed)

    def _known(self, snapshot_id: str | None) -> tuple[Entry, ...]:
        if snapshot_id is None:
            return self._entries
        if snapshot_id not in self._snapshots:
            raise ApiError(400, "Invalid snapshot_id")
        return self._snapshots[snapshot_id]

    def _write(self, entries: Iterable[Entry]) -> None:
        self._entries = tuple(entries)
        self._serial += 1
        digest = hashlib.sha256(f"{self._name}:{self._serial}".encode()).hexdigest()[:40]
        self._snapshot = base64.b64encode(f"{self._serial},{digest}".encode()).decode()
        self._snapshots[self._snapshot] = self._entries
        if len(self._snapshots) > REMEMBERED:
            self._snapshots.popitem(last=False)


def _within(place: int, places: range) -> None:
    if place not in places:
        raise ApiError(400, "Index out of bounds")
