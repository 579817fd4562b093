"""A table that never holds more than it may: what it learnt first goes first, and is learnt again if met again."""

from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Memory(dict[K, V]):
    """At most `most` entries; looking up is the plain look-up of a dictionary."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def learn(self, key: K, value: V) -> None:
        """Remember `value` under `key`."""
        self[key] = value
        if len(self) > self._most:
            del self[next(iter(self))]
