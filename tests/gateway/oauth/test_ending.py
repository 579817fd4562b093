from collections.abc import Awaitable, Callable

import pytest

from gateway.oauth.errors import OAuthError
from gateway.oauth.ledger import Issued, Ledger, LedgerConfig
from ledger_rig import LedgerRig
from virtual_time import run

End = Callable[[Ledger, Issued], Awaitable[None]]


async def by_access_token(ledger: Ledger, issued: Issued) -> None:
    await ledger.revoke(issued.access_token, client_id="app")


async def by_refresh_token(ledger: Ledger, issued: Issued) -> None:
    await ledger.revoke(issued.refresh_token, client_id="app")


async def without_a_client_id(ledger: Ledger, issued: Issued) -> None:
    await ledger.revoke(issued.refresh_token, client_id=None)


async def by_leaving(ledger: Ledger, issued: Issued) -> None:
    await ledger.end_principal(issued.grant.principal_id)


each_way = pytest.mark.parametrize("end", [by_access_token, by_refresh_token, without_a_client_id, by_leaving])


@each_way
def test_an_ending_ends_all_tokens_of_the_family(end: End) -> None:
    async def main() -> None:
        rig = LedgerRig()
        first = await rig.issued()
        second = await rig.refresh(first.refresh_token)
        await end(rig.ledger, second)
        assert not await rig.is_good(first.access_token)
        assert not await rig.is_good(second.access_token)
        with pytest.raises(OAuthError, match="invalid_grant"):
            await rig.refresh(second.refresh_token)

    run(main())


@each_way
def test_an_ending_is_seen_at_once_here_and_within_five_seconds_elsewhere(end: End) -> None:
    async def main() -> None:
        rig = LedgerRig()
        issued = await rig.issued()
        here, there = rig.ledger, rig.another_process()
        for ledger in (here, there):
            await ledger.check(issued.access_token)
        await end(here, issued)
        assert here.recall(issued.access_token) is None
        rig.now += 4.9
        assert there.recall(issued.access_token) == issued.grant
        rig.now += 0.1
        assert there.recall(issued.access_token) is None
        assert await there.check(issued.access_token) is None

    run(main())


@each_way
def test_an_answer_that_was_on_its_way_during_the_ending_is_not_believed(end: End) -> None:
    async def main() -> None:
        rig = LedgerRig()
        issued = await rig.issued()
        ledger = rig.ledger

        async def end_now(step: tuple[str, str]) -> None:
            if step == ("get", "family"):
                rig.vault.after = no_more
                await end(ledger, issued)

        async def no_more(step: tuple[str, str]) -> None:
            pass

        # The family was read alive; it ends before the answer is there.
        rig.vault.after = end_now
        await ledger.check(issued.access_token)
        assert ledger.recall(issued.access_token) is None
        assert await ledger.check(issued.access_token) is None

    run(main())


@each_way
def test_an_answer_from_during_the_ending_is_not_believed_after_it(end: End) -> None:
    async def main() -> None:
        rig = LedgerRig()
        issued = await rig.issued()
        ledger = rig.ledger

        async def check_meanwhile(step: tuple[str, str]) -> None:
            if step == ("delete", "family"):
                assert await ledger.check(issued.access_token) is not None

        rig.vault.before = check_meanwhile
        await end(ledger, issued)
        assert ledger.recall(issued.access_token) is None

    run(main())


def test_nothing_is_recalled_before_it_was_checked_nor_after_it_is_over() -> None:
    async def main() -> None:
        rig = LedgerRig(LedgerConfig(access_s=3))
        issued = await rig.issued()
        assert rig.ledger.recall(issued.access_token) is None
        await rig.ledger.check(issued.access_token)
        rig.now += 2.9
        assert rig.ledger.recall(issued.access_token) == issued.grant
        rig.now += 0.1
        assert rig.ledger.recall(issued.access_token) is None

    run(main())


def test_an_access_token_that_a_vault_keeps_too_long_is_over_all_the_same() -> None:
    async def main() -> None:
        rig = LedgerRig()
        issued = await rig.issued()
        kept = await rig.vault.inner.get("access", issued.access_token)
        assert kept is not None
        await rig.vault.inner.put("access", issued.access_token, kept)
        rig.now += 900
        assert not await rig.is_good(issued.access_token)

    run(main())


def test_the_five_seconds_begin_when_the_vault_is_asked() -> None:
    async def main() -> None:
        rig = LedgerRig()
        issued = await rig.issued()

        async def take_long(step: tuple[str, str]) -> None:
            if step == ("get", "family"):
                rig.now += 3

        rig.vault.after = take_long
        await rig.ledger.check(issued.access_token)
        rig.now += 1.9
        assert rig.ledger.recall(issued.access_token) is not None
        rig.now += 0.1
        assert rig.ledger.recall(issued.access_token) is None

    run(main())


def test_a_check_is_two_look_ups_and_a_recall_is_none() -> None:
    async def main() -> None:
        rig = LedgerRig()
        issued = await rig.issued()
        rig.vault.steps.clear()
        await rig.ledger.check(issued.access_token)
        rig.ledger.recall(issued.access_token)
        assert rig.vault.steps == [("get", "access"), ("get", "family")]

    run(main())


@pytest.mark.parametrize(
    "text", ["", "fat_", "fat_x", "nonsense", f"fat_{'a' * 43}\n", f"fgk_{'a' * 43}", "fat_é" * 9]
)
def test_what_is_no_token_of_ours_is_not_even_looked_up(text: str) -> None:
    async def main() -> None:
        rig = LedgerRig()
        assert await rig.ledger.check(text) is None
        await rig.ledger.revoke(text, client_id="app")
        assert rig.vault.steps == []

    run(main())


def test_an_unknown_token_is_not_good() -> None:
    async def main() -> None:
        rig = LedgerRig()
        await rig.issued()
        assert await rig.ledger.check(f"fat_{'a' * 43}") is None

    run(main())


def test_another_client_ends_nothing() -> None:
    async def main() -> None:
        rig = LedgerRig()
        issued = await rig.issued()
        await rig.ledger.revoke(issued.access_token, client_id="other")
        await rig.ledger.revoke(issued.refresh_token, client_id="other")
        assert await rig.is_good(issued.access_token)

    run(main())


def test_a_revocation_leaves_the_users_other_programs_alone() -> None:
    async def main() -> None:
        rig = LedgerRig()
        one, other = await rig.issued(), await rig.issued()
        await rig.ledger.revoke(one.access_token, client_id="app")
        assert await rig.is_good(other.access_token)

    run(main())


def test_who_leaves_ends_all_programs_and_codes_of_their_own_and_nobody_elses() -> None:
    async def main() -> None:
        rig = LedgerRig()
        several = [await rig.issued(rig.grant(client_id=name)) for name in ("one", "two", "three")]
        code = await rig.code()
        bobs = await rig.issued(rig.grant("user:bob"))
        await rig.ledger.end_principal("user:ada")
        assert not any([await rig.is_good(issued.access_token) for issued in several])
        with pytest.raises(OAuthError, match="invalid_grant"):
            await rig.redeem(code)
        assert await rig.is_good(bobs.access_token)

    run(main())


def test_who_left_may_come_again() -> None:
    async def main() -> None:
        rig = LedgerRig()
        await rig.issued()
        await rig.ledger.end_principal("user:ada")
        assert await rig.is_good((await rig.issued()).access_token)

    run(main())


def test_a_consent_during_the_leaving_is_ended_or_known_to_the_next_leaving() -> None:
    # Wherever the consent comes in between, no family may live on that the next leaving does not find.
    async def main(turn: int) -> None:
        rig = LedgerRig()
        await rig.issued()
        passed = 0

        async def consent(_: tuple[str, str]) -> None:
            nonlocal passed
            passed += 1
            if passed == turn:
                await rig.code()

        rig.vault.before = consent
        await rig.ledger.end_principal("user:ada")
        rig.vault.before = rig.vault.after
        await rig.ledger.end_principal("user:ada")
        assert await rig.vault.count("family") == 0

    for turn in range(1, 6):
        run(main(turn))


def test_a_leaving_during_the_consent_leaves_nothing_unknown() -> None:
    async def main(turn: int) -> None:
        rig = LedgerRig()
        await rig.issued()
        passed = 0

        async def leave(_: tuple[str, str]) -> None:
            nonlocal passed
            passed += 1
            if passed == turn:
                await rig.another_process().end_principal("user:ada")

        rig.vault.before = leave
        await rig.code()
        rig.vault.before = rig.vault.after
        await rig.ledger.end_principal("user:ada")
        assert await rig.vault.count("family") == 0

    for turn in range(1, 6):
        run(main(turn))


def test_of_too_many_consents_the_oldest_that_lives_ends() -> None:
    async def main() -> None:
        rig = LedgerRig()
        first, second, third = [await rig.issued() for _ in range(3)]
        await rig.ledger.revoke(second.access_token, client_id="app")
        # The one that has ended makes room before any other has to.
        others = [await rig.issued() for _ in range(62)]
        assert await rig.is_good(first.access_token)
        await rig.issued()
        assert not await rig.is_good(first.access_token)
        assert await rig.is_good(third.access_token)
        await rig.ledger.end_principal("user:ada")
        assert not any([await rig.is_good(issued.access_token) for issued in others])

    run(main())
