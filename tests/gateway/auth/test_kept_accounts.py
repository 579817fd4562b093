import asyncio
from dataclasses import replace

import pytest

from gateway.auth.kept_accounts import fixed_sign_in
from gateway.auth.sign_in import KIND, SignIn
from gateway.errors import UnauthorisedError, UpstreamTimeoutError, UpstreamUnavailableError
from gateway.principal import LOCAL, Principal
from gateway.transport import LostError
from sign_in_desk import Desk, Flaky, Process, processes, refusal, signed_in, wall_clock
from virtual_time import run

ADA = Principal("user:ada")
BOB = Principal("user:bob")
DAY_S = 86_400.0


async def stored(vault: Flaky, key: str = ADA.id) -> SignIn | None:
    raw = await vault.get(KIND, key)
    return None if raw is None else SignIn.decode(raw)


# --- who has signed in


def test_whoever_signs_in_is_known_at_once_here_and_within_five_seconds_elsewhere() -> None:
    async def main() -> None:
        desk, vault = Desk(), Flaky()
        async with processes(desk, vault, 2) as (here, there):
            for process in (here, there):
                await process.accounts.settle(ADA)
                assert process.accounts.settled(ADA)
                assert process.accounts.of(ADA) is None
            await here.accounts.adopt(ADA, signed_in(desk, "ada", "c1"))
            account = here.accounts.of(ADA)
            assert account is not None
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
            account = one.accounts.of(ADA)
            assert account is not None
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
            assert await stored(vault) is None

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
            account = there.accounts.of(ADA)
            assert account is not None
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
            account = one.accounts.of(ADA)
            assert account is not None
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
            assert await stored(vault) == await one.accounts.kept(ADA)
            assert (await one.accounts.kept(ADA) or SignIn(consent="", refresh_token="")).user_id == ""

    run(main())


def test_the_scopes_of_an_account_are_those_that_spotify_said_last() -> None:
    async def main() -> None:
        desk, vault = Desk(), Flaky()
        async with processes(desk, vault, 2) as (here, there):
            await here.accounts.adopt(ADA, signed_in(desk, "ada", "c1"))
            await there.accounts.settle(ADA)
            account = here.accounts.of(ADA)
            assert account is not None
            assert account.scopes is None
            await here.token(ADA)
            await asyncio.sleep(5)
            await there.accounts.settle(ADA)
            for process in (here, there):
                account = process.accounts.of(ADA)
                assert account is not None
                assert account.scopes == frozenset({"user-library-read", "user-top-read"})

    run(main())


# --- tokens


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
            kept = await stored(vault)
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
            tokens = (one.accounts.of(ADA) or pytest.fail()).tokens
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
            without = (one.accounts.of(ADA) or pytest.fail()).tokens
            # The account is forgotten here, while some call still has it, and found again with a token.
            await one.accounts.adopt(BOB, signed_in(desk, "bob", "c2"))
            old = await there.token(ADA)
            await one.accounts.settle(ADA)
            refused = (one.accounts.of(ADA) or pytest.fail()).tokens
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
            kept = await stored(vault)
            assert kept is not None
            elsewhere = replace(kept, access_token="elsewhere", expires_at=kept.expires_at - 600)
            await vault.put(KIND, ADA.id, elsewhere.encode())
            (one.accounts.of(ADA) or pytest.fail()).tokens.reject(old)
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
        kept = await stored(vault)
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


# --- a sign-in ends


def test_a_sign_in_that_spotify_ended_is_deleted_and_told_once_and_the_invitation_is_the_error() -> None:
    async def main() -> None:
        desk, vault = Desk(), Flaky()
        async with processes(desk, vault, 2) as (here, there):
            await here.accounts.adopt(ADA, signed_in(desk, "ada", "c1"))
            await there.accounts.settle(ADA)
            account = here.accounts.of(ADA)
            assert account is not None
            desk.revoke("ada")
            calls = [here.token(ADA) for _ in range(10)]
            errors = await asyncio.gather(*calls, return_exceptions=True)
            # And a call that has held the account since before.
            errors += await asyncio.gather(account.tokens.token(deadline=1e9), return_exceptions=True)
            for error in errors:
                assert isinstance(error, UnauthorisedError)
                assert (error.message, error.reason) == (
                    "Sign in at http://here/login as user:ada",
                    "SIGN_IN_NEEDED",
                )
            assert await stored(vault) is None
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
            kept = await stored(vault)
            assert kept is None if not sign_in_again else (kept is not None and kept.consent == "c2")
            assert here.ended == ["user:ada.c1"]

    run(main())


def test_a_sign_in_that_another_process_has_renewed_after_all_is_not_ended() -> None:
    async def main() -> None:
        desk, vault = Desk(), Flaky()
        async with processes(desk, vault, 1) as (one,):
            await one.accounts.adopt(ADA, signed_in(desk, "ada", "c1"))
            kept = await stored(vault)
            assert kept is not None
            desk.revoke("ada")
            call = asyncio.create_task(one.token(ADA))
            await asyncio.sleep(0.5)
            # It was paused for too long, and another process took the token meanwhile.
            renewed = replace(kept, refresh_token="r2", access_token="a2", expires_at=wall_clock() + 3600)
            await vault.put(KIND, ADA.id, renewed.encode())
            assert await call == "a2"
            assert await stored(vault) == renewed
            assert one.ended == []

    run(main())


def test_an_end_is_told_of_an_account_too_that_only_a_call_remembers() -> None:
    async def main() -> None:
        desk, vault = Desk(), Flaky()
        async with processes(desk, vault, 1, most=1) as (one,):
            await one.accounts.adopt(ADA, signed_in(desk, "ada", "c1"))
            tokens = (one.accounts.of(ADA) or pytest.fail()).tokens
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
            with pytest.raises(UnauthorisedError, match="Sign in at"):
                await one.token(ADA)
            assert one.ended == ["user:ada.c1"]
            assert one.accounts.of(ADA) is None

    run(main())


# --- the vault fails after Spotify has rotated


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
            kept = await stored(vault)
            assert kept is not None
            assert desk.good[kept.refresh_token] == "ada"
            assert set(desk.spent.values()) == {1}
            assert one.ended == []

    run(main())


def test_what_could_not_be_written_is_written_as_soon_as_it_can_be_without_any_call() -> None:
    async def main() -> None:
        desk, vault = Desk(), Flaky()
        async with processes(desk, vault, 2) as (here, there):
            await here.accounts.adopt(ADA, signed_in(desk, "ada", "c1"))
            vault.down = {"swap"}
            with pytest.raises(UpstreamUnavailableError):
                await here.token(ADA)
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
            await one.accounts.adopt(ADA, signed_in(desk, "ada", "c1"))
            vault.down = {"swap"}
            with pytest.raises(UpstreamUnavailableError):
                await one.token(ADA)
            vault.down = set()
        kept = await stored(vault)
        assert kept is not None
        assert desk.good[kept.refresh_token] == "ada"

    run(main())


def test_what_could_not_be_written_is_dropped_when_the_user_signed_out_meanwhile() -> None:
    async def main() -> None:
        desk, vault = Desk(), Flaky()
        async with processes(desk, vault, 1) as (one,):
            await one.accounts.adopt(ADA, signed_in(desk, "ada", "c1"))
            vault.down = {"swap"}
            with pytest.raises(UpstreamUnavailableError):
                await one.token(ADA)
            vault.down = set()
            await one.accounts.forget(ADA)
            await asyncio.sleep(60)
            assert await stored(vault) is None

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
            account = there.accounts.of(ADA)
            assert account is not None
            account.tokens.reject(old)
            assert await there.token(ADA) == desk.latest["ada"] != old
            await asyncio.sleep(60)
            kept = await stored(vault)
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
            kept = await stored(vault)
            assert kept is not None
            assert kept.consent == "c2"

    run(main())


# --- FERMATA_REFRESH_TOKEN


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
            account = one.accounts.of(LOCAL)
            assert account is not None
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
            with pytest.raises(UnauthorisedError, match="Sign in at"):
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
