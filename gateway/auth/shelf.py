"""The border between a vault and its storage, which sees sealed values under names that tell nothing."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value is: names of letters and digits that tell nothing.

    Attributes:
        kind: Shared by all values of a kind.
        name: That of the value, never that of a value of another kind.
    """

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Exchange:
    """What came of an exchange: whether it was `done`, and what was `found` before it."""

    done: bool
    found: bytes | None


class Shelf(Protocol):
    """Keeps bytes, never empty ones, for all processes that share it.

    Every method may raise `VaultError`. Each is done wholly or not at all, and alone: nothing gets in between what
    it finds and what it leaves. What it leaves lasts on return.
    """

    async def read(self, place: Place) -> bytes | None:
        """Return what is there; None if nothing is, or its time is over."""
        ...

    async def replace(self, place: Place, new: bytes | None, *, ttl_s: float | None) -> bytes | None:
        """Put `new`, or nothing if it is None, in the place of whatever is there, and return that."""
        ...

    async def exchange(
        self, place: Place, new: bytes | None, *, expected: bytes | None, ttl_s: float | None
    ) -> Exchange:
        """Put `new`, or nothing if it is None, if exactly `expected` is there, or nothing if that is None."""
        ...

    async def count(self, kind: str) -> int:
        """Return how many values of a kind there are, about, and at no great cost."""
        ...

    async def close(self) -> None:
        """Give up what is held; nothing is asked after that."""
        ...
