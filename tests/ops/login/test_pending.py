"""What a redirect is worth."""

import asyncio

import pytest
from multidict import MultiDict

from gateway.errors import SignInRefusedError, UpstreamUnavailableError
from ops.login.pending import ForeignStateError, Pending
from sign_in_rig import GOOD, SIGN_IN, FakeAccounts, Safe
from virtual_time import run

URI = "http://127.0.0.1:8888/callback"
BACK = MultiDict({"code": GOOD, "state": "state-0"})


def pending(accounts: FakeAccounts, safe: Safe, *scopes: str) -> Pending:
    return Pending(accounts, URI, scopes, adopt=safe.keep)


def test_the_code_is_redeemed_once_and_what_it_is_worth_is_kept() -> None:
    async def main() -> None:
        accounts, safe = FakeAccounts(), Safe()
        assert await pending(accounts, safe).finish(BACK) is SIGN_IN
        assert accounts.redeemed == [("state-0", GOOD)]
        assert safe.kept == [SIGN_IN]

    run(main())


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"code": GOOD},
        {"code": GOOD, "state": ""},
        {"code": GOOD, "state": "state-1"},
        {"code": GOOD, "state": "STATE-0"},
        {"code": GOOD, "state": "ständig"},
        {"error": "access_denied", "state": "forged"},
        {"error": "access_denied"},
    ],
)
def test_a_forged_state_changes_nothing_and_the_right_one_still_counts(query: dict[str, str]) -> None:
    async def main() -> None:
        accounts, safe = FakeAccounts(), Safe()
        one = pending(accounts, safe)
        with pytest.raises(ForeignStateError):
            await one.finish(MultiDict(query))
        assert not accounts.redeemed
        assert await one.finish(BACK) is SIGN_IN

    run(main())


def test_two_states_are_none() -> None:
    async def main() -> None:
        with pytest.raises(ForeignStateError):
            await pending(FakeAccounts(), Safe()).finish(
                MultiDict([("code", GOOD), ("state", "state-0"), ("state", "state-0")])
            )

    run(main())


def test_a_redirect_counts_once_even_while_the_first_is_on_its_way() -> None:
    async def main() -> None:
        accounts, safe = FakeAccounts(gate=asyncio.Event()), Safe()
        one = pending(accounts, safe)
        first = asyncio.create_task(one.finish(BACK))
        await asyncio.sleep(0)
        with pytest.raises(ForeignStateError):
            await one.finish(BACK)
        assert accounts.gate is not None
        accounts.gate.set()
        assert await first is SIGN_IN
        with pytest.raises(ForeignStateError):
            await one.finish(BACK)
        assert len(accounts.redeemed) == 1

    run(main())


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ({"error": "access_denied"}, "permission was not given"),
        ({"error": "invalid_scope"}, "does not know one of the scopes"),
        ({"error": "weird_word"}, "refused with weird_word"),
        ({"error": "<script>"}, "refused with an unknown word"),
        ({"error": "access_denied", "code": GOOD}, "permission was not given"),
        ({}, "without a code"),
        ({"code": ""}, "without a code"),
    ],
)
def test_a_refusal_says_what_spotify_said_and_nothing_is_redeemed(query: dict[str, str], says: str) -> None:
    async def main() -> None:
        accounts, safe = FakeAccounts(), Safe()
        with pytest.raises(SignInRefusedError, match=says):
            await pending(accounts, safe).finish(MultiDict({"state": "state-0", **query}))
        assert not accounts.redeemed
        assert not safe.kept

    run(main())


def test_what_could_not_be_redeemed_is_not_offered_again() -> None:
    async def main() -> None:
        accounts, safe = FakeAccounts(failure=UpstreamUnavailableError("down")), Safe()
        one = pending(accounts, safe)
        with pytest.raises(UpstreamUnavailableError):
            await one.finish(BACK)
        accounts.failure = None
        with pytest.raises(ForeignStateError):
            await one.finish(BACK)

    run(main())


def test_asking_for_more_begins_anew_with_both_and_the_older_page_is_void() -> None:
    async def main() -> None:
        accounts, safe = FakeAccounts(), Safe()
        one = pending(accounts, safe, "a")
        one.widen(["a"])
        assert len(accounts.begun) == 1
        one.widen(["b"])
        assert one.scopes == {"a", "b"}
        with pytest.raises(ForeignStateError):
            await one.finish(BACK)
        assert await one.finish(MultiDict({"code": GOOD, "state": "state-1"})) is SIGN_IN

    run(main())
