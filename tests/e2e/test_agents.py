"""Every tool by every wire of the official client, and what people do with them from beginning to end."""

import re
from typing import Any

import pytest
from mcp import MCPError

from agents import HTTP, STDIO, Agent, connected
from house import House, running
from jobs import JOBS, TRACK
from ops.simulator import SimulatorConfig

CORE = ["spotify_search", "spotify_status", "spotify_control", "spotify_playlist", "spotify_library"]
PROFILES = ["development", "extended_legacy"]
WIRES = [*HTTP, *STDIO]


@pytest.mark.parametrize("wire", WIRES)
async def test_every_tool_works_fails_and_refuses_in_the_same_words_by_every_wire(wire: str) -> None:
    async with running() as house, connected(house, wire) as agent:
        assert await agent.tools() == CORE
        for job in JOBS.values():
            answer = await agent.call(job.tool, job.arguments)
            assert not answer.is_error
            assert job.says in answer.text
        for job in JOBS.values():
            answer = await agent.call(job.tool, job.wrong)
            assert answer.is_error
            assert job.complaint in answer.text
        with pytest.raises(MCPError, match=r"Unknown tool: spotify_nope\. There are: spotify_search, "):
            await agent.call("spotify_nope", {})


@pytest.mark.parametrize("wire", WIRES)
async def test_a_ban_reaches_the_agent_with_its_seconds_by_every_wire(wire: str) -> None:
    async with running() as house, connected(house, wire) as agent:
        await house.spoil("429:retry_after=80000")
        for job in JOBS.values():
            answer = await agent.call(job.tool, job.arguments)
            assert answer.is_error
            assert answer.failure["code"] == "rate_limited"
            assert answer.failure["retry_after"] == pytest.approx(80_000, abs=5)
            assert re.search(r"Try again in 8000\d s\.", answer.text)


@pytest.mark.parametrize("wire", HTTP)
async def test_an_address_shows_its_tools_and_knows_no_others(wire: str) -> None:
    async with running(SimulatorConfig(profile="extended")) as house:
        async with connected(house, wire, "/full") as agent:
            names = await agent.tools()
            assert names[:5] == CORE
            assert len(names) > 75
            assert '"name":"Paper Lanterns"' in (await agent.call("get_track", {"id": TRACK})).text
            await refuses(agent, "get_nothing")
        async with connected(house, wire, "/readonly") as agent:
            assert set(await agent.tools()) == set(CORE) - {"spotify_control"}
            assert (
                JOBS["playlists"].says in (await agent.call("spotify_playlist", JOBS["playlists"].arguments)).text
            )
            await refuses(agent, "spotify_control", JOBS["control"].arguments)
            for job in (JOBS["create"], JOBS["save"]):
                answer = await agent.call(job.tool, job.arguments)
                assert answer.is_error
                assert f"{job.tool} was not called" in answer.text
        async with connected(house, wire, "/x/albums,tracks") as agent:
            names = await agent.tools()
            assert {"get_album", "get_track", "get_multiple_tracks"} <= set(names)
            assert not {"get_artist", *CORE} & set(names)
            assert '"name":"Paper Lanterns"' in (await agent.call("get_track", {"id": TRACK})).text
            await refuses(agent, "get_artist")
            await refuses(agent, "spotify_search", JOBS["search"].arguments)
        assert not [call for call in house.log.calls if call.method != "GET" and call.path.startswith("/v1/")]


async def refuses(agent: Agent, name: str, arguments: Any = None) -> None:
    with pytest.raises(MCPError, match=f"Unknown tool: {name}"):
        await agent.call(name, arguments or {})


async def said(agent: Agent, tool: str, **arguments: Any) -> str:
    """Return what an agent reads of a call that worked; it has nothing else to go by."""
    answer = await agent.call(f"spotify_{tool}", arguments)
    assert not answer.is_error, answer.text
    return answer.text


def find(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    assert found, text
    return found[1]


async def play_something(agent: Agent, _: House) -> None:
    found = await said(agent, "search", queries=["Night Ferry"], types=["track"], limit=3)
    uri = find(r"\[track\] Night Ferry — (spotify:track:\w{22})", found)
    status = await said(agent, "status")
    assert "' is playing on device 'Desk Computer'" in status
    phone = find(r"- Pocket Phone \(.*\) — (\w+)", status)
    played = await said(agent, "control", operations=[{"action": "play", "uris": [uri], "device_id": phone}])
    assert "Playback started on 'Pocket Phone'." in played
    assert "'Night Ferry' is playing on device 'Pocket Phone'." in await said(agent, "status")


async def play_where_nothing_is_active(agent: Agent, house: House) -> None:
    await house.steer(active=None)
    idle = await said(agent, "status")
    device = find(r"action transfer and device_id (\w+) \(Desk Computer\)", idle)
    refused = await agent.call("spotify_control", {"operations": [{"action": "next"}]})
    assert refused.failure["reason"] == "NO_ACTIVE_DEVICE"
    assert 'Call spotify_status with include ["devices"], then send a transfer' in refused.text
    moved = await said(
        agent, "control", operations=[{"action": "transfer", "device_id": device}, {"action": "next"}]
    )
    assert "All 2 actions succeeded. Playback started on 'Desk Computer'." in moved
    assert "is playing on device 'Desk Computer'" in await said(agent, "status")


async def build_a_playlist(agent: Agent, _: House) -> None:
    found = await said(agent, "search", queries=["Night Ferry", "Saltglass"], types=["track"], limit=1)
    uris = re.findall(r"\[track\] .* — (spotify:track:\w{22})", found)
    assert len(uris) == 2
    playlist = find(r"— (spotify:playlist:\w{22})\.", await said(agent, "playlist", action="create", name="Sea"))
    added = await said(agent, "playlist", action="add_items", playlist_id=playlist, uris=uris)
    assert added == "playlist.add_items: 2 added"
    items = await said(agent, "playlist", action="items", playlist_id=playlist)
    assert items.startswith(f"Loaded 2 item(s) of {playlist}:\n- Night Ferry — {uris[0]}\n- Saltglass — {uris[1]}")
    assert f"- Sea — {playlist}" in await said(agent, "playlist", action="list_user")
    await said(agent, "playlist", action="reorder_items", playlist_id=playlist, range_start=1, insert_before=0)
    await said(agent, "playlist", action="remove_items", playlist_id=playlist, uris=uris[:1])
    items = await said(agent, "playlist", action="items", playlist_id=playlist)
    assert items == f"Loaded 1 item(s) of {playlist}:\n- Saltglass — {uris[1]}"


async def keep_what_one_likes(agent: Agent, _: House) -> None:
    found = await said(agent, "search", queries=["Violão ao luar"], types=["track"], limit=1)
    uri = find(r"— (spotify:track:\w{22})", found)
    assert await said(agent, "library", action="tracks_contains", ids=[uri]) == "Already saved: 0/1."
    assert await said(agent, "library", action="tracks_add", ids=[uri]) == "library.tracks_add: 1 saved"
    assert "Already saved: 1/1." in await said(agent, "library", action="tracks_contains", ids=[uri])
    assert uri in await said(agent, "library", action="tracks_get", limit=1)
    assert await said(agent, "library", action="tracks_remove", ids=[uri]) == "library.tracks_remove: 1 removed"
    assert uri not in await said(agent, "library", action="tracks_get", limit=1)


STORIES = [play_where_nothing_is_active, play_something, build_a_playlist, keep_what_one_likes]


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("wire", WIRES)
async def test_an_agent_gets_where_it_wants_by_the_messages_alone(wire: str, profile: Any) -> None:
    async with running(SimulatorConfig(profile=profile)) as house, connected(house, wire) as agent:
        for story in STORIES:
            await story(agent, house)
        assert house.log.refused == 0
