"""The alarm: rings when asked to, and not again and again when the loop is a little early."""

import asyncio

import pytest

from limiter.alarm import Alarm
from virtual_time import run


def now() -> float:
    return asyncio.get_running_loop().time()


def test_it_rings_at_the_soonest_time_it_was_set_to() -> None:
    async def main() -> None:
        rings: list[float] = []
        alarm = Alarm(lambda: rings.append(now()), clock=now)
        for at in (5.0, 3.0, 4.0):
            alarm.set(at)
        await asyncio.sleep(10)
        assert rings == [3.0]

    run(main())


def test_it_can_be_set_again_and_cancelled() -> None:
    async def main() -> None:
        rings: list[float] = []
        alarm = Alarm(lambda: rings.append(now()), clock=now)
        alarm.set(1.0)
        await asyncio.sleep(2)
        alarm.set(3.0)
        await asyncio.sleep(2)
        alarm.set(5.0)
        alarm.cancel()
        await asyncio.sleep(2)
        assert rings == [1.0, 3.0]

    run(main())


def test_a_loop_that_is_early_does_not_make_it_spin(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        call_later, rings = loop.call_later, list[float]()
        monkeypatch.setattr(loop, "call_later", lambda delay, *ring: call_later(delay - 0.0005, *ring))

        def ring() -> None:
            rings.append(now())
            if now() < 1.0 and len(rings) < 10:
                alarm.set(1.0)

        alarm = Alarm(ring, clock=now)
        alarm.set(1.0)
        await asyncio.sleep(2)
        assert rings[-1] >= 1.0
        assert len(rings) <= 3

    run(main())
