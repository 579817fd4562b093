"""Recently played: the last fifty tracks a user heard, never podcasts, newest first."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from ops.simulator.player.running_order import Item

REMEMBERED: Final = 50


@dataclass(frozen=True, slots=True)
class Play:
    """A track that was heard; `at_ms` is when it ended, in milliseconds since 1970."""

    item: Item
    at_ms: int
    context_uri: str | None


class Plays:
    """The plays of one user."""

    __slots__ = ("_plays",)

    def __init__(self, plays: Iterable[Play] = ()) -> None:
        self._plays: deque[Play] = deque(plays, maxlen=REMEMBERED)

    def add(self, play: Play) -> None:
        """Remember a play, unless it is a podcast's."""
        if play.item.kind == "track":
            self._plays.append(play)

    def between(self, after_ms: int | None, before_ms: int | None) -> list[Play]:
        """Plays strictly inside the bounds, newest first."""
        return [
            play
            for play in reversed(self._plays)
            if (after_ms is None or play.at_ms > after_ms) and (before_ms is None or play.at_ms < before_ms)
        ]
