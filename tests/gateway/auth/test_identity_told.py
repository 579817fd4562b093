"""What identity tells about itself is true, and names nobody."""

import asyncio
from dataclasses import replace

import pytest
from multidict import CIMultiDict

from gateway.auth.counted_callers import CountedCallers
from gateway.auth.seal import Seal
from gateway.auth.sealed_vault import SealedVault
from gateway.auth.shelf import Place
from gateway.auth.vault import VaultError
from gateway.auth.watched_shelf import WatchedShelf
from gateway.callers import Door
from gateway.errors import CredentialError, SpotifyError
from gateway.principal import Principal
from identity_record import IdentityRecord
from memory_shelf import MemoryShelf
from named_callers import NamedCallers
from sign_in_desk import EPOCH_S, Desk, Flaky, processes, signed_in
from vaults import Report
from virtual_time import run

ADA = Principal("user:ada")
DAY_S = 86_400.0


def test_sign_ins_sign_outs_and_renewals_are_told() -> None:
    async def main() -> None:
        desk, vault = Desk(), Flaky()
        async with processes(desk, vault, 2) as (here, there):
            await here.accounts.adopt(ADA, signed_in(desk, "ada", "c1"))
            await there.token(ADA)
            await asyncio.sleep(6)
            await here.token(ADA)
            await here.accounts.forget(ADA)
            await here.accounts.forget(ADA)
            assert ("signed in", ADA.id) == here.told[0]
            assert here.told.count(("signed out", ADA.id)) == 1
            outcomes = [event[2] for event in (*here.told, *there.told) if event[0] == "renewal"]
            assert outcomes == ["renewed"]

    run(main())


def test_the_end_of_a_consent_is_told_and_a_failure_is_none() -> None:
    async def main() -> None:
        desk, vault = Desk(), Flaky()
        async with processes(desk, vault, 1) as (one,):
            await one.accounts.adopt(ADA, replace(signed_in(desk, "ada", "c1"), refresh_token="revoked"))
            vault.down.add("get")
            account = one.account(ADA)
            with pytest.raises(SpotifyError):
                await account.tokens.token(deadline=asyncio.get_running_loop().time() + 20)
            vault.down.clear()
            with pytest.raises(SpotifyError):
                await one.token(ADA)
            assert [event[2] for event in one.told if event[0] == "renewal"] == ["failed", "ended"]

    run(main())


@pytest.mark.parametrize(("age_days", "told"), [(100, []), (164.9, []), (166, [("waning", ADA.id, 16)])])
def test_a_consent_that_grows_old_is_told_of(age_days: float, told: list[tuple[object, ...]]) -> None:
    async def main() -> None:
        desk, vault = Desk(), Flaky()
        async with processes(desk, vault, 1) as (one,):
            old = replace(signed_in(desk, "ada", "c1"), authorized_at=EPOCH_S - age_days * DAY_S)
            await one.accounts.adopt(ADA, old)
            assert one.accounts.days_left(ADA) == pytest.approx(182 - age_days, abs=0.1)
            one.told.clear()
            await one.accounts.settle(ADA)
            assert one.told == told
            assert one.accounts.days_left(Principal("user:bob")) is None

    run(main())


async def test_who_was_not_let_in_is_told_by_door_and_reason() -> None:
    record = IdentityRecord()
    callers = CountedCallers(NamedCallers({"ada": ADA}), record)
    known, stranger = (CIMultiDict({"Authorization": f"Bearer {name}"}) for name in ("ada", "eve"))
    assert await callers(known, Door.MCP) == callers.at_once(known, Door.MCP) == ADA
    assert callers.at_once(stranger, Door.MCP) is None
    assert callers.challenge(Door.MCP, ["a"])
    assert record == []
    with pytest.raises(CredentialError):
        await callers(stranger, Door.MCP)
    assert record == [("credential", Door.MCP, "CREDENTIAL_NEEDED")]


class Flimsy(MemoryShelf):
    """A shelf that can be out of reach."""

    down = False

    async def read(self, place: Place) -> bytes | None:
        if self.down:
            raise VaultError("out of reach")
        return await super().read(place)


async def test_each_failure_of_the_vault_is_told_and_nothing_else_changes() -> None:
    report, shelf = Report(), Flimsy()
    vault = SealedVault(WatchedShelf(shelf, report), Seal(b"s", purpose="p"), observer=report)
    await vault.put("kind", "key", b"value")
    assert await vault.count("kind") == 1
    shelf.down = True
    for act in (vault.get, vault.take, vault.delete):
        with pytest.raises(VaultError):
            await act("kind", "key")
    assert report == ["failed"] * 3
    shelf.down = False
    assert await vault.swap("kind", "key", b"other", expected=b"value")
    assert await vault.take("kind", "key") == b"other"
    await vault.close()
    assert shelf.closed
