"""A stream ends soon after the credential that opened it; nobody is put out by a vault that is out of reach."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from multidict import MultiMapping

from badges import Badges
from gateway.callers import Door
from gateway.errors import CredentialError, SpotifyError, UpstreamUnavailableError
from gateway.principal import Principal

BADGE = {"X-Who": "ann", "X-Client": "editor"}
LISTEN = {"notifications": {"toolsListChanged": True}}
GONE = CredentialError("it was revoked", reason="CREDENTIAL_INVALID", challenge="Bearer")


class Doorkeeper(Badges):
    """Believes badges until it is told otherwise, and counts how often it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.trouble: SpotifyError | None = None
        self.takes_for: Principal | None = None
        self.asked = 0

    async def __call__(self, headers: MultiMapping[str], door: Door, *, below: str = "") -> Principal:
        del below
        self.asked += 1
        if self.trouble is not None:
            raise self.trouble
        return self.takes_for or await super().__call__(headers, door)

    def at_once(self, headers: MultiMapping[str], door: Door) -> Principal | None:
        del headers, door
        return None


@asynccontextmanager
async def session_stream(served: Any, badge: dict[str, str]) -> AsyncIterator[Any]:
    session = await served.session(badge=badge)
    async with session.get() as stream:
        yield stream


@asynccontextmanager
async def pair_stream(served: Any, badge: dict[str, str]) -> AsyncIterator[Any]:
    async with served.pair(badge=badge) as pair:
        yield pair.stream


@asynccontextmanager
async def subscription(served: Any, badge: dict[str, str]) -> AsyncIterator[Any]:
    async with served.modern(served.request("subscriptions/listen", LISTEN), **badge) as stream:
        assert (await served.next_event(stream))[1]["method"] == "notifications/subscriptions/acknowledged"
        yield stream


each_stream = pytest.mark.parametrize("opened", [session_stream, pair_stream, subscription])


async def end_of(served: Any, stream: Any) -> list[Any]:
    """Return what still comes before the end."""
    came = []
    while (event := await served.next_event(stream))[0] != "end":
        came.append(event[1])
    return came


@each_stream
async def test_a_stream_ends_with_the_credential_that_opened_it(serve: Any, opened: Any) -> None:
    doorkeeper = Doorkeeper()
    served = await serve(keep_alive_s=0.02, parts={"callers": doorkeeper})
    async with opened(served, BADGE) as stream:
        doorkeeper.trouble = GONE
        came = await end_of(served, stream)
        # A subscription may be told that it is over; nobody is told anything else.
        assert not [message for message in came if "method" in message]
    await served.eventually(lambda: not +served.recorder.streams)


@each_stream
async def test_a_stream_ends_when_its_credential_is_somebody_elses(serve: Any, opened: Any) -> None:
    doorkeeper = Doorkeeper()
    served = await serve(keep_alive_s=0.02, parts={"callers": doorkeeper})
    async with opened(served, BADGE) as stream:
        doorkeeper.takes_for = Principal("bob", "editor")
        await end_of(served, stream)


@each_stream
async def test_a_stream_goes_on_while_credentials_cannot_be_looked_up(serve: Any, opened: Any) -> None:
    doorkeeper = Doorkeeper()
    served = await serve(keep_alive_s=0.02, parts={"callers": doorkeeper})
    async with opened(served, BADGE) as stream:
        doorkeeper.trouble, asked = UpstreamUnavailableError("the vault is down"), doorkeeper.asked
        while doorkeeper.asked < asked + 3:
            assert (await served.next_event(stream, comments=True))[0] == "comment"


@each_stream
async def test_who_needs_no_credential_is_not_asked_for_one(serve: Any, opened: Any) -> None:
    doorkeeper = Doorkeeper()
    served = await serve(keep_alive_s=0.02, parts={"callers": doorkeeper})
    async with opened(served, {}) as stream:
        asked = doorkeeper.asked
        for _ in range(3):
            assert (await served.next_event(stream, comments=True))[0] == "comment"
        assert doorkeeper.asked == asked


async def test_a_stream_that_is_never_silent_ends_too(serve: Any) -> None:
    doorkeeper = Doorkeeper()
    served = await serve(keep_alive_s=0.05, parts={"callers": doorkeeper})
    async with subscription(served, BADGE):
        doorkeeper.trouble = GONE
        async with asyncio.timeout(5):
            while served.recorder.streams["modern"]:
                await served.toolbox.change()
                await asyncio.sleep(0.005)
