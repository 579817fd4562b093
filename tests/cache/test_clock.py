"""The coarse clock on virtual time."""

import asyncio
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cache.clock import CoarseClock
from virtual_time import run


@dataclass
class Counted:
    """A clock that counts its readings."""

    at: float = 100.0
    readings: int = 0

    def __call__(self) -> float:
        self.readings += 1
        return self.at


def test_a_thousand_hits_in_one_step_read_the_clock_once() -> None:
    async def main() -> None:
        real = Counted()
        clock = CoarseClock(real)
        assert {clock.now or clock.read() for _ in range(1000)} == {100.0}
        assert real.readings == 1

    run(main())


def test_a_reading_is_good_for_one_step() -> None:
    async def main() -> None:
        real = Counted()
        clock = CoarseClock(real, step_s=0.05)
        clock.read()
        real.at = 100.04
        await asyncio.sleep(0.04)
        assert (clock.now or clock.read()) == 100.0
        real.at = 100.06
        await asyncio.sleep(0.02)
        assert not clock.now
        assert (clock.now or clock.read()) == 100.06

    run(main())


def test_nobody_asking_means_no_timer() -> None:
    loops: list[asyncio.AbstractEventLoop] = []

    async def main() -> None:
        loops.append(asyncio.get_running_loop())
        clock = CoarseClock(loops[0].time, step_s=0.05)
        clock.read()
        clock.read()
        await asyncio.Event().wait()

    # After one timer the virtual loop has nothing to wait for, and says so.
    with pytest.raises(RuntimeError, match="deadlock"):
        run(main())
    assert loops[0].time() == 0.05


def test_without_a_loop_every_reading_is_exact() -> None:
    real = Counted()
    clock = CoarseClock(real)
    assert clock.read() == 100.0
    real.at = 101.0
    assert (clock.now or clock.read()) == 101.0
    assert not clock.now


def test_a_closed_clock_stays_exact() -> None:
    async def main() -> None:
        real = Counted()
        clock = CoarseClock(real)
        clock.read()
        clock.close()
        real.at = 100.01
        assert (clock.now or clock.read()) == 100.01
        assert not clock.now
        clock.close()

    run(main())


def test_a_clock_that_begins_at_zero_works_too() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        clock = CoarseClock(loop.time)
        assert [clock.now or clock.read() for _ in range(3)] == [0.0, 0.0, 0.0]
        await asyncio.sleep(1)
        assert (clock.now or clock.read()) == 1.0

    run(main())


@given(st.lists(st.tuples(st.floats(0, 0.2), st.booleans()), max_size=40))
def test_it_is_never_ahead_and_at_most_a_step_behind(waits: list[tuple[float, bool]]) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        clock = CoarseClock(loop.time, step_s=0.05)
        for wait_s, exact in waits:
            await asyncio.sleep(wait_s)
            now = clock.read() if exact else clock.now or clock.read()
            assert loop.time() - 0.05 - 1e-9 <= now <= loop.time()
        clock.close()

    run(main())
