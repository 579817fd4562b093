"""What the shared tier tells about itself; an observer returns at once and never raises."""

from typing import Literal, Protocol, TypeAlias

Kind: TypeAlias = Literal["read", "write"]

Outcome: TypeAlias = Literal["ok", "error", "timeout", "skipped"]
"""Answered; failed, or with an error among its answers; not answered in time; not asked, as others just failed."""

Mode: TypeAlias = Literal["tracking", "messages"]
"""How invalidations are heard: the server tracks the keys, or the writers say so."""

Change: TypeAlias = Literal["stamp", "purge", "everything"]


class SharedObserver(Protocol):
    """Receives events of the tier; every argument but `reason` is from a closed set or a number."""

    def batch_sent(self, kind: Kind, size: int, *, outcome: Outcome, seconds: float) -> None:
        """Report how a batch of `size` ended, `seconds` after its first question came."""

    def listening(self, mode: Mode) -> None:
        """Report that invalidations are heard from now on."""

    def lost(self, reason: str) -> None:
        """Report that the listening connection broke, or could not be made."""

    def invalidated(self, change: Change, count: int) -> None:
        """Report what was heard from the others, our own words among them."""


class NullSharedObserver:
    """Tells nobody."""

    def batch_sent(self, kind: Kind, size: int, *, outcome: Outcome, seconds: float) -> None:
        """Do nothing."""

    def listening(self, mode: Mode) -> None:
        """Do nothing."""

    def lost(self, reason: str) -> None:
        """Do nothing."""

    def invalidated(self, change: Change, count: int) -> None:
        """Do nothing."""
