"""In whose name calls are made: unknown, signed in, signed out meanwhile, not yet trusted, of limited scope."""

import asyncio
from collections.abc import Sequence

import pytest

from gateway.auth.accounts import Account
from gateway.call import Call
from gateway.catalogue import CATALOGUE
from gateway.client import SpotifyClient
from gateway.errors import ScopeMissingError, SpotifyError, UnauthorisedError, UpstreamUnavailableError
from gateway.identity import Identities
from gateway.params import render
from gateway.principal import LOCAL, Principal
from pipeline import CountingTokens, ScriptedTransport, answer, new_client
from virtual_time import run

A = "4cJPC6Y0d1ias1xK2lB9S2"
SAVED = "get-users-saved-tracks"


class Register:
    """Accounts that a test changes; `trouble` keeps them from being looked up."""

    def __init__(self, account: Account | None = None) -> None:
        self.account = account
        self.trouble: SpotifyError | None = None
        self.known: Account | None = None
        self.fresh = False
        self.settled_times = 0

    def of(self, principal: Principal) -> Account | None:
        del principal
        return self.known

    def settled(self, principal: Principal) -> bool:
        del principal
        return self.fresh

    async def settle(self, principal: Principal) -> None:
        del principal
        self.settled_times += 1
        await asyncio.sleep(0.01)
        if self.trouble:
            raise self.trouble
        self.known, self.fresh = self.account, True

    def invite(self, principal: Principal, scopes: Sequence[str]) -> str:
        del principal
        return f"Open the door for {' '.join(scopes) or 'all'}"


def client_of(register: Register, transport: ScriptedTransport) -> SpotifyClient:
    return new_client(transport, identities=Identities(CountingTokens(), register))


def signed_in(name: str = "ada.1", *, token: int = 50, trusted: bool = True, scopes: str | None = None) -> Account:
    granted = None if scopes is None else frozenset(scopes.split())
    return Account(name, CountingTokens(token), granted, trusted)


def network() -> ScriptedTransport:
    return ScriptedTransport(lambda *_: answer({"items": []}))


def test_who_calls_is_looked_up_before_the_first_call_and_believed_for_a_while() -> None:
    async def main() -> None:
        register, transport = Register(signed_in()), network()
        client = client_of(register, transport)
        for _ in range(2):
            await client.call(SAVED, [], principal=LOCAL)
        assert register.settled_times == 1
        assert transport.tokens == ["Bearer t50"]

    run(main())


def test_a_look_in_the_cache_believes_nothing_that_was_not_looked_up_lately() -> None:
    async def main() -> None:
        register, transport = Register(signed_in()), network()
        client = client_of(register, transport)
        await client.call(SAVED, [], principal=LOCAL)
        memo = client.memo(SAVED, [], principal=LOCAL)
        assert memo is not None
        assert client.glance(memo) is not None
        register.fresh = False
        assert client.glance(memo) is None
        register.account = None
        with pytest.raises(UnauthorisedError):
            await client.call(SAVED, [], principal=LOCAL)
        assert client.glance(memo) is None

    run(main())


def test_another_consent_never_sees_what_the_one_before_has_read() -> None:
    async def main() -> None:
        register, transport = Register(signed_in()), network()
        client = client_of(register, transport)
        await client.call(SAVED, [], principal=LOCAL)
        register.account, register.fresh = signed_in("ada.2", token=60), False
        assert (await client.call(SAVED, [], principal=LOCAL)).cache == "miss"
        assert transport.tokens == ["Bearer t50", "Bearer t60"]

    run(main())


def test_without_the_vault_only_what_needs_a_user_fails() -> None:
    async def main() -> None:
        register, transport = Register(signed_in()), network()
        client = client_of(register, transport)
        await client.call(SAVED, [], principal=LOCAL)
        register.fresh, register.trouble = False, UpstreamUnavailableError("The vault is away; try again shortly")
        with pytest.raises(UpstreamUnavailableError, match="The vault is away"):
            await client.call(SAVED, [], principal=LOCAL)
        await client.call("get-track", [("id", A)], principal=LOCAL)
        # In the app's name, for whoever was signed in may have signed out.
        assert transport.tokens == ["Bearer t50", "Bearer t1"]

    run(main())


def test_a_token_that_spotify_has_not_accepted_yet_is_shown_nothing_that_it_did_not_read() -> None:
    async def main() -> None:
        register, transport = Register(None), network()
        client = client_of(register, transport)
        await client.call("get-track", [("id", A)], principal=LOCAL)
        register.account, register.fresh = signed_in("guest.1", trusted=False), False
        assert (await client.call("get-track", [("id", A)], principal=LOCAL)).cache == "miss"
        assert transport.tokens == ["Bearer t1", "Bearer t50"]
        memo = client.memo("get-track", [("id", A)], principal=LOCAL)
        assert memo is not None
        register.known = signed_in("guest.2", trusted=False)
        assert client.glance(memo) is None
        register.known = signed_in("guest.2")
        assert client.glance(memo) is not None

    run(main())


def test_tokens_that_may_be_made_up_share_the_budget_as_one_caller_would() -> None:
    register, entry = Register(), CATALOGUE[SAVED]
    identities, payers = Identities(CountingTokens(), register), []
    for name, trusted in (("made-up", False), ("made-up too", False), ("ada", True), ("bob", True)):
        register.known = signed_in(name, trusted=trusted)
        call = Call(Principal(name), entry.priority, deadline=0)
        payers.append(identities.of(entry, render(entry, {}), call).payer)
    assert payers == ["untrusted", "untrusted", "ada", "bob"]


@pytest.mark.parametrize(
    ("granted", "allowed"),
    [("user-read-private", None), (None, "user-read-private"), ("user-library-read", "user-read-private")],
)
def test_a_missing_scope_is_named_with_the_way_to_it_at_no_cost(granted: str | None, allowed: str | None) -> None:
    async def main() -> None:
        register, transport = Register(signed_in(scopes=granted)), network()
        principal = Principal("ada", scopes=None if allowed is None else frozenset({allowed}))
        client = client_of(register, transport)
        with pytest.raises(ScopeMissingError) as refused:
            await client.call(SAVED, [], principal=principal)
        assert refused.value.scopes == ("user-library-read",)
        assert refused.value.message == "This needs user-library-read. Open the door for user-library-read"
        with pytest.raises(ScopeMissingError):
            client.estimate([(SAVED, [])], principal=principal)
        assert transport.sent == []

    run(main())


def test_scopes_that_nobody_knows_are_left_to_spotify() -> None:
    async def main() -> None:
        register, transport = Register(signed_in()), network()
        await client_of(register, transport).call(SAVED, [], principal=LOCAL)
        assert len(transport.sent) == 1

    run(main())
