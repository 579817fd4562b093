import asyncio
from dataclasses import replace

import pytest

from gateway.answers import SIGN_IN_ENDED
from gateway.auth.sign_in import KIND
from gateway.errors import UnauthorisedError, UpstreamUnavailableError
from gateway.principal import Principal
from gateway.transport import LostError
from sign_in_desk import Desk, Flaky, processes, refusal, signed_in, stored, wall_clock
from virtual_time import run

ADA = Principal("user:ada")
BOB = Principal("user:bob")
DAY_S = 86_400.0


def test_a_sign_in_that_spotify_ended_is_deleted_and_told_once_and_the_error_says_so() -> None:
    async def main() -> None:
        desk, vault = Desk(), Flaky()
        async with processes(desk, vault, 2) as (here, there):
            await here.accounts.adopt(ADA, signed_in(desk, "ada", "c1"))
            await there.accounts.settle(ADA)
            account = here.account(ADA)
            desk.revoke("ada")
            calls = [here.token(ADA) for _ in range(10)]
            errors = await asyncio.gather(*calls, return_exceptions=True)
            # And a call that has held the account since before.
            errors += await asyncio.gather(account.tokens.token(deadline=1e9), return_exceptions=True)
            for error in errors:
                assert isinstance(error, UnauthorisedError)
                assert (error.message, error.reason) == (SIGN_IN_ENDED, "SIGN_IN_NEEDED")
            assert await stored(vault, ADA.id) is None
            with pytest.raises(UnauthorisedError):
                await there.token(ADA)
            for process in (here, there):
                await process.accounts.settle(ADA)
                assert process.accounts.of(ADA) is None
                assert process.ended == ["user:ada.c1"]
            assert len(desk.asked) == 1

    run(main())


def test_a_new_sign_in_while_spotify_ends_the_old_one_is_not_deleted_with_it() -> None:
    async def main() -> None:
        desk, vault = Desk(), Flaky()
        async with processes(desk, vault, 2) as (here, there):
            await here.accounts.adopt(ADA, signed_in(desk, "ada", "c1"))
            desk.revoke("ada")
            call = asyncio.create_task(here.token(ADA))
            await asyncio.sleep(0.5)
            await there.accounts.adopt(ADA, signed_in(desk, "ada", "c2"))
            with pytest.raises(UpstreamUnavailableError, match="signed in anew"):
                await call
            assert await here.token(ADA) == desk.latest["ada"]
            assert here.ended == ["user:ada.c1"]

    run(main())


@pytest.mark.parametrize("sign_in_again", [True, False])
def test_what_was_renewed_for_a_sign_in_that_went_meanwhile_is_dropped(*, sign_in_again: bool) -> None:
    async def main() -> None:
        desk, vault = Desk(), Flaky()
        async with processes(desk, vault, 2) as (here, there):
            await here.accounts.adopt(ADA, signed_in(desk, "ada", "c1"))
            call = asyncio.create_task(here.token(ADA))
            await asyncio.sleep(0.5)
            if sign_in_again:
                await there.accounts.adopt(ADA, signed_in(desk, "eve", "c2"))
            else:
                await there.accounts.forget(ADA)
            with pytest.raises(UpstreamUnavailableError if sign_in_again else UnauthorisedError):
                await call
            kept = await stored(vault, ADA.id)
            assert kept is None if not sign_in_again else (kept is not None and kept.consent == "c2")
            assert here.ended == ["user:ada.c1"]

    run(main())


def test_a_sign_in_that_another_process_has_renewed_after_all_is_not_ended() -> None:
    async def main() -> None:
        desk, vault = Desk(), Flaky()
        async with processes(desk, vault, 1) as (one,):
            await one.accounts.adopt(ADA, signed_in(desk, "ada", "c1"))
            kept = await stored(vault, ADA.id)
            assert kept is not None
            desk.revoke("ada")
            call = asyncio.create_task(one.token(ADA))
            await asyncio.sleep(0.5)
            # It was paused for too long, and another process took the token meanwhile.
            renewed = replace(kept, refresh_token="r2", access_token="a2", expires_at=wall_clock() + 3600)
            await vault.put(KIND, ADA.id, renewed.encode())
            assert await call == "a2"
            assert await stored(vault, ADA.id) == renewed
            assert one.ended == []

    run(main())


def test_an_end_is_told_of_an_account_too_that_only_a_call_remembers() -> None:
    async def main() -> None:
        desk, vault = Desk(), Flaky()
        async with processes(desk, vault, 1, most=1) as (one,):
            await one.accounts.adopt(ADA, signed_in(desk, "ada", "c1"))
            tokens = one.account(ADA).tokens
            await one.accounts.adopt(BOB, signed_in(desk, "bob", "c2"))
            desk.revoke("ada")
            with pytest.raises(UnauthorisedError):
                await tokens.token(deadline=1e9)
            assert one.ended == ["user:ada.c1"]

    run(main())


def test_an_app_that_spotify_does_not_take_signs_nobody_out_and_is_not_offered_again_at_once() -> None:
    async def main() -> None:
        desk, vault = Desk(outcomes=[refusal("invalid_client", "Invalid client")]), Flaky()
        async with processes(desk, vault, 1) as (one,):
            await one.accounts.adopt(ADA, signed_in(desk, "ada", "c1"))
            for _ in range(3):
                with pytest.raises(UnauthorisedError, match="SPOTIFY_CLIENT_ID"):
                    await one.token(ADA)
            assert (len(desk.asked), one.ended) == (1, [])
            await asyncio.sleep(31)
            assert await one.token(ADA) == desk.latest["ada"]

    run(main())


def test_a_passing_failure_of_the_accounts_service_is_tried_again_by_the_next_call() -> None:
    async def main() -> None:
        desk, vault = Desk(outcomes=[LostError("reset"), refusal("server_error", status=503)]), Flaky()
        async with processes(desk, vault, 1) as (one,):
            await one.accounts.adopt(ADA, signed_in(desk, "ada", "c1"))
            for _ in range(2):
                with pytest.raises(UpstreamUnavailableError, match="try again shortly"):
                    await one.token(ADA)
            assert await one.token(ADA) == desk.latest["ada"]
            assert one.ended == []

    run(main())


def test_an_end_that_cannot_be_written_is_told_all_the_same() -> None:
    async def main() -> None:
        desk, vault = Desk(), Flaky()
        async with processes(desk, vault, 1) as (one,):
            await one.accounts.adopt(ADA, signed_in(desk, "ada", "c1"))
            desk.revoke("ada")
            vault.down = {"swap"}
            with pytest.raises(UnauthorisedError, match="sign-in has ended"):
                await one.token(ADA)
            assert one.ended == ["user:ada.c1"]
            assert one.accounts.of(ADA) is None

    run(main())
