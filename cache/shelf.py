"""What every in-process tier does, whatever it evicts; an entry past `kept_until` is never handed out."""

from typing import Protocol

from cache.entry import Entry


class Shelf(Protocol):
    """Entries by key, bounded by bytes and by number; every method returns at once.

    Attributes:
        evictions: How many entries were pushed out to keep the bounds.
    """

    evictions: int

    def get(self, key: str, now: float) -> Entry | None:
        """Return the entry unless it is past `kept_until`, and count the use; it may be stale."""

    def peek(self, key: str, now: float) -> Entry | None:
        """Return what `get` would, and leave no trace of having looked."""

    def put(self, key: str, entry: Entry) -> None:
        """Keep `entry` in place of an older one, evicting others; one heavier than the bound is not kept."""

    def discard(self, key: str) -> None:
        """Drop the entry of `key`, if there is one."""

    def discard_owner(self, prefix: str) -> None:
        """Drop every entry whose key begins with `prefix`; it looks at all keys, so it is for rare occasions."""

    def clear(self) -> None:
        """Drop everything."""

    @property
    def used_bytes(self) -> int:
        """Sum of the weights of all entries."""

    def __len__(self) -> int: ...
