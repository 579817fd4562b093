"""Keeps what was used last; bytes and entries never exceed their bounds, not even inside a call."""

import cachetools

from cache.entry import Entry


class LruShelf:
    """A shelf that forgets what was not looked up for longest.

    Args:
        max_bytes: Bound of the sum of all weights; 0 keeps nothing.
        max_entries: Bound of their number; 0 keeps nothing.
    """

    __slots__ = ("_entries", "_max_bytes", "_max_entries", "evictions")

    def __init__(self, *, max_bytes: int, max_entries: int) -> None:
        self._max_bytes = max_bytes
        self._max_entries = max_entries
        self._entries: cachetools.LRUCache[str, Entry] = cachetools.LRUCache(
            max_bytes, getsizeof=lambda entry: entry.weight
        )
        self.evictions = 0

    @property
    def used_bytes(self) -> int:
        """See `Shelf.used_bytes`."""
        return int(self._entries.currsize)

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: str, now: float) -> Entry | None:
        """See `Shelf.get`; one that is past `kept_until` is dropped on the way."""
        entry: Entry | None = self._entries.get(key)
        if entry is None or entry.kept_until > now:
            return entry
        del self._entries[key]
        return None

    def peek(self, key: str, now: float) -> Entry | None:
        """See `Shelf.peek`."""
        if key not in self._entries:
            return None
        # Past the subclass, whose look-up counts as a use.
        entry: Entry = cachetools.Cache.__getitem__(self._entries, key)
        return entry if entry.kept_until > now else None

    def put(self, key: str, entry: Entry) -> None:
        """See `Shelf.put`."""
        # The old one goes first: cachetools would make room for both, and might push others out in vain.
        self.discard(key)
        weight = entry.weight
        if weight > self._max_bytes or not self._max_entries:
            return
        while self.used_bytes + weight > self._max_bytes or len(self._entries) >= self._max_entries:
            self._entries.popitem()
            self.evictions += 1
        self._entries[key] = entry

    def discard(self, key: str) -> None:
        """See `Shelf.discard`."""
        if key in self._entries:
            del self._entries[key]

    def discard_owner(self, prefix: str) -> None:
        """See `Shelf.discard_owner`."""
        for key in [key for key in self._entries if key.startswith(prefix)]:
            del self._entries[key]

    def clear(self) -> None:
        """See `Shelf.clear`."""
        self._entries.clear()
