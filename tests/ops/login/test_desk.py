"""How a call without a user leads to a sign-in."""

import asyncio
import socket
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
    broken: bool = False
    sockets: list[socket.socket] = field(default_factory=list)
    ends: list["asyncio.Future[SignIn]"] = field(default_factory=list)
    pending: list[Pending] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        return any(one.fileno() >= 0 for one in self.sockets)

    def listen(self, _: Redirect) -> socket.socket:
        assert not self.is_open, "one at a time"
        if self.broken:
            raise ListenError("Port 8888 is taken")
        self.opened += 1
        self.sockets.append(socket.socket())
        return self.sockets[-1]

    async def over(self) -> SignIn:
        return await self.ends[-1]

    @asynccontextmanager
    async def receiving(self, _: socket.socket, __: Redirect, pending: Pending) -> AsyncIterator["Door"]:
        self.pending.append(pending)
        self.ends.append(asyncio.get_running_loop().create_future())
        try:
            yield self
        finally:
            # The last page is on its way.
            await asyncio.sleep(2)


def desk(accounts: FakeAccounts, door: Door, *least: str) -> SignInDesk:
    return SignInDesk(
        accounts,
        Redirect.of(URI),
        least=frozenset(least),
        adopt=Safe().keep,
        patience_s=600,
        listen=door.listen,
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


def test_all_who_ask_get_one_address_and_one_listener() -> None:
    async def main() -> None:
        accounts, door = FakeAccounts(), Door()
        async with desk(accounts, door, "a") as one:
            assert {one.invite(["a"]) for _ in range(5)} == {OPEN}
            await asyncio.sleep(60)
            assert one.invite([]) == OPEN
            assert door.opened == 1
            assert len(accounts.begun) == 1
        assert not door.is_open

    run(main())


def test_it_asks_for_what_all_tools_can_use_and_for_more_when_more_is_needed() -> None:
    async def main() -> None:
        accounts, door = FakeAccounts(), Door()
        async with desk(accounts, door, "a", "b") as one:
            one.invite(["c"])
            assert accounts.begun[-1].scopes == {"a", "b", "c"}
            one.invite(["d"])
            assert accounts.begun[-1].scopes == {"a", "b", "c", "d"}
            assert door.opened == 1

    run(main())


def test_after_ten_minutes_the_port_is_free_and_the_next_call_begins_anew() -> None:
    async def main() -> None:
        accounts, door = FakeAccounts(), Door()
        async with desk(accounts, door) as one:
            one.invite([])
            await asyncio.sleep(603)
            assert not door.is_open
            assert one.invite([]) == OPEN
            assert [attempt.state for attempt in accounts.begun] == ["state-0", "state-1"]

    run(main())


@pytest.mark.parametrize("code", [GOOD, "old"])
def test_once_the_browser_is_back_no_address_is_told_and_then_a_new_one(code: str) -> None:
    async def main() -> None:
        accounts, door = FakeAccounts(), Door()
        async with desk(accounts, door) as one:
            one.invite([])
            await asyncio.sleep(1)
            try:
                back = await door.pending[0].finish(MultiDict({"code": code, "state": "state-0"}))
            except SignInRefusedError as error:
                door.ends[0].set_exception(error)
            else:
                door.ends[0].set_result(back)
            assert "just being finished" in one.invite([])
            await asyncio.sleep(1)
            assert "just being finished" in one.invite(["more"])
            await asyncio.sleep(2)
            assert one.invite([]) == OPEN
            assert (door.opened, len(accounts.begun)) == (2, 2)

    run(main())


def test_without_the_port_it_names_the_command() -> None:
    async def main() -> None:
        door = Door(broken=True)
        async with desk(FakeAccounts(), door) as one:
            assert "Run `fermata login`" in one.invite([])
            door.broken = False
            assert one.invite([]) == OPEN

    run(main())


@pytest.mark.parametrize("after_s", [0, 1])
def test_closing_frees_the_port_at_any_time_and_nothing_opens_again(after_s: float) -> None:
    async def main() -> None:
        door = Door()
        async with desk(FakeAccounts(), door) as one:
            one.invite([])
            if after_s:
                await asyncio.sleep(after_s)
        assert not door.is_open
        assert "fermata login" in one.invite([])
        assert door.opened == 1

    run(main())


async def test_a_browser_that_follows_the_address_signs_in_without_anybody_waiting() -> None:
    accounts, safe = FakeAccounts(), Safe()
    redirect = Redirect.of(redirect_uri())
    async with asyncio.timeout(20), SignInDesk(accounts, redirect, least=frozenset(), adopt=safe.keep) as one:
        assert redirect.start in one.invite([])
        assert (await get(redirect.start)).status == 303
        assert (await get(f"{redirect.uri}?code={GOOD}&state=state-0")).status == 200
        assert safe.kept == [SIGN_IN]


def test_a_widened_sign_in_still_ends_by_its_own_state() -> None:
    async def main() -> None:
        accounts, door = FakeAccounts(), Door()
        async with desk(accounts, door) as one:
            one.invite(["a"])
            one.invite(["b"])
            await asyncio.sleep(1)
            assert await door.pending[0].finish(MultiDict({"code": GOOD, "state": "state-1"})) is SIGN_IN

    run(main())
