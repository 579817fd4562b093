"""The player tools over a whole gateway and the strict simulator, which knows every reason for a refusal."""

import time
from typing import Any

import aiohttp
import pytest

from house import House, running
from ops.simulator import SimulatorConfig
from tools.player import control_tool, status_tool
from tools.tool import ToolCall, ToolResult


async def no_wait(_: float) -> None:
    """What the simulator is told it does at once."""


async def status(house: House, *include: str) -> dict[str, Any]:
    tool = status_tool(house.gateway.client, clock=time.monotonic)
    return dict((await tool.run(ToolCall({"include": list(include)}))).structured)


async def control(house: House, *operations: dict[str, Any], parallel: bool = False) -> ToolResult:
    tool = control_tool(house.gateway.client, clock=time.monotonic, sleep=no_wait)
    return await tool.run(ToolCall({"operations": list(operations), "parallel": parallel}))


def sent(house: House) -> int:
    return int(house.log.count(path_prefix="/v1/"))


@pytest.mark.parametrize("profile", ["extended", "development"])
async def test_a_session_at_the_player(profile: Any) -> None:
    async with running(SimulatorConfig(profile=profile)) as house:
        before = await status(house, "player", "devices", "queue", "current_track")
        assert sent(house) == before["upstream_calls"] == 3
        desk = before["player"]["device_id"]
        phone = next(one["id"] for one in before["devices"] if one["name"] == "Pocket Phone")
        first, second, *_ = before["queue"]["next_ids"]
        changed = await control(
            house,
            {"action": "pause"},
            {"action": "pause"},
            {"action": "volume", "volume_percent": 20},
            {"action": "shuffle", "shuffle": True},
            {"action": "repeat", "repeat": "context"},
            {"action": "queue", "queue_uri": f"spotify:track:{first}"},
            {"action": "next"},
            {"action": "seek", "position_ms": 5000},
            {"action": "previous"},
            {"action": "transfer", "device_id": phone},
            {"action": "volume", "volume_percent": 5},
            {"action": "transfer", "device_id": desk, "transfer_play": False},
            {"action": "play", "uris": [f"spotify:track:{second}", f"spotify:track:{first}"]},
            {"action": "play", "context_uri": before["player"]["context_uri"], "offset": {"position": 2}},
        )
        results = changed.structured["results"]
        assert [one["index"] for one in results if not one["ok"]] == [10]
        assert results[10]["reason"] == "VOLUME_CONTROL_DISALLOW"
        assert results[11]["from_device_id"] == phone
        assert "Playback started on 'Desk Computer'." in changed.text
        assert "still reports" not in changed.text
        # The second pause is one look more, to tell what is so already from what is refused.
        assert sent(house) == 3 + 14 + 1 + 1
        after = await status(house, "player")
        assert (
            after["player"].items()
            >= {"shuffle_state": True, "repeat_state": "context", "device_id": desk}.items()
        )


async def test_side_by_side_operations_keep_their_order() -> None:
    async with running() as house:
        tracks = (await status(house, "queue"))["queue"]["next_ids"][:3]
        plays = [{"action": "play", "uris": [f"spotify:track:{one}"]} for one in tracks]
        await control(house, *plays, parallel=True)
        assert (await status(house, "current_track"))["current_track"]["id"] == tracks[-1]


async def test_from_no_active_device_to_music_by_following_the_messages() -> None:
    async with running() as house, aiohttp.ClientSession() as http:
        body = {"user": "demo", "active": None}
        async with http.post(f"{house.spotify}/_simulator/player", json=body) as response:
            assert response.status == 200
        refusal = await control(house, {"action": "pause"})
        assert refusal.is_error
        assert 'spotify_status with include ["devices"]' in refusal.text
        told = await status(house, "devices")
        wanted = next(one for one in told["devices"] if one["id"] and one["id"] in told["_msg"].splitlines()[-1])
        moved = await control(house, {"action": "transfer", "device_id": wanted["id"]})
        assert moved.text.startswith(f"transfer succeeded. Playback started on '{wanted['name']}'.")
