import asyncio

import pytest

from gateway.oauth.errors import OAuthError
from gateway.oauth.ledger import Issued, LedgerConfig
from ledger_rig import ISSUER, SCOPES, LedgerRig
from limiter.inbound import InboundConfig
from virtual_time import run

DAY_S = 86_400.0
READ = frozenset({"user-library-read"})


async def refused(rig: LedgerRig, token: str, *, client_id: str = "app") -> None:
    with pytest.raises(OAuthError, match="invalid_grant") as caught:
        await rig.refresh(token, client_id=client_id)
    assert token not in str(caught.value)


async def is_alive(rig: LedgerRig, issued: Issued) -> bool:
    return await rig.is_good(issued.access_token)


def test_a_refresh_token_is_worth_new_ones_and_the_old_access_token_runs_out_by_itself() -> None:
    async def main() -> None:
        rig = LedgerRig()
        first = await rig.issued()
        rig.now += 899
        second = await rig.refresh(first.refresh_token)
        assert second.refresh_token != first.refresh_token
        assert second.grant == first.grant
        assert await is_alive(rig, first)
        rig.now += 1
        assert not await is_alive(rig, first)
        assert await is_alive(rig, second)

    run(main())


def test_a_refresh_token_that_comes_again_ends_the_family() -> None:
    async def main() -> None:
        rig = LedgerRig()
        first = await rig.issued()
        second = await rig.refresh(first.refresh_token)
        third = await rig.refresh(second.refresh_token)
        await refused(rig, first.refresh_token)
        assert not await is_alive(rig, third)
        await refused(rig, third.refresh_token)

    run(main())


def test_a_spent_refresh_token_is_still_known_as_one_after_months() -> None:
    async def main() -> None:
        rig = LedgerRig()
        first = latest = await rig.issued()
        for _ in range(3):
            rig.now += 80 * DAY_S
            latest = await rig.refresh(latest.refresh_token)
        await refused(rig, first.refresh_token)
        await refused(rig, latest.refresh_token)

    run(main())


def test_a_family_keeps_one_record_however_often_it_is_refreshed() -> None:
    async def main() -> None:
        rig = LedgerRig()
        latest = await rig.issued()
        for _ in range(50):
            rig.now += 901
            latest = await rig.refresh(latest.refresh_token)
        kept = [await rig.vault.count(kind) for kind in ("family", "families", "access", "code")]
        assert kept == [1, 1, 1, 0]

    run(main())


def test_a_refresh_token_that_nobody_uses_ends_after_ninety_days() -> None:
    async def main() -> None:
        rig = LedgerRig()
        first = await rig.issued()
        rig.now += 90 * DAY_S - 1
        second = await rig.refresh(first.refresh_token)
        rig.now += 90 * DAY_S
        await refused(rig, second.refresh_token)

    run(main())


def test_a_consent_ends_after_a_year_however_often_it_is_refreshed() -> None:
    async def main() -> None:
        rig = LedgerRig()
        begun = rig.now
        latest = await rig.issued()
        for day in range(80, 365, 80):
            rig.now = begun + day * DAY_S
            latest = await rig.refresh(latest.refresh_token)
        rig.now = begun + 365 * DAY_S - 100
        latest = await rig.refresh(latest.refresh_token)
        assert latest.expires_in_s == 100
        rig.now += 100
        assert not await is_alive(rig, latest)
        await refused(rig, latest.refresh_token)

    run(main())


def test_a_family_that_a_vault_keeps_too_long_is_over_all_the_same() -> None:
    async def main() -> None:
        rig = LedgerRig()
        issued = await rig.issued()
        kept = await rig.vault.inner.get("family", issued.grant.family)
        assert kept is not None
        await rig.vault.inner.put("family", issued.grant.family, kept)
        rig.now += 90 * DAY_S
        await refused(rig, issued.refresh_token)

    run(main())


def test_a_refresh_narrows_the_access_token_and_not_the_consent() -> None:
    async def main() -> None:
        rig = LedgerRig()
        first = await rig.issued()
        second = await rig.refresh(first.refresh_token, scopes=READ, audience=f"{ISSUER}/mcp")
        assert (second.grant.scopes, second.grant.audience) == (READ, f"{ISSUER}/mcp")
        assert await rig.ledger.check(second.access_token) == second.grant
        third = await rig.refresh(second.refresh_token)
        assert third.grant == first.grant

    run(main())


@pytest.mark.parametrize(
    ("scopes", "audience", "word"),
    [
        (SCOPES | {"playlist-modify-private"}, None, "invalid_scope"),
        (frozenset({"playlist-modify-private"}), None, "invalid_scope"),
        (None, f"{ISSUER}/v1", "invalid_target"),
        (None, ISSUER, "invalid_target"),
    ],
)
def test_a_refresh_never_widens_and_may_be_tried_again(
    scopes: frozenset[str] | None, audience: str | None, word: str
) -> None:
    async def main() -> None:
        rig = LedgerRig()
        first = await rig.issued(rig.grant(audience=f"{ISSUER}/mcp"))
        with pytest.raises(OAuthError) as caught:
            await rig.refresh(first.refresh_token, scopes=scopes, audience=audience)
        assert caught.value.code == word
        assert (await rig.refresh(first.refresh_token)).grant == first.grant

    run(main())


def test_another_client_gets_nothing_for_a_refresh_token_and_spoils_nothing() -> None:
    async def main() -> None:
        rig = LedgerRig()
        first = await rig.issued()
        await refused(rig, first.refresh_token, client_id="other")
        assert (await rig.refresh(first.refresh_token)).access_token

    run(main())


def test_a_spent_refresh_token_ends_the_family_whoever_sends_it() -> None:
    async def main() -> None:
        rig = LedgerRig()
        first = await rig.issued()
        second = await rig.refresh(first.refresh_token)
        await refused(rig, first.refresh_token, client_id="other")
        assert not await is_alive(rig, second)

    run(main())


@pytest.mark.parametrize("token", ["", "frt_", "frt_x.y", "x" * 5000, f"frt_{'a' * 43}.{'b' * 43}", "frt_é"])
def test_a_made_up_refresh_token_is_refused(token: str) -> None:
    async def main() -> None:
        with pytest.raises(OAuthError, match="invalid_grant"):
            await LedgerRig().refresh(token)

    run(main())


def test_an_access_token_refreshes_nothing_and_a_refresh_token_opens_nothing() -> None:
    async def main() -> None:
        rig = LedgerRig()
        issued = await rig.issued()
        await refused(rig, issued.access_token)
        assert not await rig.is_good(issued.refresh_token)
        assert await rig.is_good(issued.access_token)

    run(main())


def test_an_access_token_never_outlives_what_it_could_be_refreshed_with() -> None:
    async def main() -> None:
        rig = LedgerRig(LedgerConfig(access_s=900, refresh_s=300))
        assert (await rig.issued()).expires_in_s == 300

    run(main())


def test_a_program_that_renews_in_a_loop_is_held_back_and_keeps_its_token() -> None:
    async def main() -> None:
        rig = LedgerRig(LedgerConfig(renewals=InboundConfig(per_s=0.1, burst=3, wait_s=0)))
        latest, other = await rig.issued(), await rig.issued()
        for _ in range(3):
            latest = await rig.refresh(latest.refresh_token)
        for _ in range(2):
            with pytest.raises(OAuthError, match="in a loop") as caught:
                await rig.refresh(latest.refresh_token)
            assert caught.value.status == 429
        await rig.refresh(other.refresh_token)
        await asyncio.sleep(10)
        await rig.refresh(latest.refresh_token)

    run(main())
