"""Makes the calls of one tool call; all share one deadline, so that many never take many times as long."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import inf

from gateway.client import SpotifyClient
from gateway.errors import UpstreamTimeoutError
from gateway.principal import Principal
from gateway.steps import Reply
from limiter import Priority

_GRACE_S = 0.25
"""How much later than the client this gives up: what the client says at its deadline tells more."""

_NO_TIME = "The time of this call was over before this was sent; send it again"
_UNSURE = "Spotify did not answer in time and may have done it all the same; see spotify_status before a repeat"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Calls for one caller.

    Attributes:
        client: The way to Spotify.
        principal: Who calls.
        priority: How urgent it is.
        deadline: When the caller gives up, by `clock`.
        clock: Monotonic seconds.
    """

    client: SpotifyClient
    principal: Principal
    priority: Priority
    deadline: float
    clock: Callable[[], float]

    @property
    def left_s(self) -> float:
        """Seconds until the deadline."""
        return self.deadline - self.clock()

    async def ask(
        self, endpoint_id: str, fields: Iterable[tuple[str, object]], *, patience_s: float = inf
    ) -> Reply:
        """Return the answer of one call, which gets `patience_s` and no more than is left.

        Raises:
            SpotifyError: There is none.
        """
        time_s = min(patience_s, self.left_s)
        if time_s <= 0:
            raise UpstreamTimeoutError(_NO_TIME)
        try:
            # The client waits for the answer of a command that is on its way however long that takes.
            async with asyncio.timeout(time_s + _GRACE_S):
                return await self.client.call(
                    endpoint_id, fields, principal=self.principal, deadline_s=time_s, priority=self.priority
                )
        except TimeoutError:
            raise UpstreamTimeoutError(_UNSURE) from None
