import asyncio
from dataclasses import replace

import pytest

from gateway.errors import UpstreamUnavailableError
from gateway.principal import Principal
from sign_in_desk import Desk, Flaky, Process, processes, signed_in, stored
from virtual_time import run

ADA = Principal("user:ada")
BOB = Principal("user:bob")
DAY_S = 86_400.0


async def renew_in_vain(process: Process, desk: Desk, vault: Flaky) -> None:
    """Let Ada sign in, and her first token come while nothing can be written."""
    await process.accounts.adopt(ADA, signed_in(desk, "ada", "c1"))
    vault.down = {"swap"}
    with pytest.raises(UpstreamUnavailableError):
        await process.token(ADA)


def test_a_token_that_cannot_be_written_is_not_used_and_the_spent_one_never_again() -> None:
    async def main() -> None:
        desk, vault = Desk(), Flaky()
        async with processes(desk, vault, 1) as (one,):
            await one.accounts.adopt(ADA, signed_in(desk, "ada", "c1"))
            vault.down = {"swap"}
            with pytest.raises(UpstreamUnavailableError, match="could not be written"):
                await one.token(ADA)
            for _ in range(3):
                with pytest.raises(UpstreamUnavailableError):
                    await one.token(ADA)
            vault.down = set()
            assert await one.token(ADA) == desk.latest["ada"]
            kept = await stored(vault, ADA.id)
            assert kept is not None
            assert desk.good[kept.refresh_token] == "ada"
            assert set(desk.spent.values()) == {1}
            assert one.ended == []

    run(main())


def test_what_could_not_be_written_is_written_as_soon_as_it_can_be_without_any_call() -> None:
    async def main() -> None:
        desk, vault = Desk(), Flaky()
        async with processes(desk, vault, 2) as (here, there):
            await renew_in_vain(here, desk, vault)
            await asyncio.sleep(60)
            vault.down = set()
            await asyncio.sleep(5)
            assert await there.token(ADA) == desk.latest["ada"]
            assert set(desk.spent.values()) == {1}

    run(main())


def test_what_could_not_be_written_is_written_when_the_process_ends() -> None:
    async def main() -> None:
        desk, vault = Desk(), Flaky()
        async with processes(desk, vault, 1) as (one,):
            await renew_in_vain(one, desk, vault)
            vault.down = set()
        kept = await stored(vault, ADA.id)
        assert kept is not None
        assert desk.good[kept.refresh_token] == "ada"

    run(main())


def test_what_could_not_be_written_is_dropped_when_the_user_signed_out_meanwhile() -> None:
    async def main() -> None:
        desk, vault = Desk(), Flaky()
        async with processes(desk, vault, 1) as (one,):
            await renew_in_vain(one, desk, vault)
            vault.down = set()
            await one.accounts.forget(ADA)
            await asyncio.sleep(60)
            assert await stored(vault, ADA.id) is None

    run(main())


def test_what_was_written_unnoticed_is_not_written_again_over_what_others_have_made_of_it() -> None:
    async def main() -> None:
        desk, vault = Desk(delay_s=0.01), Flaky()
        async with processes(desk, vault, 2) as (here, there):
            await here.accounts.adopt(ADA, signed_in(desk, "ada", "c1"))
            vault.mute = {"swap"}
            with pytest.raises(UpstreamUnavailableError):
                await here.token(ADA)
            vault.mute = set()
            old = await there.token(ADA)
            account = there.account(ADA)
            account.tokens.reject(old)
            assert await there.token(ADA) == desk.latest["ada"] != old
            await asyncio.sleep(60)
            kept = await stored(vault, ADA.id)
            assert kept is not None
            assert kept.access_token == desk.latest["ada"]
            assert desk.good[kept.refresh_token] == "ada"

    run(main())


def test_a_new_consent_rules_even_if_it_came_with_the_old_refresh_token() -> None:
    async def main() -> None:
        desk, vault = Desk(rotates=False), Flaky()
        async with processes(desk, vault, 2) as (here, there):
            old = signed_in(desk, "ada", "c1")
            await here.accounts.adopt(ADA, old)
            call = asyncio.create_task(here.token(ADA))
            await asyncio.sleep(0.5)
            await there.accounts.adopt(ADA, replace(old, consent="c2"))
            with pytest.raises(UpstreamUnavailableError, match="signed in anew"):
                await call
            kept = await stored(vault, ADA.id)
            assert kept is not None
            assert kept.consent == "c2"

    run(main())
