"""Lets a client id's limit follow what the upstream's answers say, and writes down what was found."""

from typing import Final, Protocol

from limiter.discovery import Discovery
from limiter.journal import Journal
from limiter.slots import Slots


class Search(Protocol):
    """Hears every answer, and may change the limit."""

    def answered(self, now: float) -> bool:
        """A call was not refused; True if the limit is another now."""
        ...

    def throttled(self, now: float) -> None:
        """A call met a 429 of the rate limit."""


class NoSearch:
    """The limit is known, or taken to be."""

    __slots__ = ()

    def answered(self, now: float) -> bool:  # noqa: ARG002  it never changes
        """Learn nothing."""
        return False

    def throttled(self, now: float) -> None:
        """Learn nothing."""


NO_SEARCH: Final = NoSearch()


class LimitSearch:
    """Applies a discovery to slots.

    Args:
        discovery: decides.
        slots: whose limit and pace follow.
        journal: remembers under `name`.
        name: the client id's.
        burst: bulk calls that may leave together once the limit is proven.
        now: the time.
    """

    def __init__(
        self, discovery: Discovery, slots: Slots, *, journal: Journal, name: str, burst: int, now: float
    ) -> None:
        self._discovery = discovery
        self._slots = slots
        self._journal = journal
        self._name = name
        self._burst = burst
        discovery.restore(journal, name, now=now)
        self._apply()

    def answered(self, now: float) -> bool:
        """See `Search`."""
        learned = self._discovery.answered(now, in_window=self._in_window(now))
        if learned:
            self._learned(now)
        return learned

    def throttled(self, now: float) -> None:
        """See `Search`."""
        if self._discovery.throttled(now, in_window=self._in_window(now)):
            self._learned(now)

    def _in_window(self, now: float) -> int:
        self._slots.collect(now)
        return self._slots.used

    def _learned(self, now: float) -> None:
        self._apply()
        self._discovery.save(self._journal, self._name, now=now)

    def _apply(self) -> None:
        self._slots.resize(self._discovery.limit)
        # Above what is proven a refusal is near, and should hit one call and not a handful.
        self._slots.pace(1 if self._discovery.is_probing else self._burst)
