"""How a call without a user leads to a sign-in."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from multidict import MultiDict

from gateway.auth.sign_in import SignIn
from gateway.errors import SignInRefusedError
from ops.login.desk import SignInDesk
from ops.login.pending import Pending
from ops.login.redirect import Redirect
from ops.serve import ListenError
from sign_in_rig import GOOD, SIGN_IN, FakeAccounts, Safe, get, redirect_uri
from virtual_time import run

URI = "http://127.0.0.1:8888/callback"
OPEN = "Open http://127.0.0.1:8888/login in a browser to sign in with Spotify, then repeat the call."


@dataclass
class Door:
    """Stands in for the listener; counts who comes in and goes."""

    opened: int = 0
    closed: int = 0
    broken: bool = False
    ends: list["asyncio.Future[SignIn]"] = field(default_factory=list)
    pending: list[Pending] = field(default_factory=list)
    closing_s: float = 0.0

    async def over(self) -> SignIn:
        return await self.ends[-1]

    @asynccontextmanager
    async def receiving(self, _: Redirect, pending: Pending) -> AsyncIterator["Door"]:
        assert self.opened == self.closed, "one at a time"
        await asyncio.sleep(0)
        if self.broken:
            raise ListenError("Port 8888 is taken")
        self.opened += 1
        self.pending.append(pending)
        self.ends.append(asyncio.get_running_loop().create_future())
        try:
            yield self
            await asyncio.sleep(self.closing_s)
        finally:
            self.closed += 1


def desk(accounts: FakeAccounts, door: Door, *least: str) -> SignInDesk:
    return SignInDesk(
        accounts,
        Redirect.of(URI),
        least=frozenset(least),
        adopt=Safe().keep,
        patience_s=600,
        receiving=door.receiving,
    )


def test_nothing_listens_before_it_is_needed() -> None:
    async def main() -> None:
        accounts, door = FakeAccounts(), Door()
        async with desk(accounts, door):
            await asyncio.sleep(1)
        assert door.opened == 0
        assert not accounts.begun

    run(main())


def test_all_who_ask_at_once_get_one_address_and_one_listener() -> None:
    async def main() -> None:
        accounts, door = FakeAccounts(), Door()
        async with desk(accounts, door, "a") as one:
            assert set(await asyncio.gather(*(one.invite(["a"]) for _ in range(5)))) == {OPEN}
            await asyncio.sleep(60)
            assert await one.invite([]) == OPEN
            assert door.opened == 1
            assert len(accounts.begun) == 1
        assert door.closed == 1

    run(main())


def test_it_asks_for_what_all_tools_can_use_and_for_more_when_more_is_needed() -> None:
    async def main() -> None:
        accounts, door = FakeAccounts(), Door()
        async with desk(accounts, door, "a", "b") as one:
            await one.invite(["c"])
            assert accounts.begun[-1].scopes == {"a", "b", "c"}
            await one.invite(["d"])
            assert accounts.begun[-1].scopes == {"a", "b", "c", "d"}
            assert door.opened == 1

    run(main())


def test_whoever_leaves_while_the_port_opens_does_not_spoil_it_for_the_others() -> None:
    async def main() -> None:
        door = Door()
        async with desk(FakeAccounts(), door) as one:
            first = asyncio.create_task(one.invite([]))
            second = asyncio.create_task(one.invite([]))
            await asyncio.sleep(0)
            first.cancel()
            with pytest.raises(asyncio.CancelledError):
                await first
            assert await second == OPEN

    run(main())


def test_after_ten_minutes_the_port_is_free_and_the_next_call_begins_anew() -> None:
    async def main() -> None:
        accounts, door = FakeAccounts(), Door()
        async with desk(accounts, door) as one:
            await one.invite([])
            await asyncio.sleep(601)
            assert door.closed == 1
            assert await one.invite([]) == OPEN
            assert [attempt.state for attempt in accounts.begun] == ["state-0", "state-1"]

    run(main())


@pytest.mark.parametrize("outcome", [SIGN_IN, SignInRefusedError("no")])
def test_whatever_came_of_it_the_next_invitation_is_a_new_sign_in(outcome: SignIn | Exception) -> None:
    async def main() -> None:
        accounts, door = FakeAccounts(), Door(closing_s=2)
        async with desk(accounts, door) as one:
            await one.invite([])
            if isinstance(outcome, Exception):
                door.ends[0].set_exception(outcome)
            else:
                door.ends[0].set_result(outcome)
            await asyncio.sleep(1)
            # The last page is still on its way: the new one waits for the port.
            assert await one.invite([]) == OPEN
            assert door.opened == 2
            assert len(accounts.begun) == 2

    run(main())


def test_without_the_port_it_names_the_command() -> None:
    async def main() -> None:
        door = Door(broken=True)
        async with desk(FakeAccounts(), door) as one:
            assert "Run `fermata login`" in await one.invite([])
            door.broken = False
            assert await one.invite([]) == OPEN

    run(main())


def test_closing_frees_the_port_and_leaves_nobody_waiting() -> None:
    async def main() -> None:
        door = Door()
        async with desk(FakeAccounts(), door) as one:
            await one.invite([])
        assert door.closed == 1
        async with desk(FakeAccounts(), door) as one:
            waiting = asyncio.create_task(one.invite([]))
            await asyncio.sleep(0)
        assert await waiting
        assert await one.invite([])
        assert door.opened == 1

    run(main())


async def test_a_browser_that_follows_the_address_signs_in_without_anybody_waiting() -> None:
    accounts, safe = FakeAccounts(), Safe()
    redirect = Redirect.of(redirect_uri())
    async with asyncio.timeout(20), SignInDesk(accounts, redirect, least=frozenset(), adopt=safe.keep) as one:
        assert redirect.start in await one.invite([])
        assert (await get(redirect.start)).status == 303
        assert (await get(f"{redirect.uri}?code={GOOD}&state=state-0")).status == 200
        assert safe.kept == [SIGN_IN]


def test_a_widened_sign_in_still_ends_by_its_own_state() -> None:
    async def main() -> None:
        accounts, door = FakeAccounts(), Door()
        async with desk(accounts, door) as one:
            await one.invite(["a"])
            await one.invite(["b"])
            assert await door.pending[0].finish(MultiDict({"code": GOOD, "state": "state-1"})) is SIGN_IN

    run(main())
