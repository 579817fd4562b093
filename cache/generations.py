"""Numbers the states of what writes change; an answer fetched before a write can never be found after it.

Dropping entries would race with loads under way: a load that began before a write could store its answer after the
entries were dropped. With the state in the key, such an answer is stored where nobody looks any more.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Protocol


class Generations(Protocol):
    """A stamp for each part of each owner's account, which goes into the keys of what depends on that part."""

    def stamp(self, owner: str, tags: Iterable[str]) -> str | None:
        """Return the part of a key that changes whenever one of the `tags` of `owner` does.

        None means that this process must `learn` it first.
        """

    async def learn(self, owner: str, tags: Iterable[str]) -> str:
        """Return what `stamp` would, after asking whoever knows; it never fails."""

    async def advance(self, owner: str, tags: Iterable[str]) -> None:
        """Make everything unfindable that depends on any of `tags` of `owner`, in every process.

        This process forgets before the first await; the others as soon as they hear of it.
        """


class LocalGenerations:
    """The generations of a process that shares nothing: numbers."""

    def __init__(self) -> None:
        self._numbers: Counter[tuple[str, str]] = Counter()

    def stamp(self, owner: str, tags: Iterable[str]) -> str:
        """See `Generations.stamp`; there is nobody to ask."""
        return ".".join(f"{tag}{self._numbers[owner, tag]}" for tag in tags)

    async def learn(self, owner: str, tags: Iterable[str]) -> str:
        """See `Generations.learn`."""
        return self.stamp(owner, tags)

    async def advance(self, owner: str, tags: Iterable[str]) -> None:
        """See `Generations.advance`."""
        for tag in tags:
            self._numbers[owner, tag] += 1
