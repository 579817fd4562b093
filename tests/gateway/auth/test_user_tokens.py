import asyncio
from dataclasses import replace

import pytest

from gateway.auth.sign_in import KIND
from gateway.errors import UpstreamTimeoutError
from gateway.principal import Principal
from sign_in_desk import Desk, Flaky, processes, signed_in, stored
from virtual_time import run

ADA = Principal("user:ada")
BOB = Principal("user:bob")
DAY_S = 86_400.0


def test_a_hundred_callers_in_each_of_three_processes_cause_one_renewal() -> None:
    async def main() -> None:
        desk, vault = Desk(), Flaky()
        async with processes(desk, vault, 3) as started:
            await started[0].accounts.adopt(ADA, signed_in(desk, "ada", "c1"))
            tokens = await asyncio.gather(*(one.token(ADA) for one in started for _ in range(100)))
            assert set(tokens) == {desk.latest["ada"]}
            assert len(desk.asked) == 1

    run(main())


def test_a_token_is_renewed_a_minute_before_its_end_and_the_other_process_takes_over_what_came() -> None:
    async def main() -> None:
        desk, vault = Desk(), Flaky()
        async with processes(desk, vault, 2) as (here, there):
            await here.accounts.adopt(ADA, signed_in(desk, "ada", "c1"))
            first = await here.token(ADA)
            await asyncio.sleep(3538)
            assert await here.token(ADA) == first
            await asyncio.sleep(3)
            second = await here.token(ADA)
            assert second == desk.latest["ada"] != first
            assert await there.token(ADA) == second
            assert len(desk.asked) == 2

    run(main())


def test_a_token_is_in_the_vault_before_anybody_has_it() -> None:
    async def main() -> None:
        desk, vault = Desk(), Flaky(slow=True)
        async with processes(desk, vault, 1) as (one,):
            await one.accounts.adopt(ADA, signed_in(desk, "ada", "c1"))
            token = await one.token(ADA)
            kept = await stored(vault, ADA.id)
            assert kept is not None
            assert kept.access_token == token
            assert desk.good[kept.refresh_token] == "ada"

    run(main())


def test_however_many_calls_come_back_with_the_same_old_token_it_is_renewed_once() -> None:
    async def main() -> None:
        desk, vault = Desk(), Flaky()
        async with processes(desk, vault, 2) as started:
            await started[0].accounts.adopt(ADA, signed_in(desk, "ada", "c1"))
            old = await started[0].token(ADA)
            assert await started[1].token(ADA) == old

            async def refused(index: int) -> str:
                await asyncio.sleep(index / 10)
                account = started[index % 2].accounts.of(ADA)
                assert account is not None
                account.tokens.reject(old)
                return await account.tokens.token(deadline=1e9)

            assert {*await asyncio.gather(*(refused(index) for index in range(100)))} == {desk.latest["ada"]}
            assert desk.latest["ada"] != old
            assert len(desk.asked) == 2

    run(main())


def test_a_late_refusal_of_an_older_token_does_not_excuse_the_current_one() -> None:
    async def main() -> None:
        desk, vault = Desk(), Flaky()
        async with processes(desk, vault, 1) as (one,):
            await one.accounts.adopt(ADA, signed_in(desk, "ada", "c1"))
            tokens = one.account(ADA).tokens
            first = await one.token(ADA)
            tokens.reject(first)
            second = await one.token(ADA)
            tokens.reject(second)
            tokens.reject(first)
            assert await one.token(ADA) not in {first, second}

    run(main())


def test_whoever_has_had_a_token_refused_is_not_given_it_by_a_renewal_for_somebody_else() -> None:
    async def main() -> None:
        desk, vault = Desk(), Flaky(slow=True)
        async with processes(desk, vault, 1, most=1) as (one,), processes(desk, vault, 1) as (there,):
            await one.accounts.adopt(ADA, signed_in(desk, "ada", "c1"))
            without = one.account(ADA).tokens
            # The account is forgotten here, while some call still has it, and found again with a token.
            await one.accounts.adopt(BOB, signed_in(desk, "bob", "c2"))
            old = await there.token(ADA)
            await one.accounts.settle(ADA)
            refused = one.account(ADA).tokens
            assert await refused.token(deadline=1e9) == old
            refused.reject(old)
            _, new = await asyncio.gather(without.token(deadline=1e9), refused.token(deadline=1e9))
            assert new == desk.latest["ada"] != old

    run(main())


def test_what_another_process_has_renewed_is_used_even_if_its_clock_is_behind() -> None:
    async def main() -> None:
        desk, vault = Desk(), Flaky()
        async with processes(desk, vault, 1) as (one,):
            await one.accounts.adopt(ADA, signed_in(desk, "ada", "c1"))
            old = await one.token(ADA)
            kept = await stored(vault, ADA.id)
            assert kept is not None
            elsewhere = replace(kept, access_token="elsewhere", expires_at=kept.expires_at - 600)
            await vault.put(KIND, ADA.id, elsewhere.encode())
            one.account(ADA).tokens.reject(old)
            assert await one.token(ADA) == "elsewhere"
            looks = vault.calls["get"]
            assert await one.token(ADA) == "elsewhere"
            assert (vault.calls["get"], len(desk.asked)) == (looks, 1)

    run(main())


def test_a_caller_that_leaves_takes_neither_the_renewal_nor_its_token_along() -> None:
    async def main() -> None:
        desk, vault = Desk(), Flaky(slow=True)
        async with processes(desk, vault, 1) as (one,):
            await one.accounts.adopt(ADA, signed_in(desk, "ada", "c1"))
            waiting = [asyncio.create_task(one.token(ADA)) for _ in range(3)]
            await asyncio.sleep(0.5)
            waiting[0].cancel()
            assert await waiting[1] == await waiting[2] == desk.latest["ada"]
            # And if all of them leave.
            await asyncio.sleep(3600)
            gone = asyncio.create_task(one.token(ADA))
            await asyncio.sleep(0.5)
            gone.cancel()
            with pytest.raises(asyncio.CancelledError):
                await gone
            await asyncio.sleep(2)
            assert await one.token(ADA) == desk.latest["ada"]
            assert len(desk.asked) == 2
            assert set(desk.spent.values()) == {1}

    run(main())


def test_nobody_waits_beyond_the_deadline_and_the_next_caller_finds_the_token() -> None:
    async def main() -> None:
        desk, vault = Desk(), Flaky()
        async with processes(desk, vault, 1) as (one,):
            await one.accounts.adopt(ADA, signed_in(desk, "ada", "c1"))
            with pytest.raises(UpstreamTimeoutError):
                await one.token(ADA, deadline_s=0.5)
            await asyncio.sleep(1)
            assert await one.token(ADA) == desk.latest["ada"]
            assert len(desk.asked) == 1

    run(main())


def test_the_end_of_a_process_waits_for_what_spotify_is_about_to_answer() -> None:
    async def main() -> None:
        desk, vault = Desk(), Flaky()
        async with processes(desk, vault, 1) as (one,):
            await one.accounts.adopt(ADA, signed_in(desk, "ada", "c1"))
            call = asyncio.create_task(one.token(ADA))
            await asyncio.sleep(0.5)
        kept = await stored(vault, ADA.id)
        assert kept is not None
        assert desk.good[kept.refresh_token] == "ada"
        assert await call == kept.access_token

    run(main())


def test_the_end_of_a_process_waits_for_no_answer_that_does_not_come() -> None:
    async def main() -> None:
        desk, vault = Desk(delay_s=1e6), Flaky()
        async with processes(desk, vault, 1) as (one,):
            await one.accounts.adopt(ADA, signed_in(desk, "ada", "c1"))
            call = asyncio.create_task(one.token(ADA, deadline_s=1e9))
            await asyncio.sleep(1)
        assert asyncio.get_running_loop().time() < 60
        with pytest.raises(asyncio.CancelledError):
            await call

    run(main())
