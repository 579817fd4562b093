import asyncio

import pytest

from gateway.auth.accounts import Account
from gateway.auth.pass_through import EitherAccounts, PassThrough
from gateway.errors import UnauthorisedError
from gateway.principal import LOCAL, Principal
from sign_in_desk import Desk, Flaky, processes, signed_in
from virtual_time import run

TOKEN = "BQhidden"


def bearers(most: int = 10_000) -> PassThrough:
    return PassThrough(secret=b"s" * 100, clock=asyncio.get_running_loop().time, most=most)


def account(accounts: PassThrough, principal: Principal) -> Account:
    return accounts.of(principal)


async def forgotten(accounts: PassThrough, principal: Principal) -> bool:
    """Tell whether a token is gone; its bearer is then refused, and not taken for somebody without a token."""
    found = accounts.of(principal)
    assert found.name == principal.id
    try:
        await found.tokens.token(deadline=0)
    except UnauthorisedError:
        return not found.trusted
    return False


def test_a_caller_calls_with_the_very_token_it_brought_and_is_nobody_else() -> None:
    async def main() -> None:
        accounts = bearers()
        one, other = accounts.admit(TOKEN), accounts.admit("BQother")
        assert one == accounts.admit(TOKEN) != other
        assert one.id.startswith("bearer:")
        assert TOKEN not in repr(one) + repr(account(accounts, one))
        assert account(accounts, one).name != account(accounts, other).name
        assert await account(accounts, one).tokens.token(deadline=0) == TOKEN
        assert accounts.settled(one)
        await accounts.settle(one)
        await accounts.close()

    run(main())


def test_who_a_token_makes_its_bearer_cannot_be_guessed_without_the_secret() -> None:
    async def main() -> None:
        one, other = (PassThrough(secret=secret, clock=lambda: 0.0) for secret in (b"a", b"b"))
        assert one.admit(TOKEN) != other.admit(TOKEN)
        await one.close()
        await other.close()

    run(main())


def test_a_token_is_trusted_once_spotify_has_answered_it_and_not_after_it_refused_it() -> None:
    async def main() -> None:
        accounts = bearers()
        bearer = accounts.admit(TOKEN)
        assert not account(accounts, bearer).trusted
        account(accounts, bearer).tokens.accept("BQother")
        assert not account(accounts, bearer).trusted
        account(accounts, bearer).tokens.accept(TOKEN)
        assert account(accounts, bearer).trusted
        account(accounts, accounts.admit(TOKEN)).tokens.reject(TOKEN)
        assert not account(accounts, bearer).trusted
        await accounts.close()

    run(main())


def test_a_refused_token_is_refused_again_in_spotifys_words_at_no_cost() -> None:
    async def main() -> None:
        accounts = bearers()
        bearer = accounts.admit(TOKEN)
        tokens = account(accounts, bearer).tokens
        tokens.reject("BQother")
        assert await tokens.token(deadline=0) == TOKEN
        tokens.reject(TOKEN)
        for provider in (tokens, account(accounts, accounts.admit(TOKEN)).tokens):
            with pytest.raises(UnauthorisedError) as caught:
                await provider.token(deadline=0)
            assert (caught.value.message, caught.value.reason) == ("The access token expired", "")
            # Nothing brings it back to life.
            provider.accept(TOKEN)
            assert not account(accounts, bearer).trusted
        await accounts.close()

    run(main())


def test_a_token_is_forgotten_an_hour_after_its_last_use_even_if_nobody_comes_any_more() -> None:
    async def main() -> None:
        accounts = bearers()
        bearer, other = accounts.admit(TOKEN), accounts.admit("BQother")
        await asyncio.sleep(1800)
        accounts.admit(TOKEN)
        await asyncio.sleep(1801)
        assert await forgotten(accounts, other)
        assert not await forgotten(accounts, bearer)
        await asyncio.sleep(1800)
        assert len(accounts) == 0
        # And again, for those who come later.
        accounts.admit(TOKEN)
        await asyncio.sleep(3601)
        assert len(accounts) == 0
        await accounts.close()

    run(main())


def test_of_many_tokens_those_used_last_are_kept() -> None:
    async def main() -> None:
        accounts = bearers(most=2)
        first, second = accounts.admit("1"), accounts.admit("2")
        accounts.admit("1")
        accounts.admit("3")
        assert not await forgotten(accounts, first)
        assert await forgotten(accounts, second)
        assert len(accounts) == 2
        await accounts.close()
        assert len(accounts) == 0
        await accounts.close()

    run(main())


def test_tokens_that_spotify_has_accepted_outlast_any_number_of_made_up_ones() -> None:
    async def main() -> None:
        accounts = bearers(most=2)
        good, better = accounts.admit("good"), accounts.admit("better")
        for token, bearer in (("good", good), ("better", better)):
            accounts.of(bearer).tokens.accept(token)
        made_up = [accounts.admit(f"made-up-{number}") for number in range(10)]
        assert [await forgotten(accounts, one) for one in (good, better)] == [False, False]
        assert [await forgotten(accounts, one) for one in made_up] == [True] * 8 + [False] * 2
        # What is accepted after it was forgotten is as new as before when it comes again.
        late = accounts.of(made_up[-1])
        accounts.admit("x")
        accounts.admit("y")
        late.tokens.accept("made-up-9")
        assert accounts.new(accounts.admit("made-up-9"))
        # Of those that are accepted, too, only so many are kept.
        third = accounts.admit("third")
        accounts.of(third).tokens.accept("third")
        assert [await forgotten(accounts, one) for one in (good, better, third)] == [True, False, False]
        await asyncio.sleep(3601)
        assert len(accounts) == 0
        await accounts.close()

    run(main())


def test_bearers_are_told_what_to_bring_and_all_others_are_asked_where_sign_ins_are_kept() -> None:
    async def main() -> None:
        desk = Desk()
        async with processes(desk, Flaky(), 1) as (one,):
            passing = bearers()
            both = EitherAccounts(passing, one.accounts)
            bearer = passing.admit(TOKEN)
            assert both.of(bearer) is passing.of(bearer)
            assert both.settled(bearer)
            await both.settle(bearer)
            assert both.invite(bearer, ["user-top-read"]) == (
                "Get an access token with the scopes user-top-read from Spotify, and send it as the bearer token."
            )
            assert both.invite(bearer, []) == "Get an access token from Spotify, and send it as the bearer token."
            assert not both.settled(LOCAL)
            await one.accounts.adopt(LOCAL, signed_in(desk, "ada", "c1"))
            await both.settle(LOCAL)
            assert both.of(LOCAL) is one.accounts.of(LOCAL) is not None
            assert "http://here/login" in both.invite(LOCAL, [])
            await passing.close()

    run(main())
