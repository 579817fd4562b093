"""Two who come at the same time, at every point at which they can meet."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from gateway.oauth.errors import OAuthError
from gateway.oauth.ledger import Issued
from ledger_rig import LedgerRig
from virtual_time import run


async def outcome(attempt: Awaitable[Issued]) -> Issued | str:
    """What an attempt comes to: tokens, or an error word."""
    try:
        return await attempt
    except OAuthError as error:
        return error.code


async def meet_at(
    rig: LedgerRig, turn: int, attempt: Callable[[], Awaitable[Issued]]
) -> tuple[Issued | str, Issued | str]:
    """Let one attempt run; before its step number `turn` another one runs from beginning to end."""
    passed = 0
    second: Issued | str = ""

    async def step(_: tuple[str, str]) -> None:
        nonlocal passed, second
        passed += 1
        if passed == turn:
            rig.vault.before = rig.vault.after
            second = await outcome(attempt())

    rig.vault.before = step
    first = await outcome(attempt())
    rig.vault.before = rig.vault.after
    return first, second


@pytest.mark.parametrize("turn", range(1, 4))
def test_of_two_who_refresh_with_one_token_none_keeps_anything(turn: int) -> None:
    async def main() -> None:
        rig = LedgerRig()
        issued = await rig.issued()
        outcomes = await meet_at(rig, turn, lambda: rig.refresh(issued.refresh_token))
        assert sum(isinstance(one, Issued) for one in outcomes) == 1
        assert "invalid_grant" in outcomes
        assert not await rig.is_good(issued.access_token)
        for one in outcomes:
            if isinstance(one, Issued):
                assert not await rig.is_good(one.access_token)

    run(main())


@pytest.mark.parametrize("turn", range(1, 6))
def test_of_two_who_redeem_one_code_none_keeps_anything(turn: int) -> None:
    async def main() -> None:
        rig = LedgerRig()
        code = await rig.code()
        outcomes = await meet_at(rig, turn, lambda: rig.redeem(code))
        assert sum(isinstance(one, Issued) for one in outcomes) <= 1
        assert "invalid_grant" in outcomes
        assert await rig.vault.count("family") == 0
        for one in outcomes:
            if isinstance(one, Issued):
                assert not await rig.is_good(one.access_token)

    run(main())


def test_of_many_who_refresh_with_one_token_one_wins_and_loses_it_again() -> None:
    async def main() -> None:
        rig = LedgerRig()
        issued = await rig.issued()

        async def wait(_: tuple[str, str]) -> None:
            await asyncio.sleep(0)

        rig.vault.before = wait
        outcomes = await asyncio.gather(*(outcome(rig.refresh(issued.refresh_token)) for _ in range(8)))
        won = [one for one in outcomes if isinstance(one, Issued)]
        assert len(won) == 1
        assert not await rig.is_good(won[0].access_token)

    run(main())


@pytest.mark.parametrize("turn", range(1, 4))
def test_a_family_that_ends_during_a_refresh_stays_ended(turn: int) -> None:
    async def main() -> None:
        rig = LedgerRig()
        issued = await rig.issued()
        passed = 0

        async def step(_: tuple[str, str]) -> None:
            nonlocal passed
            passed += 1
            if passed == turn:
                await rig.vault.inner.delete("family", issued.grant.family)

        rig.vault.before = step
        result = await outcome(rig.refresh(issued.refresh_token))
        rig.vault.before = rig.vault.after
        assert result == "invalid_grant"
        assert await rig.vault.count("family") == 0

    run(main())


def test_two_consents_of_one_user_at_once_are_both_known() -> None:
    async def main() -> None:
        rig = LedgerRig()

        async def wait(_: tuple[str, str]) -> None:
            await asyncio.sleep(0)

        rig.vault.before = wait
        await asyncio.gather(*(rig.code() for _ in range(5)))
        assert await rig.vault.count("family") == 5
        await rig.ledger.end_principal("user:ada")
        assert await rig.vault.count("family") == 0

    run(main())


def test_a_consent_that_never_gets_its_turn_is_refused_and_not_left_open() -> None:
    async def main() -> None:
        rig = LedgerRig()

        async def meddle(step: tuple[str, str]) -> None:
            if step == ("swap", "families"):
                await rig.vault.inner.put("families", "user:ada", rig.secret().encode())

        rig.vault.before = meddle
        with pytest.raises(OAuthError, match="temporarily_unavailable"):
            await rig.code()
        rig.vault.before = rig.vault.after
        assert await rig.vault.count("code") == 0
        rig.now += 121
        assert await rig.vault.count("family") == 0

    run(main())


def test_a_leaving_that_never_gets_its_turn_says_so() -> None:
    async def main() -> None:
        rig = LedgerRig()
        issued = await rig.issued()

        async def meddle(step: tuple[str, str]) -> None:
            if step == ("swap", "families"):
                await rig.vault.inner.put("families", "user:ada", rig.secret().encode())

        rig.vault.before = meddle
        with pytest.raises(OAuthError, match="temporarily_unavailable"):
            await rig.ledger.end_principal("user:ada")
        assert not await rig.is_good(issued.access_token)

    run(main())


@pytest.mark.parametrize("step", [("get", "family"), ("put", "access"), ("swap", "family")])
def test_a_client_that_hangs_up_before_its_token_is_spent_may_use_it_again(step: tuple[str, str]) -> None:
    async def main() -> None:
        rig = LedgerRig()
        issued = await rig.issued()

        async def stand_still(at: tuple[str, str]) -> None:
            if at == step:
                await asyncio.get_running_loop().create_future()

        rig.vault.before = stand_still
        task = asyncio.ensure_future(rig.refresh(issued.refresh_token))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        rig.vault.before = rig.vault.after
        assert (await rig.refresh(issued.refresh_token)).access_token

    run(main())
