"""The in-process tier; the weights of what it holds never add up to more than its bound."""

import cachetools

from cache.entry import Entry


class MemoryStore:
    """A least-recently-used store bounded by bytes, whose entries end at their expiry.

    The overhead in every entry's weight bounds the number of entries too: 64 MiB hold at most 150,000.
    """

    def __init__(self, max_bytes: int) -> None:
        self._entries: cachetools.LRUCache[str, Entry] = cachetools.LRUCache(
            max_bytes, getsizeof=lambda entry: entry.weight
        )

    def get(self, key: str, now: float) -> Entry | None:
        """Return the entry if it is fresh at `now`; an expired one is dropped on the way."""
        entry: Entry | None = self._entries.get(key)
        if entry is None or entry.expires_at > now:
            return entry
        del self._entries[key]
        return None

    def peek(self, key: str, now: float) -> Entry | None:
        """Return the entry if it is fresh at `now`, and leave no trace of having looked."""
        if key not in self._entries:
            return None
        # Past the subclass, whose look-up counts as a use.
        entry: Entry = cachetools.Cache.__getitem__(self._entries, key)
        return entry if entry.expires_at > now else None

    def put(self, key: str, entry: Entry) -> None:
        """Keep `entry`, evicting others as needed; one that is heavier than the whole store is not kept."""
        if entry.weight <= self._entries.maxsize:
            self._entries[key] = entry

    @property
    def used_bytes(self) -> int:
        """Sum of the weights of all entries, fresh or not."""
        return int(self._entries.currsize)

    def __len__(self) -> int:
        return len(self._entries)
