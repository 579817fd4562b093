"""The ledger on the vaults that it is used with: sealed, in a file, in a Redis, by several at once."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.auth.vault import Vault
from gateway.oauth.errors import OAuthError
from gateway.oauth.grant import Grant
from gateway.oauth.ledger import Issued, Ledger, LedgerConfig
from ledger_rig import ISSUER, REDIRECT, SCOPES, VERIFIER, challenge_of
from vaults import world


def ledger_on(vault: Vault) -> Ledger:
    return Ledger(vault, LedgerConfig(), wall_clock=time.time, clock=time.monotonic, secret=text)


def text() -> str:
    return secrets.token_urlsafe(32)


async def issued_by(ledger: Ledger) -> Issued:
    grant = Grant(principal_id="user:ada", client_id="app", scopes=SCOPES, audience=ISSUER, family=text())
    code = await ledger.mint_code(grant, redirect_uri=REDIRECT, challenge=challenge_of(VERIFIER))
    return await ledger.redeem(code, client_id="app", redirect_uri=REDIRECT, verifier=VERIFIER, audience=None)


@pytest.fixture(params=["memory", "file", "redis"])
async def vault(request: pytest.FixtureRequest, tmp_path: Path, redis_url: str) -> AsyncIterator[Vault]:
    async with world(request.param, tmp_path, redis_url) as made:
        yield made.vault


async def test_a_consent_lives_is_refreshed_and_ends(vault: Vault) -> None:
    ledger = ledger_on(vault)
    first = await issued_by(ledger)
    second = await ledger.refresh(first.refresh_token, client_id="app", scopes=None, audience=None)
    assert await ledger.check(second.access_token) == first.grant
    await ledger_on(vault).end_principal("user:ada")
    assert await ledger_on(vault).check(second.access_token) is None


async def test_of_many_who_race_with_one_refresh_token_one_wins_and_the_family_ends(vault: Vault) -> None:
    first = await issued_by(ledger_on(vault))
    attempts = (
        ledger_on(vault).refresh(first.refresh_token, client_id="app", scopes=None, audience=None)
        for _ in range(20)
    )
    outcomes = await asyncio.gather(*attempts, return_exceptions=True)
    won = [one for one in outcomes if isinstance(one, Issued)]
    assert len(won) == 1
    assert all(isinstance(one, OAuthError) and one.code == "invalid_grant" for one in outcomes if one not in won)
    for one in (first, *won):
        assert await ledger_on(vault).check(one.access_token) is None
