"""What waits for a permit, and what it is once there is one: a single read, or what has gathered until then."""

from dataclasses import dataclass
from typing import Any, Protocol

from cache import Answer, Flight
from gateway.endpoint import Endpoint
from gateway.errors import SpotifyError
from gateway.params import UpstreamRequest


@dataclass(frozen=True, slots=True)
class Parcel:
    """One request as it leaves, and the answer to it that may still be right."""

    endpoint: Endpoint
    request: UpstreamRequest
    known: Answer | None = None


class NobodyWaitsError(Exception):
    """Everybody left between the grant of the permit and the packing."""


class Cargo(Protocol):
    """Waits for a permit and is packed when there is one; times are on the clock of the limiter.

    Attributes:
        calls: Requests that left for it.
    """

    calls: int

    @property
    def deadline(self) -> float:
        """The soonest time at which somebody gives up on it."""

    @property
    def latest(self) -> float:
        """The time at which everybody has."""

    def outlives(self, until: float, error: SpotifyError) -> bool:
        """Tell whether anybody waits beyond `until`; for all others `error` is the outcome if somebody does."""

    def pack(self) -> Parcel:
        """Return what leaves now. A second call repeats the first one, for those who still wait.

        Raises:
            NobodyWaitsError: Nothing does.
        """

    def commit(self) -> None:
        """Take note that it costs something from now on."""


class Single:
    """One request on account of one flight."""

    __slots__ = ("_flight", "_parcel", "calls")

    def __init__(self, parcel: Parcel, flight: Flight[Any]) -> None:
        self._parcel = parcel
        self._flight = flight
        self.calls = 0

    @property
    def deadline(self) -> float:
        """See `Cargo`; it grows when somebody joins the flight who has more time."""
        return self._flight.deadline

    @property
    def latest(self) -> float:
        """See `Cargo`."""
        return self._flight.deadline

    def outlives(self, until: float, error: SpotifyError) -> bool:
        """See `Cargo`."""
        del error
        return self._flight.deadline > until

    def pack(self) -> Parcel:
        """See `Cargo`."""
        return self._parcel

    def commit(self) -> None:
        """See `Cargo`."""
        self._flight.commit()
