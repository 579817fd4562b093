"""What we refuse for want of a scope, Spotify refuses too, and the other way round; over the whole catalogue."""

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from examples import IDS, VALUES, WORLD, example
from gateway.auth.scopes import SCOPES, lacking
from gateway.catalogue import CATALOGUE
from gateway.endpoint import Endpoint, ScopeRule
from gateway.params import bind, render
from ops.simulator import SimulatorConfig, create_app
from ops.simulator.accounts.desk import TOKEN_DESK

PAIR = frozenset({"playlist-modify-public", "playlist-modify-private"})
OBJECT_DECIDES = {ScopeRule.OBJECT, ScopeRule.ONE}
NAMES = {"artist": "artists", "audiobook": "audiobooks", "show": "shows", "track": "tracks", "album": "albums"}

Client = TestClient[Any, Any]


@pytest.fixture
async def spotify() -> AsyncIterator[Client]:
    # Everything is served, however much is asked.
    app = create_app(SimulatorConfig(profile="extended_legacy", limit=1_000_000, token_ttl_s=1_000_000))
    async with TestClient(TestServer(app)) as client:
        yield client


def grants() -> Iterator[frozenset[str]]:
    yield SCOPES
    yield frozenset()
    yield SCOPES - PAIR
    for scope in sorted(SCOPES):
        yield SCOPES - {scope}
        yield frozenset({scope})


def ways(entry: Endpoint) -> Iterator[Mapping[str, Any]]:
    """Yield arguments of every sort that makes a difference."""
    given = example(entry)
    if entry.scope_rule is ScopeRule.URIS:
        uris = [f"spotify:{kind}:{IDS[plural]}" for kind, plural in NAMES.items()]
        uris += [f"spotify:playlist:{VALUES['playlist_id']}", "spotify:user:friend"]
        uris += [f"spotify:episode:{WORLD.episodes[0].id}"]
        yield from ({"uris": [uri]} for uri in uris)
        yield {"uris": uris}
    elif entry.scope_rule is ScopeRule.PUBLIC:
        yield from (given, given | {"public": True}, given | {"public": False})
    elif entry.id in {"follow-artists-users", "unfollow-artists-users", "check-current-user-follows"}:
        yield from (given, given | {"type": "user", "ids": ["friend"]})
    else:
        yield given


async def refused(client: Client, entry: Endpoint, arguments: Mapping[str, Any], granted: frozenset[str]) -> bool:
    """Tell whether Spotify refuses the call for want of a scope."""
    request = render(entry, bind(entry, arguments.items()))
    assert client.app is not None
    token = client.app[TOKEN_DESK].login("demo", " ".join(granted))["access_token"]
    async with client.request(
        request.method,
        f"/v1{request.path}",
        params=request.query,
        data=request.body if request.method != "GET" else None,
        headers={"Authorization": f"Bearer {token}", "Content-Type": request.body_type},
    ) as response:
        return response.status == 403 and "Insufficient client scope" in await response.text()


@pytest.mark.parametrize("endpoint_id", CATALOGUE)
async def test_a_call_is_refused_for_want_of_a_scope_where_spotify_refuses_it(
    spotify: Client, endpoint_id: str
) -> None:
    entry = CATALOGUE[endpoint_id]
    for arguments in ways(entry):
        for granted in grants():
            lack = lacking(entry, bind(entry, arguments.items()), granted)
            if await refused(spotify, entry, arguments, granted):
                assert lack or entry.scope_rule in OBJECT_DECIDES, (arguments, SCOPES - granted)
            else:
                assert not lack, (arguments, granted)
            assert not granted.intersection(lack)
