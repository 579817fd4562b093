"""The life of a playlist and of a shelf over the simulator, in every profile that a Spotify app can have."""

import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from house import House, running
from ops.simulator import SimulatorConfig
from ops.simulator.config import PROFILES, Profile
from ops.simulator.people.founders import ODDS, playlist_id
from ops.simulator.world.world import World
from tool_rig import LIBRARY, PLAYLISTS, Rig, called
from tools.tool import ToolResult

TRACKS = [track.id for track in World.of(1).tracks[100:350]]
Ask = Callable[..., Awaitable[ToolResult]]
EVERY_PROFILE = pytest.mark.parametrize("profile", PROFILES)


def asking(house: House, rig: Rig) -> Ask:
    tool = rig.make(house.gateway.client, clock=time.monotonic)

    async def ask(**arguments: Any) -> ToolResult:
        before = house.log.count(path_prefix="/v1/")
        result = await called(tool, rig, **arguments)
        if not result.is_error:
            assert result.structured["upstream_calls"] == house.log.count(path_prefix="/v1/") - before
        return result

    return ask


async def contents(ask: Ask, playlist: str) -> list[str]:
    pages = [
        (await ask(action="items", playlist_id=playlist, limit=50, offset=offset)).structured["ids"]
        for offset in range(0, 300, 50)
    ]
    return [one for page in pages for one in page]


@EVERY_PROFILE
async def test_a_playlist_is_made_filled_reordered_emptied_and_renamed(profile: Profile) -> None:
    async with running(SimulatorConfig(profile=profile, limit=500)) as house:
        ask = asking(house, PLAYLISTS)
        made = (await ask(action="create", name="Focus", public=False)).structured
        assert [made["type"], made["name"], made["data"]["public"]] == ["playlist", "Focus", False]
        playlist = made["uri"]
        added = await ask(action="add_items", playlist_id=playlist, uris=TRACKS)
        assert added.structured["summary"] == {"ok": 250, "failed": 0}
        assert await contents(ask, playlist) == TRACKS
        moved = await ask(action="reorder_items", playlist_id=playlist, range_start=0, insert_before=3)
        assert (await contents(ask, playlist))[:4] == [TRACKS[1], TRACKS[2], TRACKS[0], TRACKS[3]]
        gone = [{"uri": f"spotify:track:{one}"} for one in TRACKS[5:]]
        version = moved.structured["snapshot_id"]
        await ask(action="remove_items", playlist_id=playlist, tracks=gone, snapshot_id=version)
        assert len(await contents(ask, playlist)) == 5
        await ask(action="update_details", playlist_id=playlist, name="Less", description="Five of them")
        told = (await ask(action="get", playlist_id=made["id"])).structured["data"]
        assert (told["name"], told["description"], told["tracks_total"]) == ("Less", "Five of them", 5)
        newest = (await ask(action="list_user", limit=1)).structured["data"]["items"][0]
        assert (newest["id"], newest["name"], newest["tracks_total"]) == (made["id"], "Less", 5)
        assert not [call for call in house.log.calls if call.status not in {200, 201}]


@EVERY_PROFILE
async def test_odd_things_on_a_playlist_are_shown_or_left_out_and_keep_their_places(profile: Profile) -> None:
    async with running(SimulatorConfig(profile=profile)) as house:
        ask, odds = asking(house, PLAYLISTS), playlist_id("demo", ODDS)
        shown = (await ask(action="items", playlist_id=odds)).structured
        assert [(one["type"], one["position"]) for one in shown["data"]["items"]] == [
            ("track", 0),
            ("episode", 1),
            ("track", 2),
            ("track", 3),
        ]
        assert len(shown["byId"]) == 3
        assert shown["total"] == 6
        tracks = await ask(action="items", playlist_id=odds, additional_types="track", fields="items(track)")
        assert [one["position"] for one in tracks.structured["data"]["items"]] == [0, 2, 3]
        filtered = await ask(action="get", playlist_id=odds, fields="tracks.total,owner(display_name)")
        assert filtered.structured["data"]["tracks_total"] == 6


@EVERY_PROFILE
async def test_tracks_are_saved_found_and_removed(profile: Profile) -> None:
    async with running(SimulatorConfig(profile=profile, limit=500)) as house:
        ask, chosen = asking(house, LIBRARY), TRACKS[:90]
        assert (await ask(action="tracks_add", ids=chosen)).structured["data"]["saved"] == 90
        page = (await ask(action="tracks_get", limit=50)).structured
        assert (page["ids"], page["total"]) == (chosen[:50], 150)
        found = await ask(action="tracks_contains", ids=[*chosen[:2], TRACKS[200]])
        assert found.structured["contains"] == [True, True, False]
        first, second = (page["byId"][one]["name"] for one in chosen[:2])
        assert found.text == f"Already saved: 2/3. Saved: {first}, {second}"
        assert (await ask(action="tracks_remove", ids=chosen)).structured["data"]["removed"] == 90
        assert not any((await ask(action="tracks_contains", ids=chosen)).structured["contains"])
        unknown = await ask(action="tracks_add", ids=["x" * 22])
        assert unknown.is_error
        assert (await ask(action="tracks_get", limit=1)).structured["total"] == 60
