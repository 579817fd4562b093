"""The border to whatever outlives the process: calls that still count, pauses, and what was learned.

Every time that crosses it is relative, an age or a rest in seconds, so the limiter needs no wall clock, and a
journal may keep time as it likes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from limiter.errors import LimiterError


class JournalInUseError(LimiterError):
    """Another process writes the same journal; both would spend the whole quota. The message says what to do."""


@dataclass(frozen=True, slots=True)
class Spent:
    """Calls of one cell of a window.

    Attributes:
        age_s: seconds since the end of the cell, so the youngest that any of the calls can be; 0 in an open cell.
        count: how many calls left in it.
    """

    age_s: float
    count: int


class Journal(Protocol):
    """Remembers across restarts. Names are accounts, client ids and quota families, never secrets.

    No method waits, and none raises because of a disk: an implementation says by other means that it cannot write.
    """

    def took(self, window: str, *, cell_s: float, span_s: float) -> None:
        """One call of `window` is about to leave. Once this returns, no death of the process can undo it.

        What is remembered is when a call left. How long it may be under way before the upstream counts it is for
        the reader to add.

        Args:
            window: whose budget is spent.
            cell_s: how finely times are kept, in seconds.
            span_s: seconds after the end of its cell when the call may be forgotten.
        """
        ...

    def taken(self, window: str, *, cell_s: float, span_s: float) -> Sequence[Spent]:
        """The calls of the last `span_s` seconds, oldest first; more than left if in doubt, never fewer."""
        ...

    def paused(self, scope: str, rest_s: float) -> None:
        """Nothing may leave in `scope` for so many seconds. A shorter rest never replaces a longer one."""
        ...

    def resumed(self, scope: str) -> None:
        """The pause of `scope` is over, whatever was left of it."""
        ...

    def pauses(self) -> Mapping[str, float]:
        """Seconds left, always above 0, by scope."""
        ...

    def learn(self, name: str, value: float, *, keep_s: float) -> None:
        """Remember a finite number for `keep_s` seconds; it replaces what `name` was before."""
        ...

    def learned(self, name: str) -> tuple[float, float] | None:
        """The number and the seconds for which it still holds, or None if there is none or no longer."""
        ...

    def close(self) -> None:
        """Give the journal up, so that another process may have it. More than once is the same as once."""
        ...


class NullJournal:
    """Remembers nothing: for a limiter whose calls no real upstream counts."""

    __slots__ = ()

    def took(self, window: str, *, cell_s: float, span_s: float) -> None:
        """Forget a call."""

    def taken(self, window: str, *, cell_s: float, span_s: float) -> Sequence[Spent]:  # noqa: ARG002  the border's
        """Nothing."""
        return ()

    def paused(self, scope: str, rest_s: float) -> None:
        """Forget a pause."""

    def resumed(self, scope: str) -> None:
        """Forget the end of a pause."""

    def pauses(self) -> Mapping[str, float]:
        """Nothing."""
        return {}

    def learn(self, name: str, value: float, *, keep_s: float) -> None:
        """Forget a lesson."""

    def learned(self, name: str) -> tuple[float, float] | None:  # noqa: ARG002  the border's
        """Nothing."""
        return None

    def close(self) -> None:
        """Nothing to give up."""


NULL_JOURNAL: Final = NullJournal()
