"""Several users of one gateway at once: nothing that was read for one ever comes to another."""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import AsyncExitStack
from urllib.parse import quote

import pytest
from mcp.client.subscriptions import ResourceUpdated, Subscription

from arrivals import Visitor
from examples import TRACK, example
from gateway.catalogue import CATALOGUE
from gateway.endpoint import Auth, Endpoint
from guests import READS, WRITES, Guest, Heard, Way, hosting
from marking import is_found, readers_in
from ops.simulator.config import Profile
from tools.resources.resource import Resource, resources_of

pytestmark = pytest.mark.timeout(120)

USERS = ("demo", "friend", "user-001", "user-002")
PARTIES: dict[str, dict[str, Way]] = {
    "keys": {"demo": "key", "friend": "key"},
    "keys and bearers": {"demo": "key", "friend": "key", "user-001": "bearer", "user-002": "bearer"},
    "tokens": {"demo": "token", "friend": "token"},
    "tokens and a bearer": {"demo": "token", "friend": "token", "user-001": "bearer"},
    "this machine and bearers": {"demo": "local", "friend": "bearer", "user-001": "bearer"},
}
CHECKS = {entry.id for entry in READS if entry.id.startswith("check-")}
"""They answer with truth values, which nobody can mark."""

ROUNDS = 3
"""From Spotify; then from the cache; then ahead of the router and of the tools."""


def strays(guest: Guest, answers: Iterable[Heard]) -> list[str]:
    """Return what was answered to `guest` that holds something of anybody else."""
    return [one.asked for one in answers if readers_in(one.text, USERS) - {guest.user}]


def own(guest: Guest, answers: Iterable[Heard]) -> int:
    """Return how many answers can be told to be this guest's."""
    return sum(readers_in(one.text, USERS) == {guest.user} for one in answers)


async def all_ask(guests: Sequence[Guest], entries: Iterable[Endpoint]) -> dict[str, list[Heard]]:
    """Let all guests ask for everything, each thing in the same instant, and return who heard what."""
    heard: dict[str, list[Heard]] = {guest.user: [] for guest in guests}
    for entry in entries:
        answers = await asyncio.gather(*(guest.everything([entry]) for guest in guests))
        for guest, told in zip(guests, answers, strict=True):
            heard[guest.user] += told
    for guest, told in zip(guests, await asyncio.gather(*(guest.jobs() for guest in guests)), strict=True):
        heard[guest.user] += told
    for guest in guests:
        assert strays(guest, heard[guest.user]) == []
    return heard


@pytest.mark.parametrize("profile", ["extended_legacy", "development"])
@pytest.mark.parametrize("party", PARTIES)
async def test_no_answer_by_any_route_or_tool_holds_anything_of_another_user(party: str, profile: Profile) -> None:
    async with hosting(PARTIES[party], profile) as (_, guests):
        rounds = [await all_ask(guests, READS) for _ in range(ROUNDS)]
        await all_ask(guests, WRITES)
        rounds.append(await all_ask(guests, READS))
        for guest in guests:
            assert any(one.cache == "HIT" for one in rounds[-2][guest.user])
            # Of each guest enough can be told apart for the test to mean something.
            assert all(own(guest, heard[guest.user]) >= 15 for heard in rounds)


async def test_what_only_a_user_can_read_is_read_anew_for_each_who_asks_for_it() -> None:
    async with hosting(PARTIES["keys and bearers"]) as (_, guests):
        for entry in (entry for entry in READS if entry.auth is Auth.USER):
            # The second time it may come from the cache, and the third time ahead of the router.
            answers = [[await guest.ask(entry) for _ in range(ROUNDS)] for guest in guests]
            assert {one.cache for one, *_ in answers if is_found(one.status)} <= {"MISS"}, entry.id
            for guest, told in zip(guests, answers, strict=True):
                assert strays(guest, told) == []
                bare = entry.id in CHECKS or not is_found(told[0].status) or told[0].status == 204
                assert own(guest, told) == (0 if bare else ROUNDS), (entry.id, told[0])


async def test_what_others_have_read_does_not_come_as_a_part_of_an_answer() -> None:
    """Lists fill single reads; each user's list only that user's."""
    async with hosting(PARTIES["keys and bearers"]) as (_, guests):
        tracks = CATALOGUE["get-track"]
        for guest in guests:
            for path in ("/me/tracks", "/me/player", f"/tracks?ids={TRACK},{TRACK[::-1]}", "/me/top/tracks"):
                await guest.get(path)
            for other in guests:
                if other is not guest:
                    assert strays(other, [await other.ask(tracks, market=False)]) == []


def address(resource: Resource) -> str:
    """Return a URI of `resource`."""
    given = {**example(resource.endpoint), **resource.bound}
    return resource.uri.replace("{id}", quote(str(given.get(resource.variable)), safe=""))


@pytest.mark.parametrize("party", ["keys", "tokens"])
async def test_no_resource_holds_anything_of_another_user(party: str) -> None:
    async with hosting(PARTIES[party]) as (_, guests):
        for resource in resources_of(CATALOGUE) * 2:
            uri = address(resource)
            for guest, heard in zip(guests, await asyncio.gather(*(one.read(uri) for one in guests)), strict=True):
                assert heard.status == 200, heard
                assert strays(guest, [heard]) == []
                if resource.endpoint.auth is Auth.USER and '"text":"null"' not in heard.text:
                    assert own(guest, [heard]), heard


async def told(stream: Subscription) -> str:
    async with asyncio.timeout(10):
        event = await anext(stream)
    assert isinstance(event, ResourceUpdated)
    return event.uri


@pytest.mark.parametrize("party", ["keys", "tokens"])
async def test_who_subscribed_hears_of_no_write_of_anybody_else(party: str) -> None:
    uris = ("spotify://me/tracks", "spotify://me/player", "spotify://me/playlists")
    async with hosting(PARTIES[party]) as (_, guests), AsyncExitStack() as stack:
        one, other = guests
        streams = []
        for guest in guests:
            client = await stack.enter_async_context(guest.client())
            streams.append(await stack.enter_async_context(client.listen(resource_subscriptions=uris)))
        for _ in range(3):
            assert is_found((await one.call("pause_playback", {})).status)
            await one.ask(CATALOGUE["create-playlist"])
            await one.ask(CATALOGUE["save-tracks-user"])
        # What others did came before this and would have been told before it.
        await other.ask(CATALOGUE["save-tracks-user"])
        assert await told(streams[1]) == "spotify://me/tracks"
        assert {await told(streams[0]) for _ in uris} == set(uris)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await anext(streams[1])


async def test_after_a_sign_out_the_next_user_of_the_same_key_sees_nothing_of_the_one_before() -> None:
    async with hosting({"demo": "key", "user-001": "key"}) as (house, guests):
        desk, bystander = guests
        key = desk.headers["Authorization"].removeprefix("Bearer ")
        for _ in range(ROUNDS):
            await all_ask([desk], READS)
        assert "Signed out" in (await Visitor(house.base, "demo").sign_out_with(key)).text
        for heard in (await all_ask([desk, bystander], READS))["demo"]:
            assert readers_in(heard.text, USERS) == set(), heard.asked
        assert "You are signed in" in (await Visitor(house.base, "friend").sign_in_with(key)).text
        successor = Guest("friend", "key", desk.base, desk.http, desk.headers)
        for _ in range(ROUNDS):
            assert own(successor, (await all_ask([successor, bystander], READS))["friend"]) >= 15
        # Nor does it help to sign in over somebody, without a sign-out.
        assert "You are signed in" in (await Visitor(house.base, "demo").sign_in_with(key)).text
        await all_ask([desk, bystander], READS)
