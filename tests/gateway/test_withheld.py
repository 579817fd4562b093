"""Two programs of one user, of whom one was allowed more: it alone gets more, and changes more."""

from collections.abc import Iterable

import orjson
import pytest

from gateway.auth.accounts import Account
from gateway.client import SpotifyClient
from gateway.errors import ScopeMissingError
from gateway.identity import Identities
from gateway.principal import Principal
from pipeline import CountingTokens, KnownAccounts, ScriptedTransport, answer, new_client
from virtual_time import run

LIST = "37i9dQZF1DXcBWIGoYBM5M"
ME = "get-current-users-profile"
EMAIL, PRIVATE = "user-read-email", "user-read-private"
SEE_PRIVATE, SEE_SHARED = "playlist-read-private", "playlist-read-collaborative"
CHANGE_PUBLIC, CHANGE_PRIVATE = "playlist-modify-public", "playlist-modify-private"
EVERYTHING = (EMAIL, PRIVATE, SEE_PRIVATE, SEE_SHARED, CHANGE_PUBLIC, CHANGE_PRIVATE)
PROFILE = {"id": "ada", "display_name": "Ada", "email": "ada@x.example", "country": "SE", "product": "premium"}


class OneUser(KnownAccounts):
    """Everybody is the same user, whose token carries `scopes`."""

    def __init__(self, scopes: Iterable[str]) -> None:
        super().__init__({})
        self.account = Account("ada.1", CountingTokens(50), frozenset(scopes))

    def of(self, principal: Principal) -> Account:
        del principal
        return self.account


def program(name: str, *scopes: str) -> Principal:
    return Principal("user:ada", name, frozenset(scopes))


WIDE = program("wide", *EVERYTHING)


def network() -> ScriptedTransport:
    return ScriptedTransport(lambda _, url: answer(PROFILE if url.endswith("/me") else {"items": []}))


def client_of(transport: ScriptedTransport, granted: Iterable[str] = EVERYTHING) -> SpotifyClient:
    return new_client(transport, identities=Identities(CountingTokens(), OneUser(granted)))


@pytest.mark.parametrize(
    ("allowed", "seen"),
    [
        ((CHANGE_PUBLIC,), {"id", "display_name"}),
        ((EMAIL,), {"id", "display_name", "email"}),
        ((PRIVATE,), {"id", "display_name", "country", "product"}),
        ((EMAIL, PRIVATE), set(PROFILE)),
    ],
)
def test_a_profile_shows_a_program_only_what_it_was_allowed(allowed: tuple[str, ...], seen: set[str]) -> None:
    async def main() -> None:
        client, narrow = client_of(network()), program("narrow", *allowed)
        for caller, members in ((narrow, seen), (WIDE, set(PROFILE)), (narrow, seen)):
            assert set(orjson.loads((await client.call(ME, [], principal=caller)).body)) == members

    run(main())


def test_a_profile_in_memory_is_not_glanced_at_by_a_program_that_may_see_less() -> None:
    async def main() -> None:
        client, narrow = client_of(network()), program("narrow", CHANGE_PUBLIC)
        await client.call(ME, [], principal=WIDE)
        memo, wide = client.memo(ME, [], principal=narrow), client.memo(ME, [], principal=WIDE)
        assert memo is not None
        assert wide is not None
        assert client.glance(memo) is None
        assert client.glance(wide) is not None

    run(main())


@pytest.mark.parametrize("endpoint", ["get-playlist", "get-playlists-items", "get-playlists-tracks"])
def test_a_program_that_may_not_see_private_playlists_sees_what_anybody_sees(endpoint: str) -> None:
    async def main() -> None:
        transport = network()
        client, narrow = client_of(transport), program("narrow", PRIVATE)
        asked = [("playlist_id", LIST)]
        await client.call(endpoint, asked, principal=WIDE)
        reply = await client.call(endpoint, asked, principal=narrow, partial_ok=True)
        assert reply.cache == "miss"
        assert transport.tokens == ["Bearer t50", "Bearer t1"]
        memo = client.memo(endpoint, asked, principal=narrow)
        assert memo is not None
        glanced = client.glance(memo)
        assert glanced is not None
        assert glanced.body is reply.body

    run(main())


def test_a_program_that_may_see_one_kind_of_playlists_does_not_list_both() -> None:
    async def main() -> None:
        transport = network()
        client, narrow = client_of(transport), program("narrow", SEE_PRIVATE)
        with pytest.raises(ScopeMissingError) as refused:
            await client.call("get-a-list-of-current-users-playlists", [], principal=narrow)
        assert refused.value.scopes == (SEE_SHARED,)
        assert "Come in, user:ada" in refused.value.message
        assert transport.sent == []
        await client.call("get-a-list-of-current-users-playlists", [], principal=WIDE)

    run(main())


@pytest.mark.parametrize(("has", "lacks"), [(CHANGE_PUBLIC, CHANGE_PRIVATE), (CHANGE_PRIVATE, CHANGE_PUBLIC)])
def test_a_program_that_may_change_one_kind_of_playlists_does_not_change_the_other(has: str, lacks: str) -> None:
    async def main() -> None:
        transport = network()
        client, narrow = client_of(transport), program("narrow", has)
        change = ("change-playlist-details", [("playlist_id", LIST), ("name", "Mine")])
        with pytest.raises(ScopeMissingError) as refused:
            await client.call(*change, principal=narrow)
        assert refused.value.scopes == (lacks,)
        assert transport.sent == []
        await client.call(*change, principal=WIDE)

    run(main())


def test_what_the_user_has_granted_to_nobody_keeps_no_program_from_anything() -> None:
    async def main() -> None:
        transport = network()
        client, narrow = client_of(transport, [CHANGE_PUBLIC]), program("narrow", CHANGE_PUBLIC)
        await client.call("change-playlist-details", [("playlist_id", LIST), ("name", "Mine")], principal=narrow)
        await client.call("get-a-list-of-current-users-playlists", [], principal=narrow)
        await client.call("get-playlist", [("playlist_id", LIST)], principal=narrow)
        assert set(transport.tokens) == {"Bearer t50"}

    run(main())
