"""Numbers the states of what writes change; an answer fetched before a write can never be found after it."""

from collections import Counter
from collections.abc import Iterable


class Generations:
    """A number for each part of each owner's account, which goes into the keys of what depends on that part.

    Dropping entries would race with loads under way: a load that began before a write could store its answer after
    the entries were dropped. With the number in the key such an answer is stored where nobody looks any more.
    """

    def __init__(self) -> None:
        self._numbers: Counter[tuple[str, str]] = Counter()

    def stamp(self, owner: str, tags: Iterable[str]) -> str:
        """Return the part of a key that changes whenever one of the `tags` of `owner` does."""
        return ".".join(f"{tag}{self._numbers[owner, tag]}" for tag in tags)

    def advance(self, owner: str, tags: Iterable[str]) -> None:
        """Make everything unfindable that depends on any of `tags` of `owner`."""
        for tag in tags:
            self._numbers[owner, tag] += 1
