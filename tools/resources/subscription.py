"""What one client wants to hear of, and what of that it has not been told yet; neither can grow without bound."""

import asyncio
from collections.abc import Mapping
from typing import Final

from gateway.changes import Change
from gateway.endpoint import Endpoint
from gateway.errors import InvalidArgumentsError
from tools.resources.resource import Target

MOST_URIS: Final = 200
"""Resources that one client, or one stream, may subscribe to."""


class Subscription:
    """The resources of one subscriber, under the URIs that the client gave them.

    That something changed is said once, however often it changed before the client was told: the news is only that
    it should be read again.
    """

    def __init__(self) -> None:
        self._wanted: dict[str, tuple[Endpoint, Mapping[str, object]]] = {}
        self._changed: dict[str, None] = {}
        self._wake = asyncio.Event()

    def add(self, uri: str, target: Target) -> None:
        """Want to hear of `uri`, which names `target`.

        Raises:
            InvalidArgumentsError: These are enough.
        """
        if uri not in self._wanted and len(self._wanted) >= MOST_URIS:
            raise InvalidArgumentsError([f"at most {MOST_URIS} resources can be subscribed to at once"])
        self._wanted[uri] = (target.resource.endpoint, dict(target.given))

    def remove(self, uri: str) -> None:
        """Hear no more of `uri`."""
        self._wanted.pop(uri, None)
        self._changed.pop(uri, None)

    def note(self, change: Change) -> None:
        """Take note of a change in the subscriber's account."""
        for uri, (endpoint, arguments) in self._wanted.items():
            if change.touches(endpoint, arguments):
                self._changed[uri] = None
        if self._changed:
            self._wake.set()

    async def next(self) -> str:
        """Wait for a resource that changed, and return its URI."""
        while not self._changed:
            self._wake.clear()
            await self._wake.wait()
        uri = next(iter(self._changed))
        del self._changed[uri]
        return uri
