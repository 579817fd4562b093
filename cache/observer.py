"""What the cache tells about itself; an observer returns at once and never raises."""

from typing import Literal, Protocol

Result = Literal["hit", "shared", "joined", "miss"]
"""Found in process, found in the shared tier, loaded by somebody else's flight, loaded by our own."""


class CacheObserver(Protocol):
    """Receives one event per look-up; `label` is from a closed set, fit for a metric."""

    def looked_up(self, label: str, result: Result) -> None:
        """Report how a look-up ended."""


class NullObserver:
    """Tells nobody."""

    def looked_up(self, label: str, result: Result) -> None:
        """Do nothing."""
