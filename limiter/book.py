"""What one client id writes down so that no restart forgets it; written before a call leaves, never after."""

from collections.abc import Callable, Iterator
from typing import Final, Protocol

from limiter.account import CELL_S, DAY_S, Family
from limiter.config import LimiterConfig
from limiter.journal import Journal

_WINDOW_CELL_S: Final = 1.0


class Book(Protocol):
    """Hears what a restart must not forget. A scope is a family of the account, or "" for the client id."""

    def took(self, family: str) -> None:
        """A call of `family` is about to leave."""

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

    def paused(self, scope: str, rest_s: float) -> None:
        """Forget a pause."""

    def resumed(self, scope: str) -> None:
        """Forget its end."""

    def gave_up(self, scope: str) -> None:
        """Nobody else tries."""


NULL_BOOK: Final = NullBook()


class JournalBook:
    """Keeps the book of one client id in a journal, and reads what an earlier process wrote."""

    def __init__(self, journal: Journal, account: str, client_id: str, *, config: LimiterConfig) -> None:
        self._journal = journal
        self._account = account
        self._config = config
        self._client = f"{account}/{client_id}"
        # A call that an earlier process sent may have been on its way to the last; from its answer on, or its
        # end with that process, its slot is away for a window and the guard of calls that were given up.
        self._away_s = config.window_s + config.abort_guard_s
        self._span_s = self._away_s + config.call_timeout_s + _WINDOW_CELL_S

    def took(self, family: str) -> None:
        """See `Book`."""
        self._journal.took(self._client, cell_s=_WINDOW_CELL_S, span_s=self._span_s)
        if self._config.day_calls:
            self._journal.took(self._scope(family), cell_s=CELL_S, span_s=DAY_S + CELL_S)

    def paused(self, scope: str, rest_s: float) -> None:
        """See `Book`."""
        self._journal.paused(self._scope(scope), rest_s)

    def resumed(self, scope: str) -> None:
        """See `Book`."""
        self._journal.resumed(self._scope(scope))

    def gave_up(self, scope: str) -> None:
        """See `Book`; not worth writing down."""

    def away(self, now: float) -> Iterator[tuple[float, int]]:
        """When the slots that an earlier process used come home: pairs (time, count), soonest first."""
        spent = self._journal.taken(self._client, cell_s=_WINDOW_CELL_S, span_s=self._span_s)
        for cell in sorted(spent, key=lambda cell: -cell.age_s):
            rest_s = self._away_s - max(0.0, cell.age_s - self._config.call_timeout_s)
            if rest_s > 0:
                yield now + rest_s, cell.count

    def everything(self, now: float) -> Iterator[tuple[float, int]]:
        """The same, if an earlier process may have used every slot just before it ended."""
        yield now + self._away_s, self._config.calls

    def rest_s(self) -> float:
        """Seconds that an earlier process's pause of the client id still lasts."""
        return self._journal.pauses().get(self._client, 0.0)

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
