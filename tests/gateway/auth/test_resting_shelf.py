"""What a shelf that does not answer costs those who ask: the first ones wait, and one at a time after that."""

import asyncio

import pytest

from gateway.auth.resting_shelf import RestingShelf
from gateway.auth.shelf import Place
from gateway.auth.vault import VaultError
from memory_shelf import MemoryShelf
from virtual_time import run

PLACE = Place("kind", "name")


class Stuck(MemoryShelf):
    """Fails after `wait_s` as long as it is stuck, and counts who asks."""

    def __init__(self, wait_s: float = 2.0) -> None:
        super().__init__()
        self.stuck = True
        self.asked = 0
        self.wait_s = wait_s

    async def read(self, place: Place) -> bytes | None:
        await self._wait()
        return await super().read(place)

    async def count(self, kind: str) -> int:
        await self._wait()
        return await super().count(kind)

    async def _wait(self) -> None:
        self.asked += 1
        if self.stuck:
            await asyncio.sleep(self.wait_s)
            raise VaultError("no answer in time")


async def waited_s(shelf: RestingShelf) -> float:
    """Return how long one reader waits until it is told of the failure."""
    now = asyncio.get_running_loop().time
    since = now()
    with pytest.raises(VaultError, match="no answer in time"):
        await shelf.read(PLACE)
    return now() - since


def new_shelf(inner: MemoryShelf) -> RestingShelf:
    return RestingShelf(inner, clock=asyncio.get_running_loop().time)


def test_after_one_has_waited_in_vain_the_others_are_told_at_once() -> None:
    async def main() -> None:
        shelf = new_shelf(stuck := Stuck())
        assert await waited_s(shelf) == pytest.approx(2)
        assert [await waited_s(shelf) for _ in range(100)] == [0] * 100
        with pytest.raises(VaultError):
            await shelf.count("kind")
        assert stuck.asked == 1

    run(main())


def test_one_at_a_time_finds_out_whether_it_answers_again() -> None:
    async def main() -> None:
        shelf = new_shelf(stuck := Stuck())
        await waited_s(shelf)
        await asyncio.sleep(1)
        assert sorted(await asyncio.gather(*(waited_s(shelf) for _ in range(10)))) == [0] * 9 + [pytest.approx(2)]
        stuck.stuck = False
        await asyncio.sleep(1)
        # Of those who ask together, the trial alone is answered.
        answers = await asyncio.gather(*(shelf.read(PLACE) for _ in range(10)), return_exceptions=True)
        assert answers.count(None) >= 1
        assert await shelf.read(PLACE) is None

    run(main())


def test_whoever_leaves_during_the_trial_leaves_it_to_another() -> None:
    async def main() -> None:
        shelf = new_shelf(stuck := Stuck())
        await waited_s(shelf)
        await asyncio.sleep(1)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(shelf.read(PLACE), 0.1)
        assert await waited_s(shelf) == 0
        stuck.stuck = False
        await asyncio.sleep(1)
        assert await shelf.read(PLACE) is None

    run(main())


def test_an_error_that_comes_at_once_keeps_nobody_from_asking() -> None:
    async def main() -> None:
        shelf = new_shelf(stuck := Stuck(wait_s=0.01))
        for _ in range(3):
            assert await waited_s(shelf) == pytest.approx(0.01)
        assert stuck.asked == 3

    run(main())


def test_whoever_hangs_up_on_a_shelf_that_answers_troubles_nobody() -> None:
    async def main() -> None:
        shelf = new_shelf(Stuck())
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(shelf.read(PLACE), 0.1)
        assert await waited_s(shelf) == pytest.approx(2)

    run(main())


def test_what_cannot_be_read_can_still_be_written() -> None:
    async def main() -> None:
        shelf = new_shelf(stuck := Stuck())
        await waited_s(shelf)
        stuck.stuck = False
        await shelf.replace(PLACE, b"value", ttl_s=None)
        await asyncio.sleep(1)
        assert await shelf.read(PLACE) == b"value"
        await shelf.close()
        assert stuck.closed

    run(main())
