"""What one client id writes down so that no restart forgets it; a call is noted before it leaves, never after."""

from collections.abc import Callable, Iterator
from heapq import merge
from typing import Final, Protocol

from limiter.account import CELL_S, DAY_S, Family
from limiter.config import LimiterConfig
from limiter.journal import Journal

_WINDOW_CELL_S: Final = 1.0


class Book(Protocol):
    """Hears what a restart must not forget. A scope is a family of the account, or "" for the client id."""

    def took(self, family: str) -> None:
        """A call of `family` is about to leave."""

    def answered(self) -> None:
        """A call was answered."""

    def lost(self) -> None:
        """A call was given up; it may still arrive."""

    def unused(self) -> None:
        """A call did not leave after all."""

    def paused(self, scope: str, rest_s: float) -> None:
        """Nothing may leave for so many seconds."""

    def resumed(self, scope: str) -> None:
        """A pause is over."""

    def gave_up(self, scope: str) -> None:
        """The call that tried the end of a pause got no verdict; somebody else may try."""


class NullBook:
    """Forgets everything."""

    __slots__ = ()

    def took(self, family: str) -> None:
        """Forget a call."""

    def answered(self) -> None:
        """Forget an answer."""

    def lost(self) -> None:
        """Forget a loss."""

    def unused(self) -> None:
        """Forget nothing."""

    def paused(self, scope: str, rest_s: float) -> None:
        """Forget a pause."""

    def resumed(self, scope: str) -> None:
        """Forget its end."""

    def gave_up(self, scope: str) -> None:
        """Nobody else tries."""


NULL_BOOK: Final = NullBook()


class JournalBook:
    """Keeps the book of one client id in a journal, and reads what an earlier process wrote.

    Written are how many calls are on their way, and when each was answered or lost. So a restart knows when each
    slot comes home; only calls that were on their way when the process died count as lost.
    """

    def __init__(self, journal: Journal, account: str, client_id: str, *, config: LimiterConfig) -> None:
        self._journal = journal
        self._account = account
        self._config = config
        self._client = f"{account}/{client_id}"
        self._flying = 0
        self._away_s = config.window_s + config.guard_s
        self._lost_s = config.window_s + config.abort_guard_s

    def took(self, family: str) -> None:
        """See `Book`."""
        self._fly(1)
        if self._config.day_calls:
            self._journal.took(self._scope(family), cell_s=CELL_S, span_s=DAY_S + CELL_S)

    def answered(self) -> None:
        """See `Book`."""
        self._journal.took(self._client, cell_s=_WINDOW_CELL_S, span_s=self._away_s)
        self._fly(-1)

    def lost(self) -> None:
        """See `Book`."""
        self._journal.took(f"{self._client}/lost", cell_s=_WINDOW_CELL_S, span_s=self._lost_s)
        self._fly(-1)

    def unused(self) -> None:
        """See `Book`."""
        self._fly(-1)

    def paused(self, scope: str, rest_s: float) -> None:
        """See `Book`."""
        self._journal.paused(self._scope(scope), rest_s)

    def resumed(self, scope: str) -> None:
        """See `Book`."""
        self._journal.resumed(self._scope(scope))

    def gave_up(self, scope: str) -> None:
        """See `Book`; not worth writing down."""

    def restore(self, now: float) -> Iterator[tuple[float, int]]:
        """When the slots that earlier processes used come home: pairs (time, count), soonest first. Ask once."""
        # Noted as lost now, and only then forgotten as flying, so that the next restart knows of them too.
        flying, _ = self._journal.learned(f"{self._client}/flying") or (0, 0.0)
        for _ in range(int(flying)):
            self._journal.took(f"{self._client}/lost", cell_s=_WINDOW_CELL_S, span_s=self._lost_s)
        self._fly(0)
        return merge(
            self._away(self._client, self._away_s, now), self._away(f"{self._client}/lost", self._lost_s, now)
        )

    def everything(self, now: float) -> Iterator[tuple[float, int]]:
        """The same, if an earlier process may have used every slot just before it ended."""
        yield now + self._lost_s, self._config.calls

    def rests(self) -> Iterator[tuple[str, float]]:
        """The pauses that an earlier process wrote down: pairs (scope, seconds left)."""
        families = _family_scope(self._account, "")
        for scope, rest_s in self._journal.pauses().items():
            if scope == self._client:
                yield "", rest_s
            elif scope.startswith(families):
                yield scope.removeprefix(families), rest_s

    def rest_s(self) -> float:
        """Seconds that an earlier process's pause of the client id still lasts."""
        return self._journal.pauses().get(self._client, 0.0)

    def _away(self, window: str, away_s: float, now: float) -> Iterator[tuple[float, int]]:
        for cell in self._journal.taken(window, cell_s=_WINDOW_CELL_S, span_s=away_s):
            # A cell that is still open ends up to its length from now.
            yield now + away_s + _WINDOW_CELL_S * (cell.age_s == 0) - cell.age_s, cell.count

    def _fly(self, change: int) -> None:
        self._flying += change
        self._journal.learn(f"{self._client}/flying", self._flying, keep_s=DAY_S)

    def _scope(self, scope: str) -> str:
        return _family_scope(self._account, scope) if scope else self._client


def remember(family: Family, journal: Journal, *, account: str, clock: Callable[[], float]) -> None:
    """Tell a family what an earlier process knew of it."""
    now = clock()
    scope = _family_scope(account, family.name)
    family.day.restore(journal.taken(scope, cell_s=CELL_S, span_s=DAY_S + CELL_S), now)
    if rest_s := journal.pauses().get(scope, 0.0):
        family.pause.begin(now + rest_s)


def _family_scope(account: str, family: str) -> str:
    return f"{account}//{family}"
