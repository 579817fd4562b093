from collections.abc import Awaitable, Callable

import pytest

from gateway.oauth.errors import OAuthError
from gateway.oauth.ledger import Issued
from ledger_rig import LedgerRig
from virtual_time import run

Ask = Callable[[LedgerRig, str, Issued], Awaitable[object]]

EVERYTHING: dict[str, Ask] = {
    "mint": lambda rig, _code, _issued: rig.code(),
    "redeem": lambda rig, code, _issued: rig.redeem(code),
    "refresh": lambda rig, _code, issued: rig.refresh(issued.refresh_token),
    "check": lambda rig, _code, issued: rig.ledger.check(issued.access_token),
    "revoke access": lambda rig, _code, issued: rig.ledger.revoke(issued.access_token, client_id="app"),
    "revoke refresh": lambda rig, _code, issued: rig.ledger.revoke(issued.refresh_token, client_id="app"),
    "leave": lambda rig, _code, _issued: rig.ledger.end_principal("user:ada"),
}


@pytest.mark.parametrize("ask", EVERYTHING.values(), ids=EVERYTHING)
@pytest.mark.parametrize("turn", range(1, 5))
def test_what_cannot_be_looked_up_is_an_error_and_never_a_yes(ask: Ask, turn: int) -> None:
    async def main() -> None:
        rig = LedgerRig()
        issued, code = await rig.issued(), await rig.code()
        passed = 0

        async def fail(_: tuple[str, str]) -> None:
            nonlocal passed
            passed += 1
            rig.vault.down = passed >= turn

        rig.vault.before = fail
        try:
            await ask(rig, code, issued)
        except OAuthError as error:
            assert (error.code, error.status) == ("temporarily_unavailable", 503)
            assert passed >= turn
        else:
            # It needed fewer steps than that.
            assert passed < turn

    run(main())


def test_a_refresh_that_failed_may_be_tried_again() -> None:
    async def main(turn: int) -> None:
        rig = LedgerRig()
        issued = await rig.issued()
        passed = 0

        async def fail(_: tuple[str, str]) -> None:
            nonlocal passed
            passed += 1
            rig.vault.down = passed == turn

        rig.vault.before = fail
        with pytest.raises(OAuthError, match="temporarily_unavailable"):
            await rig.refresh(issued.refresh_token)
        rig.vault.before = rig.vault.after
        rig.vault.down = False
        assert (await rig.refresh(issued.refresh_token)).access_token

    for turn in range(1, 4):
        run(main(turn))


def test_a_leaving_that_failed_halfway_is_made_good_by_the_next() -> None:
    async def main() -> None:
        rig = LedgerRig()
        several = [await rig.issued() for _ in range(3)]

        async def fail(step: tuple[str, str]) -> None:
            rig.vault.down = step == ("delete", "family") and rig.vault.steps.count(step) == 2

        rig.vault.before = fail
        with pytest.raises(OAuthError, match="temporarily_unavailable"):
            await rig.ledger.end_principal("user:ada")
        await rig.ledger.end_principal("user:ada")
        assert not any([await rig.is_good(issued.access_token) for issued in several])

    run(main())


def test_what_was_believed_is_not_any_more_once_its_ending_was_asked_for() -> None:
    async def main() -> None:
        rig = LedgerRig()
        issued = await rig.issued()
        await rig.ledger.check(issued.access_token)
        rig.vault.down = True
        with pytest.raises(OAuthError, match="temporarily_unavailable"):
            await rig.ledger.end_principal("user:ada")
        assert rig.ledger.recall(issued.access_token) is None

    run(main())
