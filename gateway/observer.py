"""What the gateway tells about itself; labels come from closed sets, and an observer never raises."""

from typing import Protocol


class GatewayObserver(Protocol):
    """Receives one event per upstream exchange and one per request served; spans are in seconds."""

    def upstream_called(self, endpoint: str, outcome: str, seconds: float) -> None:
        """Report one exchange with Spotify; `outcome` is its status, or `lost`, or `not_sent`."""

    def retried(self, endpoint: str) -> None:
        """Report that a failed exchange is tried again."""

    def served(self, request_id: str, route: str, method: str, status: int, seconds: float) -> None:
        """Report one HTTP request answered by the gateway; `route` is the route's template."""

    def crashed(self, request_id: str, error: Exception) -> None:
        """Report an error that nobody expected; the caller got a 500 with the same id."""


class NullObserver:
    """Tells nobody."""

    def upstream_called(self, endpoint: str, outcome: str, seconds: float) -> None:
        """Do nothing."""

    def retried(self, endpoint: str) -> None:
        """Do nothing."""

    def served(self, request_id: str, route: str, method: str, status: int, seconds: float) -> None:
        """Do nothing."""

    def crashed(self, request_id: str, error: Exception) -> None:
        """Do nothing."""
