import asyncio

import pytest

from cache import Flight, FlightTimeoutError, SingleFlight
from virtual_time import run


def test_a_thousand_callers_share_one_load() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        flights: SingleFlight[int] = SingleFlight(loop.time)
        loads = 0

        async def load(_: Flight[int]) -> int:
            nonlocal loads
            loads += 1
            await asyncio.sleep(1)
            return 42

        results = await asyncio.gather(*(flights.do("k", load, deadline=10) for _ in range(1000)))
        assert loads == 1
        assert {value for value, _ in results} == {42}
        assert sum(led for _, led in results) == 1
        assert len(flights) == 0

    run(main())


def test_cancelling_the_first_caller_does_not_hurt_the_others() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        flights: SingleFlight[int] = SingleFlight(loop.time)

        async def load(_: Flight[int]) -> int:
            await asyncio.sleep(1)
            return 42

        first = asyncio.create_task(flights.do("k", load, deadline=10))
        second = asyncio.create_task(flights.do("k", load, deadline=10))
        await asyncio.sleep(0.5)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        assert (await second)[0] == 42

    run(main())


@pytest.mark.parametrize("committed", [False, True])
def test_an_abandoned_load_ends_unless_it_has_cost_something(*, committed: bool) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        flights: SingleFlight[int] = SingleFlight(loop.time)
        finished = asyncio.Event()

        async def load(flight: Flight[int]) -> int:
            if committed:
                flight.commit()
            await asyncio.sleep(1)
            finished.set()
            return 42

        only = asyncio.create_task(flights.do("k", load, deadline=10))
        await asyncio.sleep(0.5)
        only.cancel()
        with pytest.raises(asyncio.CancelledError):
            await only
        await asyncio.sleep(1)
        assert finished.is_set() is committed
        assert len(flights) == 0

    run(main())


def test_a_caller_after_the_last_one_left_gets_a_load_of_its_own() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        flights: SingleFlight[int] = SingleFlight(loop.time)

        async def load(_: Flight[int]) -> int:
            await asyncio.sleep(1)
            return 42

        gone = asyncio.create_task(flights.do("k", load, deadline=10))
        await asyncio.sleep(0.5)
        gone.cancel()
        late = asyncio.create_task(flights.do("k", load, deadline=10))
        assert await late == (42, True)

    run(main())


def test_each_caller_gives_up_at_its_own_deadline_and_the_latest_rules_the_load() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        flights: SingleFlight[float] = SingleFlight(loop.time)

        async def load(flight: Flight[float]) -> float:
            await asyncio.sleep(3)
            return flight.deadline

        short = asyncio.create_task(flights.do("k", load, deadline=1))
        patient = asyncio.create_task(flights.do("k", load, deadline=9))
        with pytest.raises(FlightTimeoutError):
            await short
        assert loop.time() == pytest.approx(1)
        assert (await patient)[0] == 9

    run(main())


def test_every_caller_gets_the_error_and_the_next_one_loads_afresh() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        flights: SingleFlight[int] = SingleFlight(loop.time)
        healed = False

        async def load(_: Flight[int]) -> int:
            await asyncio.sleep(1)
            if not healed:
                raise ValueError("no")
            return 42

        calls = [asyncio.create_task(flights.do("k", load, deadline=10)) for _ in range(3)]
        results = await asyncio.gather(*calls, return_exceptions=True)
        assert all(isinstance(result, ValueError) for result in results)
        healed = True
        assert (await flights.do("k", load, deadline=10))[0] == 42

    run(main())


def test_closing_ends_every_load() -> None:
    async def main() -> None:
        flights: SingleFlight[int] = SingleFlight(asyncio.get_running_loop().time)

        async def load(flight: Flight[int]) -> int:
            flight.commit()
            await asyncio.Event().wait()
            return 42

        caller = asyncio.create_task(flights.do("k", load, deadline=10))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await flights.close()
        with pytest.raises(asyncio.CancelledError):
            await caller

    run(main())


class Paced:
    """Waits for as many seconds as its flight is not urgent, then commits and takes a second."""

    def __init__(self) -> None:
        self.begun: list[int] = []

    async def __call__(self, flight: Flight[str]) -> str:
        self.begun.append(flight.urgency)
        await asyncio.sleep(10 * flight.urgency)
        flight.commit()
        await asyncio.sleep(1)
        return "done"


@pytest.mark.parametrize("joins_after_s", [0, 5])
def test_who_is_more_urgent_does_not_wait_at_the_pace_of_who_came_first(joins_after_s: float) -> None:
    async def main() -> None:
        loop, load = asyncio.get_running_loop(), Paced()
        flights: SingleFlight[str] = SingleFlight(loop.time)
        slow = asyncio.create_task(flights.do("k", load, deadline=100, urgency=3))
        await asyncio.sleep(joins_after_s)
        await asyncio.sleep(0)
        assert await flights.do("k", load, deadline=100, urgency=1) == ("done", False)
        assert loop.time() == joins_after_s + 11
        assert await slow == ("done", True)
        assert load.begun == [3, 1]
        assert len(flights) == 0

    run(main())


def test_a_load_that_has_cost_something_is_not_begun_again() -> None:
    async def main() -> None:
        loop, load = asyncio.get_running_loop(), Paced()
        flights: SingleFlight[str] = SingleFlight(loop.time)
        slow = asyncio.create_task(flights.do("k", load, deadline=100, urgency=1))
        await asyncio.sleep(10.5)
        assert await flights.do("k", load, deadline=100, urgency=0) == ("done", False)
        assert loop.time() == 11
        assert (await slow, load.begun) == (("done", True), [1])

    run(main())


def test_who_waits_for_what_began_in_the_background_is_in_a_hurry() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        flights: SingleFlight[bool] = SingleFlight(loop.time)

        async def load(flight: Flight[bool]) -> bool:
            await asyncio.sleep(1000 if flight.background else 1)
            return flight.background

        flights.start("k", load, deadline=100)
        await asyncio.sleep(5)
        assert await flights.do("k", load, deadline=100) == (False, False)
        assert loop.time() == 6

    run(main())


def test_a_hurried_load_ends_when_the_flights_are_closed_and_when_all_have_left() -> None:
    async def main() -> None:
        loop, load = asyncio.get_running_loop(), Paced()
        flights: SingleFlight[str] = SingleFlight(loop.time)
        callers = [asyncio.create_task(flights.do("k", load, deadline=100, urgency=n)) for n in (3, 2)]
        await asyncio.sleep(0)
        await flights.close()
        assert [type(one) for one in await asyncio.gather(*callers, return_exceptions=True)] == [
            asyncio.CancelledError
        ] * 2
        callers = [asyncio.create_task(flights.do("k", load, deadline=100, urgency=n)) for n in (3, 2)]
        await asyncio.sleep(1)
        for caller in callers:
            caller.cancel()
        await asyncio.gather(*callers, return_exceptions=True)
        await asyncio.sleep(0)
        assert len(flights) == 0
        assert loop.time() == 1

    run(main())
