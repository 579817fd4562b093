"""The border behind which answers are fetched: what a load costs, and what can be told of it beforehand."""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from typing import Any, Protocol

from cache import Answer, Flight
from gateway.auth.tokens import TokenProvider
from gateway.endpoint import Endpoint
from gateway.params import UpstreamRequest
from limiter import LimitStatus, Priority


@dataclass(frozen=True, slots=True)
class Identity:
    """In whose name a call is made.

    Attributes:
        tokens: Where the token comes from.
        user: Whose answer it is; empty for the app itself.
        payer: Who is counted for it, where callers share the budget fairly.
    """

    tokens: TokenProvider
    user: str = ""
    payer: str = ""


@dataclass(frozen=True, slots=True)
class Loaded:
    """An answer, and how many requests left on account of this very load; what another one pays for is 0 here."""

    answer: Answer
    calls: int


@dataclass(frozen=True, slots=True)
class Sharing:
    """How many reads of one kind a call may carry, and whether it is known that the app may make such calls."""

    most: int
    certain: bool

    def calls_for(self, reads: int) -> int:
        """Return how many calls so many reads take at most."""
        if self.most == 1 or reads <= 1:
            return reads
        batches = ceil(reads / self.most)
        return batches if self.certain else batches + reads


def unasked(calls: int) -> None:
    """Take note of requests that were sent in vain, for nobody."""


NO_SHARING = Sharing(1, certain=True)


class Loader(Protocol):
    """Gets answers from Spotify within the budget."""

    async def load(
        self,
        endpoint: Endpoint,
        request: UpstreamRequest,
        *,
        identity: Identity,
        flight: Flight[Any],
        priority: Priority,
        known: Answer | None = None,
        wasted: Callable[[int], None] = unasked,
    ) -> Loaded:
        """Return Spotify's answer: a 2xx, the 404 of a read, or the 403 of a read in a user's name.

        Args:
            endpoint: What is called.
            request: With what.
            identity: In whose name.
            flight: The load; it has until its deadline, and is committed once it has cost something.
            priority: How urgent it is, from beginning to end. Whoever joins the flight later may prolong the
                deadline.
            known: An earlier answer. If Spotify says that it still holds, it is the answer.
            wasted: Told how many requests left on account of this load if it raises.

        Raises:
            SpotifyError: There is none before the flight's deadline; `retry_after_s` says when it can be had.
        """

    def status(self, endpoint: Endpoint) -> LimitStatus:
        """Return how the budget stands from which calls of `endpoint` are paid."""

    def wait_s(self, endpoint: Endpoint, *, payer: str, priority: Priority, calls: int) -> float:
        """Predict the seconds until the last of `calls` newcomers may leave."""

    def sharing(self, endpoint: Endpoint) -> Sharing:
        """Tell how many reads of `endpoint` may leave in one call."""

    @property
    def answer_s(self) -> float:
        """Seconds that Spotify has lately taken to answer, at most."""
