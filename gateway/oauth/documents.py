"""Knows clients by the documents at their ids; strangers choose what is fetched, but not how often."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, Self

from cachetools import LRUCache, TLRUCache

from gateway.oauth.client import Client
from gateway.oauth.client_metadata import MetadataError
from gateway.oauth.document import address_problem, client_of
from gateway.oauth.errors import ClientError
from gateway.oauth.fetch import Fetch, FetchError
from limiter.inbound import Inbound, InboundConfig

_HTTPS: Final = "https://"
_EVERYBODY: Final = ""
_MAX_AGE: Final = re.compile(r'max-age="?([0-9]{1,10})"?')
_UNKEPT: Final = frozenset({"no-store", "no-cache"})


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentsConfig:
    """Bounds. Spans are in seconds.

    Attributes:
        most: Clients that are remembered; those that nobody asked for in the longest time make room.
        most_refused: Ids without a good document that are remembered.
        at_once: Fetches under way at one time. With `per_s` and a fetch of at most 5 s, no steady stream of
            strangers' ids can take them all.
        per_s: Fetches per second on end, of all ids together that have not had a good document yet.
        burst: Fetches after a rest.
        least_s: Shortest time for which a document is kept, whatever its server says.
        unsaid_s: The same if it says nothing.
        most_s: Longest time.
        refused_s: How long an id without a good document is not fetched again. The draft wants no errors cached,
            lest a slip be remembered; a minute of it keeps a client that tries in a loop from spending the fetches
            of all others. 0 turns it off.
    """

    most: int = 256
    most_refused: int = 1024
    at_once: int = 16
    per_s: float = 1.0
    burst: int = 20
    least_s: float = 60.0
    unsaid_s: float = 300.0
    most_s: float = 86_400.0
    refused_s: float = 60.0

    def kept_s(self, cache_control: str) -> float:
        """Return how long a document with that header is kept."""
        said = [part.strip().lower() for part in cache_control.split(",")]
        if _UNKEPT.intersection(said):
            return self.least_s
        ages = [int(match[1]) for part in said if (match := _MAX_AGE.fullmatch(part))]
        return min(max(self.least_s, min(ages, default=self.unsaid_s)), self.most_s)


@dataclass(frozen=True, slots=True)
class _Known:
    client: Client
    until: float


@dataclass(frozen=True, slots=True)
class _Refused:
    problem: str


class Documents:
    """The clients that have a document; an asynchronous context manager that owns its fetches.

    Args:
        fetch: Fetches documents.
        config: Bounds.
        clock: Monotonic seconds.
    """

    def __init__(self, fetch: Fetch, config: DocumentsConfig, *, clock: Callable[[], float]) -> None:
        self._fetch = fetch
        self._config = config
        self._clock = clock
        pace = InboundConfig(per_s=config.per_s, burst=config.burst, wait_s=0, max_principals=1)
        self._pace = Inbound(pace)
        # Apart, so that ids made up in a row push no client out.
        self._known = TLRUCache[str, _Known](config.most, lambda _, known, __: known.until, clock)
        self._refused = TLRUCache[str, _Refused](
            config.most_refused, lambda _, __, now: now + config.refused_s, clock
        )
        # A stranger has no part in when these are fetched again, and must not be able to prevent it.
        self._met = LRUCache[str, None](config.most)
        self._flights: dict[str, asyncio.Task[_Known | _Refused]] = {}

    async def __aenter__(self) -> Self:
        """Return itself; nothing is fetched before somebody asks."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """End the fetches that are under way."""
        flights = tuple(self._flights.values())
        for flight in flights:
            flight.cancel()
        await asyncio.gather(*flights, return_exceptions=True)

    def covers(self, client_id: str) -> bool:
        """Tell whether a client of that id would have a document."""
        return client_id.startswith((_HTTPS, *self._fetch.permitted))

    def check(self, client_id: str) -> None:
        """Let an id pass at which there may be a document.

        Raises:
            ClientError: There cannot be one.
        """
        if problem := address_problem(client_id, permitted=self._fetch.permitted):
            raise ClientError(problem)

    async def find(self, client_id: str) -> Client:
        """Return the client of that id; see `ClientDirectory.find`."""
        self.check(client_id)
        outcome = self._known.get(client_id) or self._refused.get(client_id)
        if outcome is None:
            # Shielded: whoever leaves takes the document from nobody else.
            outcome = await asyncio.shield(self._flight(client_id))
        if isinstance(outcome, _Refused):
            raise ClientError(outcome.problem)
        return outcome.client

    def _flight(self, client_id: str) -> asyncio.Task[_Known | _Refused]:
        flight = self._flights.get(client_id)
        if flight is None:
            if len(self._flights) >= self._config.at_once or not self._may_fetch(client_id):
                raise ClientError(
                    "Too many client documents are asked for at the moment; try again in a minute",
                    code="temporarily_unavailable",
                    status=HTTPStatus.SERVICE_UNAVAILABLE,
                )
            flight = self._flights[client_id] = asyncio.create_task(self._look(client_id))
            flight.add_done_callback(lambda _: self._flights.pop(client_id))
        return flight

    def _may_fetch(self, client_id: str) -> bool:
        return client_id in self._met or self._pace.admit_at_once(_EVERYBODY)

    async def _look(self, client_id: str) -> _Known | _Refused:
        try:
            fetched = await self._fetch(client_id)
            client = client_of(client_id, fetched.body)
        except FetchError as error:
            outcome = self._refused[client_id] = _Refused(f"The document at client_id {error}")
            return outcome
        except MetadataError as error:
            outcome = self._refused[client_id] = _Refused(f"The document at client_id is wrong. {error}")
            return outcome
        known = _Known(client, self._clock() + self._config.kept_s(fetched.cache_control))
        self._known[client_id] = known
        self._met[client_id] = None
        return known
