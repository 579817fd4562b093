"""Tells the process edge what the transport did; every label it passes comes from a closed set."""

from typing import Literal, Protocol

Wire = Literal["modern", "session", "sse"]


class TransportObserver(Protocol):
    """Receives what happened; must neither raise nor block."""

    def request(self, wire: Wire, method: str, status: int, seconds: float) -> None:
        """One HTTP request is over.

        `method` is the JSON-RPC method when the server or the specification knows it, otherwise `other`;
        `batch`, `response`, `stream`, `delete` and `none` (refused before it was read) stand for the rest.
        Status 499 means that the client left first. On the SSE pair a call is reported when its answer has
        been queued, not when its POST was accepted. A stream is reported when it ends.
        """

    def sessions(self, count: int) -> None:
        """The number of open sessions changed to `count`."""

    def session_revived(self) -> None:
        """A session that another process opened goes on in this one."""

    def sharing(self, *, on: bool) -> None:
        """Whether this process hears of the sessions of others has changed."""

    def stream_opened(self, wire: Wire) -> None:
        """An event stream began."""

    def stream_closed(self, wire: Wire) -> None:
        """An event stream ended."""


class NullObserver:
    """Looks away."""

    def request(self, wire: Wire, method: str, status: int, seconds: float) -> None:
        """Ignore it."""

    def sessions(self, count: int) -> None:
        """Ignore it."""

    def session_revived(self) -> None:
        """Ignore it."""

    def sharing(self, *, on: bool) -> None:
        """Ignore it."""

    def stream_opened(self, wire: Wire) -> None:
        """Ignore it."""

    def stream_closed(self, wire: Wire) -> None:
        """Ignore it."""
