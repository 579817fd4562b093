"""What is waiting to be told cannot grow, and nothing of it gets lost."""

import asyncio

import pytest

from gateway.catalogue import CATALOGUE
from gateway.changes import Change
from gateway.endpoint import Profile
from gateway.errors import InvalidArgumentsError
from resources_rig import served_by
from tools.resources.index import ResourceIndex
from tools.resources.subscription import MOST_URIS, Subscription
from virtual_time import run

INDEX = ResourceIndex(CATALOGUE, served=served_by(Profile.EXTENDED))
TRACKS, ALBUMS, PLAYER = "spotify://me/tracks", "spotify://me/albums", "spotify://me/player"
LIBRARY = Change(("library",))


def to(*uris: str) -> Subscription:
    subscription = Subscription()
    for uri in uris:
        subscription.add(uri, INDEX.find(uri))
    return subscription


async def waiting(subscription: Subscription) -> list[str]:
    found: list[str] = []
    try:
        async with asyncio.timeout(1):
            while True:
                found.append(await subscription.next())
    except TimeoutError:
        return found


def test_a_thousand_changes_are_one_piece_of_news() -> None:
    async def main() -> None:
        subscription = to(TRACKS, ALBUMS, PLAYER)
        for _ in range(1000):
            subscription.note(LIBRARY)
        assert await waiting(subscription) == [TRACKS, ALBUMS]
        assert await waiting(subscription) == []

    run(main())


def test_a_change_after_the_news_is_news_again() -> None:
    async def main() -> None:
        subscription = to(TRACKS)
        subscription.note(LIBRARY)
        assert await subscription.next() == TRACKS
        subscription.note(LIBRARY)
        assert await waiting(subscription) == [TRACKS]

    run(main())


def test_who_waits_is_woken_and_one_who_gave_up_takes_nothing_with_it() -> None:
    async def main() -> None:
        subscription = to(TRACKS)
        given_up = asyncio.create_task(subscription.next())
        await asyncio.sleep(0)
        given_up.cancel()
        await asyncio.wait([given_up])
        patient = asyncio.create_task(subscription.next())
        await asyncio.sleep(1)
        subscription.note(LIBRARY)
        assert await patient == TRACKS

    run(main())


def test_news_of_what_was_unsubscribed_from_is_dropped() -> None:
    async def main() -> None:
        subscription = to(TRACKS, ALBUMS)
        subscription.note(LIBRARY)
        subscription.remove(TRACKS)
        assert await waiting(subscription) == [ALBUMS]

    run(main())


def test_there_is_an_end_to_what_one_can_subscribe_to() -> None:
    subscription = to(*(f"spotify://users/{number}" for number in range(MOST_URIS)))
    subscription.add("spotify://users/0", INDEX.find("spotify://users/0"))
    with pytest.raises(InvalidArgumentsError):
        subscription.add(TRACKS, INDEX.find(TRACKS))
    subscription.remove("spotify://users/1")
    subscription.add(TRACKS, INDEX.find(TRACKS))
