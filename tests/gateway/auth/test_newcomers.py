import asyncio
from collections.abc import Awaitable, Callable

import pytest

from gateway.auth.newcomers import Newcomers
from gateway.auth.pass_through import PassThrough
from gateway.errors import ThrottledError
from gateway.principal import Principal
from limiter.inbound import Inbound, InboundConfig
from virtual_time import run

BURST = 3
RTT_S = 0.5


class Door:
    """Newcomers, and a Spotify that knows which tokens are good; `asked` is what each call cost."""

    def __init__(self, *good: str) -> None:
        self.bearers = PassThrough(secret=b"s", clock=asyncio.get_running_loop().time)
        pace = Inbound(InboundConfig(per_s=0.1, burst=BURST, wait_s=1.0))
        self.newcomers = Newcomers(self.bearers, pace)
        self.good = good
        self.asked: list[str] = []
        self.silent = False

    async def come(self, token: str) -> str:
        """Send a request as the door of the mirror does."""
        principal = self.bearers.admit(token)
        if not self.bearers.new(principal):
            return await self._call(principal, token)
        try:
            async with self.newcomers.let_in(principal):
                return await self._call(principal, token)
        except ThrottledError as error:
            assert error.reason == "TOO_MANY_NEW_TOKENS"
            assert error.retry_after_s is not None
            return f"429 after {error.retry_after_s:.0f}"

    async def _call(self, principal: Principal, token: str) -> str:
        account = self.bearers.of(principal)
        if not self.bearers.new(principal) and not account.trusted:
            return "401"
        self.asked.append(token)
        await asyncio.sleep(RTT_S)
        if self.silent:
            return "502"
        if token in self.good:
            account.tokens.accept(token)
            return "200"
        account.tokens.reject(token)
        return "401"


def at_the_door(test: Callable[[Door], Awaitable[None]], *good: str) -> None:
    """Run a test in virtual time; Spotify knows the `good` tokens."""

    async def main() -> None:
        door = Door(*good)
        await test(door)
        await door.bearers.close()

    run(main())


def test_many_requests_with_one_made_up_token_cost_one_call() -> None:
    async def main(door: Door) -> None:
        assert await asyncio.gather(*(door.come("bad") for _ in range(20))) == ["401"] * 20
        assert door.asked == ["bad"]

    at_the_door(main)


def test_many_requests_with_one_good_token_wait_for_the_first_and_then_go_together() -> None:
    async def main(door: Door) -> None:
        started = asyncio.get_running_loop().time()
        assert await asyncio.gather(*(door.come("good") for _ in range(20))) == ["200"] * 20
        assert asyncio.get_running_loop().time() - started == pytest.approx(2 * RTT_S)
        assert len(door.asked) == 20

    at_the_door(main, "good")


def test_made_up_tokens_are_asked_about_at_a_modest_pace_and_who_is_known_never_waits() -> None:
    async def main(door: Door) -> None:
        assert await door.come("good") == "200"
        told = await asyncio.gather(*(door.come(f"bad-{number}") for number in range(1000)))
        assert told.count("401") == BURST - 1
        assert set(told) == {"401", "429 after 10"}
        assert await asyncio.gather(*(door.come("good") for _ in range(10))) == ["200"] * 10
        # A newcomer among them shares their lot, and is told how long.
        assert await door.come("better") == "429 after 10"
        await asyncio.sleep(10)
        assert await door.come("better") == "200"

    at_the_door(main, "good", "better")


def test_what_is_refused_here_says_nothing_of_the_token() -> None:
    async def main(door: Door) -> None:
        await asyncio.gather(*(door.come(f"bad-{number}") for number in range(BURST)))
        assert set(await asyncio.gather(*(door.come("good") for _ in range(5)))) == {"429 after 10"}
        await asyncio.sleep(10)
        assert await door.come("good") == "200"

    at_the_door(main, "good")


def test_a_first_request_that_teaches_nothing_lets_the_next_one_ask() -> None:
    async def main(door: Door) -> None:
        door.silent = True
        first, second = (asyncio.create_task(door.come("good")) for _ in range(2))
        assert await first == "502"
        door.silent = False
        assert await second == "200"
        assert door.asked == ["good"] * 2

    at_the_door(main, "good")


def test_who_leaves_makes_room_for_the_next() -> None:
    async def main(door: Door) -> None:
        first, second = (asyncio.create_task(door.come("good")) for _ in range(2))
        await asyncio.sleep(RTT_S / 2)
        first.cancel()
        assert await second == "200"
        assert first.cancelled()

    at_the_door(main, "good")


def test_nobody_waits_for_ever_for_a_first_request_that_takes_its_time() -> None:
    async def main(door: Door) -> None:
        principal = door.bearers.admit("good")
        async with door.newcomers.let_in(principal):
            started = asyncio.get_running_loop().time()
            assert await door.come("good") == "200"
            assert asyncio.get_running_loop().time() - started == pytest.approx(10 + RTT_S)

    at_the_door(main, "good")
