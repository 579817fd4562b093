"""Who subscribed is told of what a write may have changed, over every wire, and hears of nobody else's account."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import aiohttp
import mcp_types as types
import orjson
import pytest
from mcp import Client
from mcp.client.subscriptions import ResourceUpdated
from mcp.shared.exceptions import MCPError

from gateway.principal import LOCAL, Principal
from pipeline import OWNERS
from resources_rig import ADA, BOB, Place, new_desk, open_place
from shared_rig import until
from tools.resources.subscription import MOST_URIS

A, B = "4cJPC6Y0d1ias1xK2lB9S2", "1301WleyT98MSxVHPZCA6M"
TRACKS, PLAYER = "spotify://me/tracks", "spotify://me/player"
LIST, ITEMS, OTHER = "spotify://me/playlists", f"spotify://playlists/{A}/items?limit=5", f"spotify:playlist:{B}"
SUBSCRIBED = (TRACKS, PLAYER, LIST, ITEMS, OTHER, f"spotify://tracks/{A}")
WIRES = ["modern", "session", "sse"]
# The official client says so of everything that 2026-07-28 no longer has.
pytestmark = pytest.mark.filterwarnings("ignore::mcp.MCPDeprecationWarning")


class Ear:
    """What one subscriber heard."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.heard: asyncio.Queue[str] = asyncio.Queue()

    async def next(self) -> str:
        async with asyncio.timeout(5):
            return await self.heard.get()

    async def some(self, count: int) -> set[str]:
        return {await self.next() for _ in range(count)}


@asynccontextmanager
async def subscribed(place: Place, wire: str, *uris: str, who: Principal = LOCAL) -> AsyncIterator[Ear]:
    """A client that is told of `uris`."""
    ears: list[Ear] = []

    async def told(message: Any) -> None:
        if isinstance(message, types.ResourceUpdatedNotification):
            ears[0].heard.put_nowait(message.params.uri)

    async with AsyncExitStack() as stack:
        # On the modern wire the client hands what a stream says to both.
        handler: dict[str, Any] = {} if wire == "modern" else {"message_handler": told}
        client = await stack.enter_async_context(place.client(wire, who=who, **handler))
        ears.append(Ear(client))
        if wire == "modern":
            listening = await stack.enter_async_context(client.listen(resource_subscriptions=uris))

            async def listen() -> None:
                async for event in listening:
                    assert isinstance(event, ResourceUpdated)
                    ears[0].heard.put_nowait(event.uri)

            group = await stack.enter_async_context(asyncio.TaskGroup())
            task = group.create_task(listen())
            stack.callback(task.cancel)
        else:
            for uri in uris:
                await client.subscribe_resource(uri)
        yield ears[0]


@pytest.mark.parametrize("wire", WIRES)
async def test_a_write_is_told_of_all_that_it_may_have_changed_and_of_nothing_else(wire: str) -> None:
    async with open_place(new_desk()) as place, subscribed(place, wire, *SUBSCRIBED) as ear:
        await place.desk.write("save-tracks-user", ids=[A])
        assert await ear.next() == TRACKS
        await place.desk.write("pause-a-users-playback")
        assert await ear.next() == PLAYER
        await place.desk.write("add-items-to-playlist", playlist_id=A, uris=[f"spotify:track:{B}"])
        assert await ear.some(2) == {LIST, ITEMS}
        await place.desk.write("change-playlist-details", playlist_id=B, name="x")
        assert await ear.some(2) == {LIST, OTHER}
        assert ear.heard.empty()


@pytest.mark.parametrize("wire", WIRES)
async def test_a_write_of_a_tool_is_told(wire: str) -> None:
    async with open_place(new_desk()) as place, subscribed(place, wire, TRACKS) as ear:
        assert not (await ear.client.call_tool("save_tracks", {"ids": [A]})).is_error
        assert await ear.next() == TRACKS


@pytest.mark.parametrize("wire", WIRES)
async def test_nobody_hears_of_the_account_of_another(wire: str) -> None:
    async with (
        open_place(new_desk()) as place,
        subscribed(place, wire, TRACKS, PLAYER, who=ADA) as ada,
        subscribed(place, wire, TRACKS, PLAYER, who=BOB) as bob,
    ):
        await place.desk.write("save-tracks-user", who=ADA, ids=[A])
        assert await ada.next() == TRACKS
        await place.desk.write("pause-a-users-playback", who=BOB)
        assert await bob.next() == PLAYER
        assert ada.heard.empty()
        assert bob.heard.empty()


@pytest.mark.parametrize("wire", WIRES)
async def test_what_other_processes_wrote_is_told_and_when_anything_may_have_changed(wire: str) -> None:
    async with open_place(new_desk()) as place, subscribed(place, wire, *SUBSCRIBED) as ear:
        place.desk.changes.elsewhere(OWNERS.of(LOCAL.id), "playlists")
        assert await ear.some(3) == {LIST, ITEMS, OTHER}
        place.desk.changes.elsewhere("", "")
        assert await ear.some(5) == {TRACKS, PLAYER, LIST, ITEMS, OTHER}


@pytest.mark.parametrize("wire", WIRES)
async def test_nothing_is_left_of_a_client_that_leaves(wire: str) -> None:
    async with open_place(new_desk()) as place:
        async with subscribed(place, wire, TRACKS):
            assert place.desk.changes.listeners == 1
        await until(lambda: not place.desk.changes.listeners)


@pytest.mark.parametrize("wire", ["session", "sse"])
async def test_a_session_hears_no_more_of_what_it_unsubscribed_from(wire: str) -> None:
    async with open_place(new_desk()) as place, subscribed(place, wire, TRACKS, PLAYER) as ear:
        await ear.client.unsubscribe_resource(TRACKS)
        await ear.client.unsubscribe_resource("spotify://me")
        await place.desk.write("save-tracks-user", ids=[A])
        await place.desk.write("pause-a-users-playback")
        assert await ear.next() == PLAYER
        assert ear.heard.empty()


@pytest.mark.parametrize("wire", ["session", "sse"])
async def test_a_session_is_told_what_it_cannot_subscribe_to(wire: str) -> None:
    async with open_place(new_desk()) as place, subscribed(place, wire) as ear:
        with pytest.raises(MCPError, match="Unknown resource") as unknown:
            await ear.client.subscribe_resource("spotify://nothing")
        assert unknown.value.error.code == -32002
        for number in range(MOST_URIS):
            await ear.client.subscribe_resource(f"spotify://users/{number}")
        await ear.client.subscribe_resource("spotify://users/0")
        with pytest.raises(MCPError, match="at most 200 resources") as refusal:
            await ear.client.subscribe_resource(TRACKS)
        assert refusal.value.error.code == types.INVALID_PARAMS


async def test_what_changed_while_a_session_had_no_stream_is_told_when_it_has_one() -> None:
    async with open_place(new_desk()) as place, aiohttp.ClientSession() as http:
        headers = {"Accept": "application/json, text/event-stream"}

        async def post(method: str, **params: Any) -> aiohttp.ClientResponse:
            message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
            async with http.post(f"{place.base}/mcp", json=message, headers=headers) as response:
                assert response.status == 200
                await response.read()
                return response

        info = {"name": "test", "version": "1"}
        hello = await post("initialize", protocolVersion="2025-11-25", capabilities={}, clientInfo=info)
        headers["Mcp-Session-Id"] = hello.headers["Mcp-Session-Id"]
        await post("resources/subscribe", uri=TRACKS)
        await place.desk.write("save-tracks-user", ids=[A])
        for _ in range(2):
            async with asyncio.timeout(5), http.get(f"{place.base}/mcp", headers=headers) as stream:
                event = await stream.content.readuntil(b"\n\n")
            assert b"notifications/resources/updated" in event
            assert TRACKS.encode() in event
            await until(lambda: not place.streams.open)
            await place.desk.write("save-tracks-user", ids=[A])


async def test_on_the_wire_the_acknowledgement_comes_first_and_the_result_last_and_all_name_the_stream() -> None:
    meta = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    params = {"notifications": {"resourceSubscriptions": [TRACKS]}, "_meta": meta}
    message = {"jsonrpc": "2.0", "id": "mine", "method": "subscriptions/listen", "params": params}
    headers = {
        "Accept": "application/json, text/event-stream",
        "MCP-Protocol-Version": "2026-07-28",
        "Mcp-Method": "subscriptions/listen",
    }
    async with (
        asyncio.timeout(10),
        open_place(new_desk(), keep_alive_s=0.02) as place,
        aiohttp.ClientSession() as http,
        http.post(f"{place.base}/mcp", json=message, headers=headers) as stream,
    ):
        assert stream.headers["X-Accel-Buffering"] == "no"
        acknowledged = await _event(stream)
        assert acknowledged["method"] == "notifications/subscriptions/acknowledged"
        assert acknowledged["params"]["notifications"] == {"resourceSubscriptions": [TRACKS]}
        assert await stream.content.readuntil(b"\n\n") == b": keep-alive\n\n"
        await place.desk.write("save-tracks-user", ids=[A])
        updated = await _event(stream)
        assert (updated["method"], updated["params"]["uri"]) == ("notifications/resources/updated", TRACKS)
        place.mcp.begin_shutdown()
        ended = await _event(stream)
        assert ended["id"] == "mine"
        for tagged in (acknowledged["params"], updated["params"], ended["result"]):
            assert tagged["_meta"]["io.modelcontextprotocol/subscriptionId"] == "mine"


async def _event(stream: aiohttp.ClientResponse) -> Any:
    while True:
        event = await stream.content.readuntil(b"\n\n")
        if b"data: " in event:
            return orjson.loads(event.partition(b"data: ")[2])


async def test_a_stream_is_told_what_it_will_hear_of() -> None:
    async with open_place(new_desk()) as place, place.client("modern") as client:
        async with client.listen(
            tools_list_changed=True, resource_subscriptions=["spotify://nothing", TRACKS, TRACKS]
        ) as stream:
            assert stream.honored.tools_list_changed is True
            assert stream.honored.prompts_list_changed is None
            assert stream.honored.resource_subscriptions == [TRACKS]
        too_many = [f"spotify://users/{number}" for number in range(MOST_URIS + 1)]
        with pytest.raises(MCPError, match="at most 200 resources"):
            async with client.listen(resource_subscriptions=too_many):
                pass


async def test_streams_are_counted_and_their_places_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.resources.listening.MOST_STREAMS", 1)
    async with open_place(new_desk()) as place, place.client("modern") as client:
        async with client.listen(resource_subscriptions=[TRACKS]):
            with pytest.raises(MCPError, match="Too many subscriptions"):
                async with client.listen(resource_subscriptions=[TRACKS]):
                    pass
        await until(lambda: not place.desk.changes.listeners)
        async with client.listen(resource_subscriptions=[TRACKS]):
            pass


@pytest.mark.parametrize("mode", ["2026-07-28", "legacy"])
async def test_stdio_streams_tell_of_changes_as_well(mode: Any) -> None:
    """In process the SDK's own transport is used, which is that of stdio."""
    desk, heard = new_desk(), asyncio.Queue[str]()

    async def told(message: Any) -> None:
        if isinstance(message, types.ResourceUpdatedNotification):
            heard.put_nowait(message.params.uri)

    async with asyncio.timeout(5), Client(desk.server, mode=mode, message_handler=told) as client:
        if mode == "legacy":
            await client.subscribe_resource(TRACKS)
            await desk.write("save-tracks-user", ids=[A])
            assert await heard.get() == TRACKS
        else:
            async with client.listen(resource_subscriptions=[TRACKS]) as stream:
                await desk.write("save-tracks-user", ids=[A])
                assert await anext(stream) == ResourceUpdated(TRACKS)
    assert desk.changes.listeners == 0
