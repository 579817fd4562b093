"""Whatever profile the app has and whatever the settings say, callers get their answers."""

from pathlib import Path
from typing import Any

import aiohttp
import pytest

from house import House, running
from ops.doctor import learned
from ops.simulator import SimulatorConfig
from ops.simulator.world.world import World

TRACKS = [track.id for track in World.of(1).tracks[:5]]
BATCH = f"/v1/tracks?ids={','.join(TRACKS)}"
SEARCH = "/v1/search?q=a&type=track&limit=30"


async def get(house: House, path: str) -> Any:
    async with aiohttp.ClientSession() as http, http.get(house.base + path) as response:
        assert response.status == 200, await response.text()
        return await response.json()


@pytest.mark.parametrize("configured", ["auto", "extended", "extended_legacy", "development_legacy"])
async def test_a_new_app_is_recognised_whatever_the_settings_say(configured: str, tmp_path: Path) -> None:
    async with running(SPOTIFY_PROFILE=configured, DATA_DIR=str(tmp_path)) as house:
        assert [track["id"] for track in (await get(house, BATCH))["tracks"]] == TRACKS
        assert len((await get(house, SEARCH))["tracks"]["items"]) == 30
        # One call each was spent to learn.
        assert [call.path for call in house.log.calls if call.status in {400, 403}] == ["/v1/tracks", "/v1/search"]
    async with running(SPOTIFY_PROFILE=configured, DATA_DIR=str(tmp_path)) as house:
        await get(house, BATCH)
        await get(house, SEARCH)
        assert not [call for call in house.log.calls if call.status in {400, 403}]
        assert "was found to lack get-several-tracks, search" in learned(house.gateway.settings).detail


async def test_an_unknown_app_with_full_access_is_not_made_to_pay_for_less() -> None:
    async with running(SimulatorConfig(profile="extended"), SPOTIFY_PROFILE="auto") as house:
        await get(house, BATCH)
        await get(house, SEARCH)
        assert house.log.count(path_prefix="/v1/") == 2


async def test_a_batch_costs_a_call_for_what_is_not_known_and_gives_what_spotify_gives() -> None:
    # With a market, Spotify's answer does not depend on the reader.
    wanted = f"/v1/tracks?market=US&ids={','.join([*TRACKS, '0' * 22])}"
    async with running(SimulatorConfig(profile="extended")) as house, aiohttp.ClientSession() as http:
        headers = {"Authorization": f"Bearer {house.sign_in()}"}
        async with http.get(house.spotify + wanted, headers=headers) as response:
            expected = await response.json()
        costs = []
        for path in (wanted, wanted, f"{BATCH},{World.of(1).tracks[5].id}&market=US"):
            async with http.get(house.base + path) as response:
                costs.append(response.headers["X-Upstream-Calls"])
                answered = await response.json()
            assert answered["tracks"][:5] == expected["tracks"][:5]
        assert costs == ["1", "0", "1"]
        assert expected["tracks"][5] is None


async def test_what_was_learned_shows_in_the_metrics() -> None:
    async with running(SPOTIFY_PROFILE="auto") as house, aiohttp.ClientSession() as http:
        await get(house, BATCH)
        async with http.get(f"{house.base}/metrics") as response:
            text = await response.text()
        assert 'fermata_profile_lacking{endpoint="get-several-tracks"} 1.0' in text
