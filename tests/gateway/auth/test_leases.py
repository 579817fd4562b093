"""How those wait who want to be alone; the time is virtual."""

import asyncio

import pytest

from gateway.auth.leases import Leases
from gateway.auth.shelf import Exchange, Place
from gateway.auth.vault import VaultError
from memory_shelf import MemoryShelf
from virtual_time import run

PLACE = Place("kind", "name")


class Wall:
    """A wall clock that can be set."""

    def __init__(self) -> None:
        self.ahead_s = 0.0

    def __call__(self) -> float:
        return asyncio.get_running_loop().time() + self.ahead_s


class Failing(MemoryShelf):
    """A shelf that does what it is asked and then does not answer, after so many answers."""

    def __init__(self, answers: int) -> None:
        super().__init__()
        self.answers = answers

    async def exchange(
        self, place: Place, new: bytes | None, *, expected: bytes | None, ttl_s: float | None
    ) -> Exchange:
        answer = await super().exchange(place, new, expected=expected, ttl_s=ttl_s)
        self.answers -= 1
        if self.answers == -1:
            raise VaultError("no answer")
        return answer


async def die_inside(shelf: MemoryShelf, *, at_most_s: float) -> object:
    """Enter and never leave, as long as somebody has what is returned."""
    context = leases(shelf).held(PLACE, at_most_s=at_most_s)
    await context.__aenter__()
    return context


async def enter(those: Leases) -> None:
    async with those.held(PLACE, at_most_s=60.0):
        pass


def leases(shelf: MemoryShelf, *, asked: list[float] | None = None) -> Leases:
    async def sleep(seconds: float) -> None:
        if asked is not None:
            asked.append(seconds)
        await asyncio.sleep(seconds)

    return Leases(shelf, clock=lambda: asyncio.get_running_loop().time(), sleep=sleep, chance=lambda: 0.5)


def test_whoever_waits_asks_ever_less_often() -> None:
    async def main() -> None:
        shelf, asked = MemoryShelf(), list[float]()
        async with leases(shelf).held(PLACE, at_most_s=60.0):
            waiting = asyncio.create_task(enter(leases(shelf, asked=asked)))
            await asyncio.sleep(1.0)
        await waiting
        assert asked[:3] == pytest.approx([0.01, 0.015, 0.0225])
        assert asked == sorted(asked)
        assert asked[-1] == pytest.approx(0.1)

    run(main())


def test_a_dead_holder_is_waited_for_no_longer_than_it_said() -> None:
    async def main() -> None:
        shelf = MemoryShelf(wall_clock=Wall())
        dead = await die_inside(shelf, at_most_s=5.0)
        async with asyncio.timeout(5.2), leases(shelf).held(PLACE, at_most_s=0.1):
            assert asyncio.get_running_loop().time() >= 5.0
        del dead

    run(main())


def test_a_wall_clock_that_was_set_back_holds_nobody_up() -> None:
    async def main() -> None:
        shelf = MemoryShelf(wall_clock=(wall := Wall()))
        dead = await die_inside(shelf, at_most_s=5.0)
        wall.ahead_s -= 1e6
        async with asyncio.timeout(5.2), leases(shelf).held(PLACE, at_most_s=0.1):
            assert asyncio.get_running_loop().time() >= 5.0
        del dead

    run(main())


def test_a_new_holder_has_its_whole_time() -> None:
    async def main() -> None:
        shelf = MemoryShelf(wall_clock=(wall := Wall()))
        wall.ahead_s = 1e6
        first = await die_inside(shelf, at_most_s=5.0)
        waiting = asyncio.create_task(die_inside(shelf, at_most_s=1.0))
        await asyncio.sleep(4.0)
        shelf.kept.clear()
        second = await die_inside(shelf, at_most_s=5.0)
        wall.ahead_s = 0.0
        await asyncio.sleep(4.9)
        assert not waiting.done()
        await asyncio.sleep(0.3)
        assert waiting.done()
        del first, second

    run(main())


def test_a_lease_whose_grant_went_unheard_is_given_back() -> None:
    async def main() -> None:
        shelf = Failing(answers=0)
        with pytest.raises(VaultError):
            await leases(shelf).held(PLACE, at_most_s=60.0).__aenter__()
        assert not shelf.kept

    run(main())


def test_who_was_alone_does_not_hear_that_leaving_failed() -> None:
    async def main() -> None:
        shelf = Failing(answers=1)
        async with leases(shelf).held(PLACE, at_most_s=60.0):
            assert shelf.answers == 0
        assert shelf.answers == -1

    run(main())
