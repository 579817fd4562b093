"""Keeps what is asked for again, by S3-FIFO; bytes and entries never exceed their bounds, not even inside a call.

Newcomers wait in a small queue. The oldest moves to the main queue if it was looked up twice; if not it goes, and
only a fingerprint is remembered, with which it starts in the main queue should it come back soon. So a crawl that
reads everything once passes through a tenth of the room (Yang et al., SOSP 2023).
"""

from collections import OrderedDict
from typing import Final

from cache.entry import Entry

_SMALL_SHARE: Final = 10
"""The small queue may hold one part in this many."""
_MOST_USES: Final = 3
"""More look-ups than these count no further, so that yesterday's hit song leaves in three rounds."""
_USES_TO_STAY: Final = 2
_MOST_MOVES: Final = 200
"""Steps in search of one victim. A full round of 27,000 entries in use held the loop up for 63 ms; the bound costs
no hits on any trace of the benchmarks."""


class S3FifoShelf:
    """A shelf that survives crawls and costs a hit nothing but a count.

    Args:
        max_bytes: Bound of the sum of all weights; 0 keeps nothing.
        max_entries: Bound of their number; 0 keeps nothing.
    """

    __slots__ = (
        "_entries",
        "_ghosts",
        "_main",
        "_max_bytes",
        "_max_entries",
        "_small",
        "_small_bytes",
        "_small_max_bytes",
        "_small_max_entries",
        "_used_bytes",
        "evictions",
    )

    def __init__(self, *, max_bytes: int, max_entries: int) -> None:
        self._max_bytes = max_bytes
        self._max_entries = max_entries
        self._small_max_bytes = max_bytes // _SMALL_SHARE
        self._small_max_entries = max_entries // _SMALL_SHARE
        self._entries: dict[str, Entry] = {}
        # Weights, oldest first. From an OrderedDict the oldest and any other leave in constant time; a dict finds
        # its oldest by a walk over those that left, and a deque would keep the discarded.
        self._small: OrderedDict[str, int] = OrderedDict()
        self._main: OrderedDict[str, int] = OrderedDict()
        # Hashes instead of keys, for the memory; whom a collision lets into the main queue does no harm. Two sets
        # in turn would save 0.2 us per eviction, and lose half a point of hits when popularity drifts.
        self._ghosts: OrderedDict[int, None] = OrderedDict()
        self._small_bytes = 0
        self._used_bytes = 0
        self.evictions = 0

    @property
    def used_bytes(self) -> int:
        """See `Shelf.used_bytes`."""
        return self._used_bytes

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: str, now: float) -> Entry | None:
        """See `Shelf.get`; one that is past `kept_until` is dropped on the way."""
        # Caught, not asked for: a tenth off every hit, and the 0.15 us more that a miss costs precede a load.
        try:
            entry = self._entries[key]
        except KeyError:
            return None
        if entry.kept_until > now:
            if entry.uses < _MOST_USES:
                entry.uses += 1
            return entry
        self.discard(key)
        return None

    def peek(self, key: str, now: float) -> Entry | None:
        """See `Shelf.peek`."""
        entry = self._entries.get(key)
        return None if entry is None or entry.kept_until <= now else entry

    def put(self, key: str, entry: Entry) -> None:
        """See `Shelf.put`; a successor inherits place and uses."""
        weight = entry.weight
        held = self._entries.get(key)
        if held is not None and held.weight == weight:
            entry.uses = held.uses
            self._entries[key] = entry
        elif weight > self._max_bytes or not self._max_entries:
            # What was there is outdated.
            self.discard(key)
        elif held is None or not self._resize(key, held, entry):
            self._insert(key, entry, weight)

    def discard(self, key: str) -> None:
        """See `Shelf.discard`."""
        weight = self._small.pop(key, None)
        if weight is not None:
            self._small_bytes -= weight
        else:
            weight = self._main.pop(key, None)
            if weight is None:
                return
        del self._entries[key]
        self._used_bytes -= weight

    def discard_owner(self, prefix: str) -> None:
        """See `Shelf.discard_owner`."""
        for key in [key for key in self._entries if key.startswith(prefix)]:
            self.discard(key)

    def clear(self) -> None:
        """See `Shelf.clear`."""
        self._entries.clear()
        self._small.clear()
        self._main.clear()
        self._ghosts.clear()
        self._small_bytes = self._used_bytes = 0

    def _resize(self, key: str, held: Entry, entry: Entry) -> bool:
        """Put `entry` in the place of `held`, unless the room for it was made at its own cost."""
        more = entry.weight - held.weight
        while self._used_bytes + more > self._max_bytes:
            self._evict()
            if key not in self._entries:
                return False
        queue = self._main
        if key in self._small:
            queue = self._small
            self._small_bytes += more
        queue[key] += more
        self._used_bytes += more
        entry.uses = held.uses
        self._entries[key] = entry
        return True

    def _insert(self, key: str, entry: Entry, weight: int) -> None:
        while self._used_bytes + weight > self._max_bytes or len(self._entries) >= self._max_entries:
            self._evict()
        entry.uses = 0
        self._entries[key] = entry
        self._used_bytes += weight
        fingerprint = hash(key)
        if fingerprint in self._ghosts:
            del self._ghosts[fingerprint]
            self._main[key] = weight
        else:
            self._small[key] = weight
            self._small_bytes += weight

    def _evict(self) -> None:
        entries, small, main = self._entries, self._small, self._main
        moves = 0
        while True:
            if main and self._small_bytes <= self._small_max_bytes and len(small) <= self._small_max_entries:
                key, weight = main.popitem(last=False)
                entry = entries[key]
                if not entry.uses:
                    break
                entry.uses -= 1
            else:
                key, weight = small.popitem(last=False)
                self._small_bytes -= weight
                if entries[key].uses < _USES_TO_STAY:
                    self._remember(key)
                    break
            main[key] = weight
            moves += 1
            if moves == _MOST_MOVES:
                # Everybody seems to be in use: the one looked at last has bad luck.
                del main[key]
                break
        del entries[key]
        self._used_bytes -= weight
        self.evictions += 1

    def _remember(self, key: str) -> None:
        ghosts = self._ghosts
        ghosts[hash(key)] = None
        # As many as the main queue would hold if all entries weighed what the present ones do.
        while len(ghosts) * _SMALL_SHARE > len(self._entries) * (_SMALL_SHARE - 1):
            ghosts.popitem(last=False)
