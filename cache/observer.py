"""What the cache tells about itself; an observer returns at once and never raises."""

from typing import Literal, Protocol

Result = Literal["hit", "stale", "shared", "joined", "miss"]
"""How an answer was come by: fresh in process; kept past its time, because it is being renewed or Spotify could
not be asked; found in the shared tier; loaded by somebody else's flight; loaded by our own."""

Renewal = Literal["renewed", "elsewhere", "failed"]
"""How a renewal in the background ended; `elsewhere` says that another process was at it."""


class CacheObserver(Protocol):
    """Receives one event per look-up and renewal; `label` is from a closed set, fit for a metric."""

    def looked_up(self, label: str, result: Result) -> None:
        """Report how a look-up ended."""

    def renewed(self, label: str, outcome: Renewal) -> None:
        """Report how a renewal in the background ended."""

    def filled(self, label: str) -> None:
        """Report an entry of `label` that came inside another answer."""


class NullObserver:
    """Tells nobody."""

    def looked_up(self, label: str, result: Result) -> None:
        """Do nothing."""

    def renewed(self, label: str, outcome: Renewal) -> None:
        """Do nothing."""

    def filled(self, label: str) -> None:
        """Do nothing."""
