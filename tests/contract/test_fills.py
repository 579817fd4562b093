"""What the catalogue says of objects in lists is true: the simulator's own single reads, asked with the same token
and market, answer a whole one to the letter, and a partial one with more."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import aiohttp
import orjson
import pytest

from cache import Answer
from examples import example
from gateway.catalogue import CATALOGUE
from gateway.endpoint import Auth, Endpoint, Fill
from gateway.filling import MOST, Filled, filled
from gateway.params import UpstreamRequest, bind, render
from ops.serve import listening
from ops.simulator import TOKEN_DESK, SimulatorConfig, create_app
from ops.simulator.config import PROFILES, Profile
from ops.simulator.people.founders import LONG, ODDS, TABLE, playlist_id

LISTS = [entry for entry in CATALOGUE.values() if entry.fills]
MARKETS = ("", "US", "GB")
"""None, the user's, and one that the user's country overrides."""

LOOKED_AT = 4
"""Objects of each kind and list that are compared."""


@dataclass
class Spotify:
    """The simulator past any gateway, with an application's token and a user's; single reads are kept."""

    base: str
    http: aiohttp.ClientSession
    tokens: Mapping[str, str]
    kept: dict[tuple[str, UpstreamRequest], Any] = field(default_factory=dict)

    async def send(self, who: str, request: UpstreamRequest) -> tuple[int, bytes]:
        headers = {"Authorization": f"Bearer {self.tokens[who]}"}
        url = f"{self.base}/v1{request.path}"
        async with self.http.request(request.method, url, params=request.query, headers=headers) as response:
            return response.status, await response.read()

    async def read(self, who: str, request: UpstreamRequest) -> Any:
        if (who, request) not in self.kept:
            status, body = await self.send(who, request)
            assert status == 200, (request, body)
            self.kept[who, request] = orjson.loads(body)
        return self.kept[who, request]


@asynccontextmanager
async def spotify(profile: Profile) -> AsyncIterator[Spotify]:
    config = SimulatorConfig(profile=profile, limit=100_000)
    app = create_app(config)
    async with listening(app, "127.0.0.1", port=0) as base, aiohttp.ClientSession() as http:
        headers = {"Authorization": aiohttp.encode_basic_auth(config.client_id, config.client_secret)}
        form = {"grant_type": "client_credentials"}
        async with http.post(f"{base}/api/token", data=form, headers=headers) as response:
            granted = await response.json()
        user = app[TOKEN_DESK].login("demo")["access_token"]
        yield Spotify(base, http, {"app": granted["access_token"], "user": user})


def askers(entry: Endpoint) -> tuple[str, ...]:
    """Whose tokens the gateway may use for `entry`."""
    known = {Auth.APP: ("app",), Auth.USER: ("user",)}
    return known.get(entry.auth, ("app", "user"))


def requests(entry: Endpoint) -> Iterator[UpstreamRequest]:
    """Yield some ways to ask for the list."""
    given = example(entry)
    variants = [given]
    if entry.id == "search":
        kinds = ["album", "artist", "playlist", "track", "show", "episode", "audiobook"]
        variants = [{**given, "q": q, "type": kinds, "limit": 10} for q in ("lanterns", "night", "the")]
    if entry.id == "get-users-top-artists-and-tracks":
        variants = [{"type": "artists"}, {"type": "tracks"}]
    if "playlist_id" in given:
        variants = [{**given, "playlist_id": playlist_id("demo", name)} for name in (LONG, ODDS, TABLE)]
        variants += [{**variant, "additional_types": "track,episode"} for variant in variants]
    for variant in variants:
        for market in MARKETS if entry.param("market") else ("",):
            asked = {name: value for name, value in variant.items() if name != "market"}
            yield render(entry, bind(entry, (asked | ({"market": market} if market else {})).items()))


def a_few(found: list[Filled]) -> Iterator[Filled]:
    """Yield some of each kind, from both ends."""
    for key in {(one.endpoint_id, one.whole) for one in found}:
        alike = [one for one in found if (one.endpoint_id, one.whole) == key]
        yield from {id(one): one for one in (*alike[: LOOKED_AT // 2], *alike[-LOOKED_AT // 2 :])}.values()


@pytest.mark.parametrize("profile", PROFILES)
async def test_every_filled_object_is_what_its_single_read_answers(profile: Profile) -> None:
    idle = {(entry.id, fill) for entry in LISTS for fill in entry.fills}
    unserved = {entry.id for entry in LISTS}
    async with spotify(profile) as simulator:
        for entry, request, who in asks():
            status, body = await simulator.send(who, request)
            answer = Answer(status, body)
            if status == 200:
                unserved.discard(entry.id)
            idle -= {(entry.id, fill) for fill in entry.fills if yields(entry, fill, request, answer)}
            found = filled(entry, request, answer, catalogue=CATALOGUE)
            assert len(found) <= MOST
            for one in a_few(found):
                taken, single = orjson.loads(one.answer.body), await simulator.read(who, one.request)
                assert one.answer.status == 200
                if one.whole:
                    assert taken == single, (entry.id, who, one)
                else:
                    assert taken.keys() < single.keys(), (entry.id, who, one)
                    assert all(single[name] == value for name, value in taken.items()), (entry.id, who, one)
    # No declaration is idle where its list is served; a playlist has its contents under one of two names.
    other = "tracks." if profile == "development" else "items."
    assert {(name, fill.at) for name, fill in idle if name not in unserved} == {
        ("get-playlist", fill.at) for fill in CATALOGUE["get-playlist"].fills if fill.at.startswith(other)
    }
    if profile == "extended_legacy":
        assert not unserved


def asks() -> Iterator[tuple[Endpoint, UpstreamRequest, str]]:
    """Yield every list with some ways to ask for it, in each name in which the gateway may."""
    for entry in LISTS:
        for request in requests(entry):
            for who in askers(entry):
                yield entry, request, who


def yields(entry: Endpoint, fill: Fill, request: UpstreamRequest, answer: Answer) -> bool:
    """Tell whether this one declaration finds anything, as it says it does."""
    alone = replace(entry, fills=(fill,))
    found = filled(alone, request, answer, catalogue=CATALOGUE)
    return any(one.whole == fill.whole for one in found)


def test_what_a_list_adds_to_its_objects_is_named_once() -> None:
    extras = {(entry.id, name) for entry in LISTS for fill in entry.fills for name in fill.extra}
    playlists = {"get-playlist", "get-playlists-items", "get-playlists-tracks"}
    assert extras == {
        ("get-an-artists-albums", "album_group"),
        *((entry_id, name) for entry_id in playlists for name in ("episode", "track")),
    }
