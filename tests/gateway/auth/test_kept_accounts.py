import asyncio

import pytest

from gateway.auth.sign_in import SignIn
from gateway.errors import UpstreamUnavailableError
from gateway.principal import Principal
from sign_in_desk import Desk, Flaky, Process, processes, signed_in, stored
from virtual_time import run

ADA = Principal("user:ada")
BOB = Principal("user:bob")
DAY_S = 86_400.0


def test_whoever_signs_in_is_known_at_once_here_and_within_five_seconds_elsewhere() -> None:
    async def main() -> None:
        desk, vault = Desk(), Flaky()
        async with processes(desk, vault, 2) as (here, there):
            for process in (here, there):
                await process.accounts.settle(ADA)
                assert process.accounts.settled(ADA)
                assert process.accounts.of(ADA) is None
            await here.accounts.adopt(ADA, signed_in(desk, "ada", "c1"))
            account = here.account(ADA)
            assert (account.name, account.trusted) == ("user:ada.c1", True)
            assert there.accounts.of(ADA) is None
            await asyncio.sleep(5)
            assert not there.accounts.settled(ADA)
            assert await there.token(ADA) == desk.latest["ada"]

    run(main())


def test_nobody_is_believed_to_be_known_who_was_never_looked_up() -> None:
    async def main() -> None:
        async with processes(Desk(), Flaky(), 1) as (one,):
            assert not one.accounts.settled(ADA)
            assert one.accounts.of(ADA) is None

    run(main())


def test_two_programs_of_one_person_have_one_account() -> None:
    async def main() -> None:
        desk = Desk()
        async with processes(desk, Flaky(), 1) as (one,):
            await one.accounts.adopt(Principal(ADA.id, "editor"), signed_in(desk, "ada", "c1"))
            assert one.accounts.of(Principal(ADA.id, "shell")) is one.accounts.of(ADA)
            assert one.accounts.of(ADA) is not None

    run(main())


def test_a_hundred_who_ask_for_the_same_principal_look_into_the_vault_once() -> None:
    async def main() -> None:
        vault = Flaky(slow=True)
        async with processes(Desk(), vault, 1) as (one,):
            await asyncio.gather(*(one.accounts.settle(ADA) for _ in range(100)))
            assert vault.calls["get"] == 1

    run(main())


def test_a_vault_that_cannot_be_reached_is_said_and_signs_nobody_out() -> None:
    async def main() -> None:
        desk, vault = Desk(), Flaky()
        async with processes(desk, vault, 1) as (one,):
            await one.accounts.adopt(ADA, signed_in(desk, "ada", "c1"))
            vault.down = {"get", "swap"}
            for act in (
                one.accounts.settle(ADA),
                one.accounts.kept(ADA),
                one.accounts.forget(ADA),
                one.accounts.adopt(ADA, signed_in(desk, "ada", "c2")),
                one.accounts.introduce(ADA, account="user:ada.c1", user_id="a", user_name="A"),
            ):
                with pytest.raises(UpstreamUnavailableError, match="sign-ins cannot be reached"):
                    await act
            account = one.account(ADA)
            assert account.name == "user:ada.c1"
            assert one.ended == []

    run(main())


def test_whoever_signs_out_is_signed_out_everywhere_and_what_was_read_is_purged_once_in_each_process() -> None:
    async def main() -> None:
        desk, vault = Desk(), Flaky()
        async with processes(desk, vault, 2) as (here, there):
            await here.accounts.adopt(ADA, signed_in(desk, "ada", "c1"))
            await there.token(ADA)
            assert await here.accounts.forget(ADA)
            assert here.accounts.of(ADA) is None
            await asyncio.sleep(5)
            await there.accounts.settle(ADA)
            assert there.accounts.of(ADA) is None
            assert here.ended == there.ended == ["user:ada.c1"]
            assert not await here.accounts.forget(ADA)
            assert here.ended == ["user:ada.c1"]
            assert await stored(vault, ADA.id) is None

    run(main())


def test_another_consent_is_another_account_and_the_old_one_is_purged_in_every_process() -> None:
    async def main() -> None:
        desk, vault = Desk(), Flaky()
        async with processes(desk, vault, 2) as (here, there):
            await here.accounts.adopt(ADA, signed_in(desk, "ada", "c1"))
            await there.token(ADA)
            await here.accounts.adopt(ADA, signed_in(desk, "eve", "c2"))
            await asyncio.sleep(5)
            assert await there.token(ADA) == desk.latest["eve"]
            assert here.ended == there.ended == ["user:ada.c1"]
            account = there.account(ADA)
            assert account.name == "user:ada.c2"

    run(main())


def test_a_process_that_never_saw_the_old_sign_in_purges_it_all_the_same_when_it_replaces_it() -> None:
    async def main() -> None:
        desk, vault = Desk(), Flaky()
        async with processes(desk, vault, 3) as (one, two, three):
            await one.accounts.adopt(ADA, signed_in(desk, "ada", "c1"))
            await two.accounts.adopt(ADA, signed_in(desk, "ada", "c2"))
            assert two.ended == ["user:ada.c1"]
            assert await three.accounts.forget(ADA)
            assert three.ended == ["user:ada.c2"]

    run(main())


def slow_look(vault: Flaky, process: Process) -> "asyncio.Task[None]":
    """Begin a look whose answer is a second on its way, while everything else goes on."""

    async def look() -> None:
        await process.accounts.settle(ADA)

    vault.lag_s = 1.0
    task = asyncio.create_task(look())

    def quicken() -> None:
        vault.lag_s = 0.0

    asyncio.get_running_loop().call_later(0.1, quicken)
    return task


def test_a_slow_look_never_undoes_what_came_after_it() -> None:
    async def main() -> None:
        desk, vault = Desk(), Flaky()
        async with processes(desk, vault, 1) as (one,):
            await one.accounts.adopt(ADA, signed_in(desk, "ada", "c1"))
            look = slow_look(vault, one)
            await asyncio.sleep(0.5)
            await one.accounts.forget(ADA)
            await look
            assert one.accounts.of(ADA) is None
            look = slow_look(vault, one)
            await asyncio.sleep(0.5)
            await one.accounts.adopt(ADA, signed_in(desk, "ada", "c2"))
            await look
            assert one.accounts.of(ADA) is not None
            assert one.ended == ["user:ada.c1"]

    run(main())


def test_a_slow_look_never_takes_a_new_token_away() -> None:
    async def main() -> None:
        desk, vault = Desk(), Flaky()
        async with processes(desk, vault, 1) as (one,):
            await one.accounts.adopt(ADA, signed_in(desk, "ada", "c1"))
            old = await one.token(ADA)
            account = one.account(ADA)
            account.tokens.reject(old)
            renewal = asyncio.create_task(account.tokens.token(deadline=1e9))
            await asyncio.sleep(0.5)
            look = slow_look(vault, one)
            assert await renewal == desk.latest["ada"]
            await look
            looks = vault.calls["get"]
            assert await account.tokens.token(deadline=1e9) == desk.latest["ada"]
            assert vault.calls["get"] == looks

    run(main())


def test_of_many_principals_only_so_many_are_remembered_and_the_forgotten_ones_are_looked_up_again() -> None:
    async def main() -> None:
        desk, vault = Desk(), Flaky()
        async with processes(desk, vault, 1, most=2) as (one,):
            for name in ("a", "b"):
                await one.accounts.adopt(Principal(name), signed_in(desk, name, "c"))
            assert one.accounts.of(Principal("a")) is not None
            await one.accounts.adopt(Principal("c"), signed_in(desk, "c", "c"))
            assert one.accounts.of(Principal("b")) is None
            assert not one.accounts.settled(Principal("b"))
            assert await one.token(Principal("b")) == desk.latest["b"]
            assert one.ended == []

    run(main())


def test_who_the_user_is_is_noted_with_the_sign_in_it_was_learnt_from_and_with_no_other() -> None:
    async def main() -> None:
        desk, vault = Desk(), Flaky(slow=True)
        async with processes(desk, vault, 1) as (one,):
            await one.accounts.introduce(ADA, account="user:ada.c1", user_id="a", user_name="Ada")
            await one.accounts.adopt(ADA, signed_in(desk, "ada", "c1"))
            # A renewal under way writes what was noted meanwhile, too.
            await asyncio.gather(
                one.token(ADA), one.accounts.introduce(ADA, account="user:ada.c1", user_id="a", user_name="Ada")
            )
            kept = await one.accounts.kept(ADA)
            assert kept is not None
            assert (kept.user_id, kept.user_name) == ("a", "Ada")
            assert kept.access_token == desk.latest["ada"]
            await one.accounts.adopt(ADA, signed_in(desk, "eve", "c2"))
            await one.accounts.introduce(ADA, account="user:ada.c1", user_id="a", user_name="Ada")
            assert await stored(vault, ADA.id) == await one.accounts.kept(ADA)
            assert (await one.accounts.kept(ADA) or SignIn(consent="", refresh_token="")).user_id == ""

    run(main())


def test_the_scopes_of_an_account_are_those_that_spotify_said_last() -> None:
    async def main() -> None:
        desk, vault = Desk(), Flaky()
        async with processes(desk, vault, 2) as (here, there):
            await here.accounts.adopt(ADA, signed_in(desk, "ada", "c1"))
            await there.accounts.settle(ADA)
            account = here.account(ADA)
            assert account.scopes is None
            await here.token(ADA)
            await asyncio.sleep(5)
            await there.accounts.settle(ADA)
            for process in (here, there):
                account = process.account(ADA)
                assert account.scopes == frozenset({"user-library-read", "user-top-read"})

    run(main())
