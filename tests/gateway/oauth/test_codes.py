import pytest

from gateway.oauth.errors import OAuthError
from ledger_rig import ISSUER, REDIRECT, SCOPES, VERIFIER, LedgerRig, challenge_of
from virtual_time import run


async def refused(rig: LedgerRig, code: str, **how: str) -> str:
    """The error word that redeeming a code comes to."""
    with pytest.raises(OAuthError) as caught:
        await rig.redeem(code, **how)
    assert code not in str(caught.value)
    return caught.value.code


def test_a_code_is_worth_tokens_for_what_was_granted() -> None:
    async def main() -> None:
        rig = LedgerRig()
        grant = rig.grant()
        issued = await rig.issued(grant)
        assert issued.access_token.startswith("fat_")
        assert issued.refresh_token.startswith("frt_")
        assert issued.expires_in_s == 900
        assert issued.grant == grant
        assert await rig.ledger.check(issued.access_token) == grant

    run(main())


def test_nothing_of_tokens_and_families_shows_in_their_text() -> None:
    async def main() -> None:
        rig = LedgerRig()
        issued = await rig.issued()
        assert issued.access_token not in repr(issued)
        assert issued.refresh_token not in repr(issued)
        assert issued.grant.family not in repr(issued)

    run(main())


@pytest.mark.parametrize(
    "how",
    [
        {"client_id": "other"},
        {"redirect_uri": "http://127.0.0.1:6274/callback/"},
        {"redirect_uri": ""},
        {"verifier": "w" * 43},
        {"verifier": challenge_of(VERIFIER)},
        {"verifier": ""},
    ],
)
def test_a_code_is_worth_nothing_to_anybody_else_and_then_to_nobody(how: dict[str, str]) -> None:
    async def main() -> None:
        rig = LedgerRig()
        code = await rig.code()
        assert await refused(rig, code, **how) == "invalid_grant"
        assert await rig.vault.count("family") == 0
        assert await refused(rig, code) == "invalid_grant"

    run(main())


@pytest.mark.parametrize("verifier", ["v" * 42, "v" * 129, "v" * 42 + "!", "v" * 42 + "é", "v" * 43 + "\n"])
def test_a_verifier_that_is_none_does_not_do_even_if_its_hash_fits(verifier: str) -> None:
    async def main() -> None:
        rig = LedgerRig()
        code = await rig.ledger.mint_code(rig.grant(), redirect_uri=REDIRECT, challenge=challenge_of(verifier))
        assert await refused(rig, code, verifier=verifier) == "invalid_grant"

    run(main())


@pytest.mark.parametrize("verifier", ["v" * 43, "-._~" * 32])
def test_the_shortest_and_the_longest_verifier_do(verifier: str) -> None:
    async def main() -> None:
        rig = LedgerRig()
        code = await rig.ledger.mint_code(rig.grant(), redirect_uri=REDIRECT, challenge=challenge_of(verifier))
        assert (await rig.redeem(code, verifier=verifier)).access_token

    run(main())


def test_a_client_need_not_repeat_the_redirect_uri() -> None:
    async def main() -> None:
        rig = LedgerRig()
        assert (await rig.redeem(await rig.code(), redirect_uri=None)).access_token

    run(main())


def test_a_code_is_good_for_a_minute() -> None:
    async def main() -> None:
        rig = LedgerRig()
        code, another = await rig.code(), await rig.code()
        rig.now += 59.9
        assert (await rig.redeem(code)).access_token
        rig.now += 0.2
        assert await refused(rig, another) == "invalid_grant"

    run(main())


def test_a_code_that_a_vault_keeps_too_long_is_over_all_the_same() -> None:
    async def main() -> None:
        rig = LedgerRig()
        code = await rig.code()
        kept = await rig.vault.inner.get("code", code)
        assert kept is not None
        await rig.vault.inner.put("code", code, kept)
        rig.now += 60.0
        assert await refused(rig, code) == "invalid_grant"

    run(main())


@pytest.mark.parametrize("later_s", [0.0, 119.0])
def test_a_code_that_comes_again_ends_what_was_issued_for_it(later_s: float) -> None:
    async def main() -> None:
        rig = LedgerRig()
        code = await rig.code()
        issued = await rig.redeem(code)
        rig.now += later_s
        assert await refused(rig, code) == "invalid_grant"
        assert not await rig.is_good(issued.access_token)
        with pytest.raises(OAuthError, match="invalid_grant"):
            await rig.refresh(issued.refresh_token)

    run(main())


def test_a_code_that_comes_again_leaves_other_consents_alone() -> None:
    async def main() -> None:
        rig = LedgerRig()
        other = await rig.issued()
        code = await rig.code()
        await rig.redeem(code)
        await refused(rig, code)
        assert await rig.is_good(other.access_token)

    run(main())


@pytest.mark.parametrize(
    "text", ["", "x", "nobody_made_this_code_up_to_now_0123456789", "a b", "é" * 43, "x" * 5000]
)
def test_a_made_up_code_is_refused(text: str) -> None:
    async def main() -> None:
        with pytest.raises(OAuthError, match="invalid_grant"):
            await LedgerRig().redeem(text)

    run(main())


def test_a_token_may_be_for_a_part_of_what_was_granted() -> None:
    async def main() -> None:
        rig = LedgerRig()
        issued = await rig.redeem(await rig.code(), audience=f"{ISSUER}/mcp")
        assert issued.grant.audience == f"{ISSUER}/mcp"
        # The consent itself stays whole.
        assert (await rig.refresh(issued.refresh_token)).grant.audience == ISSUER

    run(main())


@pytest.mark.parametrize("audience", [ISSUER, f"{ISSUER}/v1"])
def test_a_token_is_never_for_more_than_was_granted(audience: str) -> None:
    async def main() -> None:
        rig = LedgerRig()
        code = await rig.code(rig.grant(audience=f"{ISSUER}/mcp"))
        assert await refused(rig, code, audience=audience) == "invalid_target"

    run(main())


@pytest.mark.parametrize("challenge", ["", "short", "x" * 44, "x" * 42 + "="])
def test_a_code_without_a_challenge_is_never_made(challenge: str) -> None:
    async def main() -> None:
        rig = LedgerRig()
        with pytest.raises(ValueError, match="S256"):
            await rig.ledger.mint_code(rig.grant(), redirect_uri=REDIRECT, challenge=challenge)

    run(main())


@pytest.mark.parametrize("family", ["", "easy", "with a space that is long enough", "x" * 65, "dots." * 8])
def test_a_family_that_could_be_guessed_is_never_made(family: str) -> None:
    async def main() -> None:
        rig = LedgerRig()
        grant = rig.grant()
        weak = type(grant)(principal_id="user:ada", client_id="app", scopes=SCOPES, audience=ISSUER, family=family)
        with pytest.raises(ValueError, match="family"):
            await rig.code(weak)

    run(main())


def test_a_grant_is_good_for_one_code() -> None:
    async def main() -> None:
        rig = LedgerRig()
        grant = rig.grant()
        await rig.code(grant)
        with pytest.raises(ValueError, match="family"):
            await rig.code(grant)

    run(main())
