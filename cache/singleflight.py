"""One load per key, however many ask; a load belongs to the flights and not to the caller that began it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Flight(Generic[T]):
    """One load under way, with the number of callers that wait for it.

    Attributes:
        deadline: Until when somebody wants the answer; it may move away, never nearer.
        urgency: How urgent the most urgent of its callers is; 0 is the most.
        background: Whether nobody waits for it, because it began without a caller.
        outdated: Whether its answer must not be kept, because what it asks for was purged meanwhile.
    """

    __slots__ = (
        "background",
        "begun",
        "committed",
        "deadline",
        "hurried",
        "outdated",
        "task",
        "urgency",
        "waiters",
    )

    def __init__(self, deadline: float, *, urgency: int = 0, background: bool = False) -> None:
        self.deadline = deadline
        self.urgency = urgency
        self.background = background
        self.begun = False
        self.hurried = False
        self.committed = False
        self.outdated = False
        self.waiters = 0
        self.task: asyncio.Task[T]

    def commit(self) -> None:
        """Declare that the load has cost something: it now finishes even if nobody waits any more."""
        self.committed = True


class FlightTimeoutError(Exception):
    """The caller's deadline passed before the load that it waits for ended."""


class SingleFlight(Generic[T]):
    """Coalesces concurrent loads of one key.

    Cancelling a caller never cancels what others wait for. A load that nobody waits for any more is
    cancelled, unless it has committed: then its answer is worth having for the next caller. One that has not is
    begun again for a caller who is more urgent than all so far, so that nobody waits at somebody else's pace.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._flights: dict[str, Flight[T]] = {}
        self._tasks: set[asyncio.Task[T]] = set()

    def __len__(self) -> int:
        return len(self._flights)

    async def do(
        self, key: str, load: Callable[[Flight[T]], Awaitable[T]], *, deadline: float, urgency: int = 0
    ) -> tuple[T, bool]:
        """Return what the flight of `key` loads, and whether this caller began it.

        Args:
            key: What is loaded.
            load: Called with the flight; it has until `flight.deadline`, at `flight.urgency`.
            deadline: When this caller gives up, on the clock of this object.
            urgency: Of this caller; 0 is the most urgent.

        Raises:
            FlightTimeoutError: `deadline` passed first; the flight goes on for those who have longer.
            Exception: Whatever `load` raised, to every caller alike.
        """
        flight = self._flights.get(key)
        leads = flight is None
        if flight is None:
            flight = self._begin(key, load, Flight(deadline, urgency=urgency))
        elif (urgency < flight.urgency or flight.background) and not flight.committed:
            _hurry(flight, urgency)
        # The load reads this when it decides how long it may still wait: the latest joiner rules.
        flight.deadline = max(flight.deadline, deadline)
        return await self._join(key, flight, deadline=deadline), leads

    def start(self, key: str, load: Callable[[Flight[T]], Awaitable[T]], *, deadline: float) -> None:
        """Begin a flight that nobody waits for, unless there is one; who comes meanwhile joins it."""
        if key not in self._flights:
            self._begin(key, load, Flight(deadline, background=True))

    def outdate(self, prefix: str) -> None:
        """Let no answer be kept of those flights under way whose key begins with `prefix`."""
        for key, flight in self._flights.items():
            flight.outdated |= key.startswith(prefix)

    def _begin(self, key: str, load: Callable[[Flight[T]], Awaitable[T]], flight: Flight[T]) -> Flight[T]:
        async def fly() -> T:
            try:
                while True:
                    flight.begun = True
                    try:
                        return await load(flight)
                    except asyncio.CancelledError:
                        if not (flight.hurried and flight.task.uncancel() == 0):
                            raise
                        flight.hurried = False
            finally:
                self._land(key, flight)

        flight.task = asyncio.get_running_loop().create_task(fly(), name="cache.flight")
        self._flights[key] = flight
        self._tasks.add(flight.task)
        flight.task.add_done_callback(self._retire)
        return flight

    async def _join(self, key: str, flight: Flight[T], *, deadline: float) -> T:
        flight.waiters += 1
        try:
            done, _ = await asyncio.wait({flight.task}, timeout=max(0.0, deadline - self._clock()))
        finally:
            flight.waiters -= 1
            if not (flight.waiters or flight.committed or flight.background or flight.task.done()):
                # Out of the table before the cancel is delivered: a caller that came in between would
                # otherwise join a load that is already dying.
                self._land(key, flight)
                flight.task.cancel()
        if not done:
            raise FlightTimeoutError
        return flight.task.result()

    def _land(self, key: str, flight: Flight[T]) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]

    def _retire(self, task: "asyncio.Task[T]") -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            # Marks it as seen: a committed load that fails after its last caller left is nobody's error.
            task.exception()

    async def close(self) -> None:
        """Cancel every load and wait for its end."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        # Those that were cancelled before their first step could not leave by themselves.
        self._flights.clear()


def _hurry(flight: Flight[T], urgency: int) -> None:
    """Begin the load again for somebody more urgent; it has cost nothing, and cannot before it hears of this."""
    flight.urgency, flight.background = urgency, False
    # Cancelled before its first step, a task would end without one.
    if flight.begun and not flight.hurried and not flight.task.done():
        flight.hurried = True
        flight.task.cancel()
