"""The running order: which item is on, what follows it, and what the listener put in between."""

import random
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, cycle, islice
from typing import Literal

ItemKind = Literal["track", "episode"]
ContextKind = Literal["album", "artist", "playlist", "show", "collection"]
Repeat = Literal["off", "track", "context"]


@dataclass(frozen=True, slots=True)
class Item:
    """A track or an episode that can be played."""

    kind: ItemKind
    id: str
    duration_ms: int

    @property
    def uri(self) -> str:
        """Its URI."""
        return f"spotify:{self.kind}:{self.id}"


@dataclass(frozen=True, slots=True)
class Context:
    """Items with an order of their own; a bare list has no URI and no kind, and is no context to Spotify."""

    items: tuple[Item, ...] = ()
    uri: str | None = None
    kind: ContextKind | None = None


class RunningOrder:
    """A place in a context and a queue; whatever is queued comes first and then is gone."""

    __slots__ = ("_aside", "_index", "_order", "context", "queued")

    def __init__(self) -> None:
        self.context = Context()
        self.queued: deque[Item] = deque()
        self._aside: Item | None = None
        self._order: list[int] = []
        self._index = 0

    @property
    def current(self) -> Item | None:
        """What is on, or None when nothing was ever loaded."""
        if self._aside is not None:
            return self._aside
        return self.context.items[self._order[self._index]] if self._order else None

    def load(self, context: Context, *, start: int, shuffled: bool) -> None:
        """Begin a context at one of its items; the queue stays."""
        self.context = context
        self._aside = None
        self._order = list(range(len(context.items)))
        self._index = start
        if shuffled:
            self.shuffle(on=True)

    def shuffle(self, *, on: bool) -> None:
        """Mix what follows, or put it back in order; what is on stays on."""
        if not self._order:
            return
        current = self._order[self._index]
        if not on:
            self._order = sorted(self._order)
            self._index = current
            return
        rest = [number for number in self._order if number != current]
        # The same context is always mixed alike, which is less than life offers and all that tests can use.
        random.Random(f"shuffle:{self.context.uri}:{current}").shuffle(rest)  # noqa: S311
        self._order, self._index = [current, *rest], 0

    def upcoming(self, repeat: Repeat) -> Iterator[Item]:
        """What follows, without end when the context is repeated."""
        rest = self._order[self._index + 1 :]
        again: Iterator[int] = cycle(self._order) if repeat == "context" and self._order else iter(())
        return chain(tuple(self.queued), (self.context.items[number] for number in chain(rest, again)))

    def forward(self, repeat: Repeat) -> bool:
        """Go to what follows; False, and nothing changes, when nothing does."""
        if next(islice(self.upcoming(repeat), 1), None) is None:
            return False
        if self.queued:
            self._aside = self.queued.popleft()
            return True
        self._aside = None
        self._index = (self._index + 1) % len(self._order)
        return True

    def can_go_back(self, repeat: Repeat) -> bool:
        """Whether anything was before what is on."""
        return bool(self._order) and (self._aside is not None or self._index > 0 or repeat == "context")

    def back(self, repeat: Repeat) -> bool:
        """Go to what was before; False, and nothing changes, when nothing was."""
        if not self.can_go_back(repeat):
            return False
        if self._aside is None:
            self._index = (self._index - 1) % len(self._order)
        self._aside = None
        return True

    def rewind(self) -> None:
        """Go to the first item of the context."""
        self._aside, self._index = None, 0


def find(items: Sequence[Item], uri: str) -> int | None:
    """The place of the first item with a URI, or None."""
    return next((place for place, item in enumerate(items) if item.uri == uri), None)
