import asyncio
from dataclasses import replace

import pytest

from gateway.auth.records import fixed_sign_in
from gateway.auth.sign_in import KIND
from gateway.errors import UnauthorisedError
from gateway.principal import LOCAL, Principal
from sign_in_desk import Desk, Flaky, processes, signed_in
from virtual_time import run

ADA = Principal("user:ada")
BOB = Principal("user:bob")
DAY_S = 86_400.0


def test_the_settings_sign_in_is_used_and_a_restart_goes_on_with_what_has_come_of_it() -> None:
    async def main() -> None:
        desk, vault = Desk(), Flaky()
        fixed = fixed_sign_in(desk.consent("ada"), secret=b"s" * 100)
        async with processes(desk, vault, 2, fixed=(LOCAL.id, fixed)) as started:
            assert {await one.token(LOCAL) for one in started} == {desk.latest["ada"]}
            headers, _ = desk.asked[0]
            assert headers["Authorization"].startswith("Basic ")
        await asyncio.sleep(DAY_S)
        async with processes(desk, vault, 1, fixed=(LOCAL.id, fixed)) as (one,):
            assert await one.token(LOCAL) == desk.latest["ada"]
            account = one.account(LOCAL)
            assert account.name == f"local.{fixed.consent}"
            assert one.ended == []
        assert (len(desk.asked), set(desk.spent.values())) == (2, {1})

    run(main())


def test_another_value_of_the_setting_starts_anew() -> None:
    async def main() -> None:
        desk, vault = Desk(), Flaky()
        names = set()
        for user in ("ada", "bob"):
            fixed = fixed_sign_in(desk.consent(user), secret=b"s")
            async with processes(desk, vault, 1, fixed=(LOCAL.id, fixed)) as (one,):
                assert await one.token(LOCAL) == desk.latest[user]
                names.add(fixed.consent)
        assert len(names) == 2

    run(main())


def test_the_fingerprint_of_the_setting_depends_on_the_secret_and_shows_no_token() -> None:
    one, other = (fixed_sign_in("AQtoken", secret=secret) for secret in (b"one", b"other"))
    assert one.consent != other.consent
    assert "AQtoken" not in repr(one)
    assert one.with_secret


def test_the_setting_rules_over_a_sign_in_by_a_browser_which_is_there_when_it_is_unset() -> None:
    async def main() -> None:
        desk, vault = Desk(), Flaky()
        fixed = fixed_sign_in(desk.consent("ada"), secret=b"s")
        async with processes(desk, vault, 2, fixed=(LOCAL.id, fixed)) as (here, there):
            await here.token(LOCAL)
            await here.accounts.adopt(LOCAL, replace(signed_in(desk, "bob", "c2"), authorized_at=4e9))
            for process in (here, there):
                await asyncio.sleep(5)
                assert await process.token(LOCAL) == desk.latest["ada"]
                kept = await process.accounts.kept(LOCAL)
                assert kept is not None
                assert kept.consent == fixed.consent
                assert process.ended == []
        async with processes(desk, vault, 1) as (one,):
            assert await one.token(LOCAL) == desk.latest["bob"]

    run(main())


def test_a_setting_that_spotify_ended_is_told_once_and_makes_way_for_a_sign_in_by_a_browser() -> None:
    async def main() -> None:
        desk, vault = Desk(), Flaky()
        fixed = fixed_sign_in("revoked", secret=b"s")
        async with processes(desk, vault, 1, fixed=(LOCAL.id, fixed)) as (one,):
            with pytest.raises(UnauthorisedError, match="sign-in has ended"):
                await one.token(LOCAL)
            for _ in range(3):
                await asyncio.sleep(60)
                await one.accounts.settle(LOCAL)
                assert one.accounts.of(LOCAL) is None
            assert (len(desk.asked), one.ended) == (1, [f"local.{fixed.consent}"])
            await one.accounts.adopt(LOCAL, signed_in(desk, "bob", "c2"))
            assert await one.token(LOCAL) == desk.latest["bob"]

    run(main())


def test_whoever_signs_out_is_rid_of_the_settings_sign_in_too_until_the_next_start() -> None:
    async def main() -> None:
        desk, vault = Desk(), Flaky()
        fixed = fixed_sign_in(desk.consent("ada"), secret=b"s")
        async with processes(desk, vault, 1, fixed=(LOCAL.id, fixed)) as (one,):
            await one.token(LOCAL)
            assert await one.accounts.forget(LOCAL)
            await asyncio.sleep(5)
            await one.accounts.settle(LOCAL)
            assert one.accounts.of(LOCAL) is None
            assert one.ended == [f"local.{fixed.consent}"]
            assert await vault.count(KIND) == 0

    run(main())
