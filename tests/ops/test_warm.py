"""A job warms what it is told, waits when it must, never spends a call twice, and goes on where it was stopped."""

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from gateway.keys import fingerprint, new_key
from house import running
from ops.simulator import SimulatorConfig
from ops.simulator.people.founders import LONG, ODDS, playlist_id
from ops.warm.command import NOT_ALL
from ops.warm.items import Item
from warm_rig import AMPLE, TRACKS, WORLD, Run, batch, command, paths, scripted


async def test_tracks_are_warm_afterwards_and_known_to_whoever_asks_again(tmp_path: Path) -> None:
    wanted = TRACKS[:120]
    async with running(AMPLE) as house, aiohttp.ClientSession() as http:
        first = await Run(tmp_path, house.base, *wanted, market="US")()
        assert first.code == 0
        assert first.summary == {"asked": 120, "warmed": 120, "already known": 0, **NOTHING_ELSE, "spent": 120}
        assert paths(house.log) == {f"/v1/tracks/{item.id}": 1 for item in wanted}
        assert first.told.states[-1] == (120, 120)
        assert first.told.closed
        async with http.get(f"{house.base}/v1/tracks/{wanted[70].id}?market=US") as response:
            assert response.headers["X-Cache"] == "HIT"
        other = await Run(tmp_path / "elsewhere", house.base, *wanted, market="US")()
        assert other.summary == {"asked": 120, "warmed": 0, "already known": 120, **NOTHING_ELSE, "spent": 0}
        assert paths(house.log).total() == 120


async def test_a_gateway_that_wants_a_key_is_shown_one(tmp_path: Path) -> None:
    key = new_key()
    async with running(AMPLE, AUTH_MODE="keys", FERMATA_KEYS=f"nightly:{fingerprint(key)}") as house:
        run = await Run(tmp_path, house.base, *TRACKS[:2], key=key)()
        assert (run.code, run.summary["warmed"]) == (0, 2)
        assert key not in repr(run.wish)
        assert (await Run(tmp_path / "without", house.base, TRACKS[2])()).code == NOT_ALL


NOTHING_ELSE = {"unknown to Spotify": 0, "had": 0}


async def test_it_spends_background_budget_only(tmp_path: Path) -> None:
    seen: list[Any] = []

    async def answer(request: web.Request) -> web.Response:
        seen.append((request.headers["X-Priority"], int(request.headers["X-Deadline-Ms"])))
        return batch(request)

    async with scripted(answer) as base:
        assert (await Run(tmp_path, base, TRACKS[0])()).code == 0
    assert seen == [("background", 10_000)]


async def test_where_spotify_has_batches_they_are_used(tmp_path: Path) -> None:
    albums = [Item("album", album.id) for album in WORLD.albums[:25]]
    async with running(SimulatorConfig(profile="extended", limit=1000)) as house:
        run = await Run(tmp_path, house.base, *TRACKS[:60], *albums)()
        assert run.summary == {"asked": 85, "warmed": 85, "already known": 0, **NOTHING_ELSE, "spent": 4}
        assert paths(house.log) == {"/v1/tracks": 2, "/v1/albums": 2}


async def test_a_finished_job_says_so_and_asks_nothing_until_it_is_told_to_start_over(tmp_path: Path) -> None:
    async with running(AMPLE) as house:
        await Run(tmp_path, house.base, *TRACKS[:3])()
        second = await Run(tmp_path, house.base, *reversed(TRACKS[:3]))()
        assert second.code == 0
        assert "finished" in second.said[0]
        assert "--again" in second.said[0]
        third = await Run(tmp_path, house.base, *TRACKS[:3], again=True)()
        assert third.summary["already known"] == 3
        assert paths(house.log).total() == 3


async def test_every_kind_can_be_warmed(tmp_path: Path) -> None:
    items = (
        Item("album", WORLD.albums[0].id),
        Item("artist", WORLD.artists[0].id),
        Item("show", WORLD.shows[0].id),
        Item("episode", WORLD.episodes[0].id),
        Item("audiobook", WORLD.audiobooks[0].id),
        Item("chapter", WORLD.chapters[0].id),
    )
    async with running(AMPLE) as house:
        run = await Run(tmp_path, house.base, *items, market="US")()
    assert run.code == 0
    assert run.summary["warmed"] == len(items)


async def test_ids_that_spotify_does_not_know_are_listed_and_count_as_done(tmp_path: Path) -> None:
    strange = Item("track", "0" * 22)
    async with running(AMPLE) as house:
        run = await Run(tmp_path, house.base, TRACKS[0], strange, TRACKS[1])()
        assert run.code == 0
        assert run.summary == {
            "asked": 3,
            "warmed": 2,
            "already known": 0,
            "unknown to Spotify": 1,
            "had": 0,
            "spent": 3,
        }
        assert f"unknown to Spotify: {strange}" in run.said[-1]


async def test_a_playlist_stands_for_its_tracks(tmp_path: Path) -> None:
    long, odds = (Item("playlist", playlist_id("demo", name)) for name in (LONG, ODDS))
    async with running(AMPLE) as house:
        run = await Run(tmp_path, house.base, long, odds)()
        assert run.code == 0
        called = paths(house.log)
        tracks = {path: count for path, count in called.items() if path.startswith("/v1/tracks/")}
        # The pages brought them, so that no track needs a call of its own.
        assert not tracks
        assert run.summary["already known"] == run.summary["asked"] > 260
        assert "already known" in run.said[-1]
        assert "what the pages of playlists brought counts as known" in run.said[-1]
        assert called[f"/v1/playlists/{long.id}/items"] == 6
        assert called[f"/v1/playlists/{odds.id}/items"] == 1
        assert run.told.states[0][1] == 50


async def test_a_playlist_that_may_not_be_read_is_named_and_the_rest_is_warmed(tmp_path: Path) -> None:
    foreign = Item("playlist", WORLD.playlists[0].id)
    async with running(AMPLE) as house:
        run = await Run(tmp_path, house.base, foreign, TRACKS[0])()
        assert run.code == NOT_ALL
        assert run.summary["warmed"] == 1
        assert f"not to be had: {foreign}: " in run.said[-1]
        # What was had is not asked for again.
        again = await Run(tmp_path, house.base, foreign, TRACKS[0])()
        assert again.code == NOT_ALL
        assert paths(house.log)[f"/v1/tracks/{TRACKS[0].id}"] == 1


# From here on gateways that answer as they are told to.


async def test_bad_items_end_the_command_before_anything_is_sent(tmp_path: Path) -> None:
    async with command(tmp_path, "http://127.0.0.1:1", Item("tape", "x")) as process:
        out, err = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 2
    assert b"standard input, line 1: 'tape:x' is not" in err
    assert not out
    assert not made_in(tmp_path)


def made_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    async with command(tmp_path / "file", "http://127.0.0.1:1", TRACKS[0]) as process:
        _, err = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 2
    assert b"DATA_DIR" in err
