"""Claims to load a key: one process has it, and it ends with the process."""

import asyncio
from collections.abc import Sequence
from itertools import count
from typing import Any

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from cache.shared.breaker import Breaker
from cache.shared.claims import RELEASE, RENEW, Claims
from cache.shared.config import SharedConfig
from cache.shared.lane import Lane
from cache.shared.link import Command
from cache.shared.names import Names
from cache.shared.observer import NullSharedObserver
from virtual_time import run

KEY = "pub\nx"
TOKENS = count()


def now() -> float:
    return asyncio.get_running_loop().time()


class Server:
    """What Redis does with claims."""

    def __init__(self) -> None:
        self.claims: dict[bytes, tuple[str, float]] = {}
        self.takes_s = 0.01
        self.down = False
        self.commands = 0

    async def run(self, commands: Sequence[Command]) -> Sequence[object]:
        await asyncio.sleep(self.takes_s / 2)
        if self.down:
            raise RedisConnectionError
        replies = [self._do(*command) for command in commands]
        await asyncio.sleep(self.takes_s / 2)
        return replies

    def _do(self, name: Any, *rest: Any) -> object:
        self.commands += 1
        self.claims = {key: claim for key, claim in self.claims.items() if claim[1] > now()}
        if name == "SET":
            key, token, *_, lease_ms = rest
            if key in self.claims:
                return None
            self.claims[key] = (token, now() + lease_ms / 1000)
            return True
        script, _, key, token, *more = rest
        if self.claims.get(key, ("", 0))[0] != token:
            return 0
        if script == RELEASE:
            del self.claims[key]
        else:
            assert script == RENEW
            self.claims[key] = (token, now() + more[0] / 1000)
        return 1


def claims(server: Server, **config: float) -> Claims:
    settings = SharedConfig(**config)  # type: ignore[arg-type]  # the tests change times only
    writes: Lane[Command] = Lane(
        "write",
        server.run,
        deadline_s=settings.write_deadline_s,
        most=50,
        breaker=Breaker(settings.rest_s, clock=now),
        observer=NullSharedObserver(),
        clock=now,
    )
    return Claims(Names("n"), writes, fresh=lambda: f"token{next(TOKENS)}", config=settings, clock=now)


def test_one_process_has_a_claim_until_it_releases_it() -> None:
    async def main() -> None:
        server = Server()
        one, other = claims(server), claims(server)
        assert list(await asyncio.gather(one.claim(KEY), other.claim(KEY))) == [True, False]
        await other.release(KEY)
        assert not await other.claim(KEY)
        await one.release(KEY)
        assert await other.claim(KEY)
        await one.close()
        await other.close()

    run(main())


def test_a_claim_is_renewed_for_as_long_as_it_is_held() -> None:
    async def main() -> None:
        server = Server()
        one, other = claims(server), claims(server)
        assert await one.claim(KEY)
        await asyncio.sleep(30)
        assert not await other.claim(KEY)
        await one.release(KEY)
        await asyncio.sleep(5)
        commands = server.commands
        await asyncio.sleep(60)
        assert server.commands == commands, "who holds nothing says nothing"
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run(main())


def test_a_process_that_dies_has_its_claim_for_one_lease() -> None:
    async def main() -> None:
        server = Server()
        one, other = claims(server), claims(server)
        assert await one.claim(KEY)
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await asyncio.sleep(4.9)
        assert not await other.claim(KEY)
        await asyncio.sleep(0.2)
        assert await other.claim(KEY)
        await other.close()

    run(main())


def test_a_claim_that_nobody_releases_ends_all_the_same() -> None:
    async def main() -> None:
        server = Server()
        one, other = claims(server, claim_most_s=20), claims(server)
        assert await one.claim(KEY)
        await asyncio.sleep(27)
        assert await other.claim(KEY)
        await one.close()
        await other.close()

    run(main())


def test_where_nobody_can_tell_everybody_may_load() -> None:
    async def main() -> None:
        server = Server()
        server.down = True
        one, other = claims(server), claims(server)
        assert all(await asyncio.gather(one.claim(KEY), other.claim(KEY)))
        await one.release(KEY)
        await one.close()
        await other.close()

    run(main())


def test_a_claim_whose_making_was_cut_off_does_not_stay() -> None:
    async def main() -> None:
        server = Server()
        one, other = claims(server), claims(server)
        claiming = asyncio.create_task(one.claim(KEY))
        await asyncio.sleep(0.007)
        assert server.claims, "made, but nobody knows it yet"
        claiming.cancel()
        with pytest.raises(asyncio.CancelledError):
            await claiming
        await asyncio.sleep(0.05)
        assert await other.claim(KEY)
        await one.close()
        await other.close()

    run(main())


def test_a_claim_that_somebody_else_has_by_now_is_left_to_him() -> None:
    async def main() -> None:
        server = Server()
        one, other = claims(server), claims(server)
        assert await one.claim(KEY)
        server.claims.clear()
        assert await other.claim(KEY)
        await asyncio.sleep(10)
        await one.release(KEY)
        assert server.claims
        await other.close()
        assert not server.claims

    run(main())


def test_closing_gives_everything_back() -> None:
    async def main() -> None:
        server = Server()
        one = claims(server)
        await asyncio.gather(*(one.claim(f"pub\n{number}") for number in range(10)))
        assert len(server.claims) == 10
        await one.close()
        assert not server.claims
        assert await one.claim(KEY)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run(main())
