"""The player as it is watched: time moves it, and control routes move it where nothing else does."""

from typing import Any

import pytest

from ops.simulator import World
from ops.simulator.player.devices import COMPUTER, PHONE, SPEAKER, TELEVISION, device_id
from ops.simulator.player.reasons import REASONS

WORLD = World.of(1)
ALBUM = WORLD.albums[0]
TRACKS = [WORLD.tracks[number] for number in ALBUM.tracks]
URIS = [f"spotify:track:{track.id}" for track in TRACKS]
ALBUM_URI = f"spotify:album:{ALBUM.id}"
SHOW = WORLD.shows[0]
EPISODE_URI = f"spotify:episode:{WORLD.episodes[0].id}"
SHOW_URI = f"spotify:show:{SHOW.id}"
NOON_MS = 1_795_176_000_000
DESK, POCKET = device_id("demo", COMPUTER), device_id("demo", PHONE)
KITCHEN = device_id("demo", SPEAKER)


async def test_the_state_tells_device_item_modes_and_context(connect: Any) -> None:
    remote = await connect()
    state = await remote.get()
    assert state["device"] == {
        "id": DESK,
        "is_active": True,
        "is_private_session": False,
        "is_restricted": False,
        "name": COMPUTER,
        "supports_volume": True,
        "type": "Computer",
        "volume_percent": 65,
    }
    assert (state["is_playing"], state["shuffle_state"], state["repeat_state"]) == (True, False, "off")
    assert (state["progress_ms"], state["timestamp"], state["currently_playing_type"]) == (0, NOON_MS, "track")
    assert (state["item"]["id"], state["item"]["is_playable"]) == (TRACKS[0].id, True)
    assert (state["context"]["uri"], state["context"]["type"]) == (ALBUM_URI, "album")
    assert state["actions"]["disallows"] == {"resuming": True, "skipping_prev": True}


async def test_progress_follows_the_clock_and_stands_still_while_paused(connect: Any) -> None:
    remote = await connect()
    remote.spotify.now += 12.5
    assert await remote.heard() == ("Paper Lanterns", 12_500)
    await remote.does("PUT", "/pause")
    remote.spotify.now += 60
    assert await remote.heard() == ("Paper Lanterns", 12_500)
    await remote.does("PUT", "/play")
    remote.spotify.now += 1
    assert await remote.heard() == ("Paper Lanterns", 13_500)


async def test_a_track_that_ends_makes_room_for_the_next_and_enters_the_history(connect: Any) -> None:
    remote = await connect()
    remote.spotify.now += TRACKS[0].duration_ms / 1000 + 3
    assert await remote.heard() == ("Night Ferry", 3_000)
    newest = (await remote.get("/recently-played", limit=1))["items"][0]
    assert (newest["track"]["id"], newest["context"]["uri"]) == (TRACKS[0].id, ALBUM_URI)
    assert newest["played_at"].startswith("2026-11-20T12:0")


async def test_an_album_that_ends_stops_at_its_beginning(connect: Any) -> None:
    remote = await connect()
    remote.spotify.now += 86_400
    state = await remote.get()
    assert (state["is_playing"], state["progress_ms"], state["item"]["id"]) == (False, 0, TRACKS[0].id)
    assert state["actions"]["disallows"]["pausing"]


@pytest.mark.parametrize(("repeat", "name"), [("track", "Paper Lanterns"), ("context", "Night Ferry")])
async def test_repeating_goes_on_for_ever(connect: Any, repeat: str, name: str) -> None:
    remote = await connect()
    await remote.does("PUT", "/repeat", state=repeat)
    round_ms = TRACKS[0].duration_ms if repeat == "track" else sum(track.duration_ms for track in TRACKS)
    first_ms = 0 if repeat == "track" else TRACKS[0].duration_ms
    remote.spotify.now += (3 * round_ms + first_ms + 5_000) / 1000
    assert await remote.heard() == (name, 5_000)
    assert (await remote.get())["repeat_state"] == repeat


async def test_nothing_active_is_a_204_and_an_empty_queue(connect: Any) -> None:
    remote = await connect("friend")
    assert await remote.get() == 204
    assert await remote.get("/currently-playing") == 204
    assert await remote.get("/queue") == {"currently_playing": None, "queue": []}
    assert not any(device["is_active"] for device in (await remote.get("/devices"))["devices"])


async def test_devices_differ_in_what_they_allow(connect: Any) -> None:
    devices = (await (await connect()).get("/devices"))["devices"]
    assert [(one["name"], one["is_active"], one["is_restricted"], one["supports_volume"]) for one in devices] == [
        (COMPUTER, True, False, True),
        (PHONE, False, False, False),
        (SPEAKER, False, True, True),
        (TELEVISION, False, True, False),
    ]
    assert [one["id"] for one in devices] == [DESK, POCKET, KITCHEN, None]


async def test_what_is_queued_comes_first_and_the_album_goes_on_after_it(connect: Any) -> None:
    remote = await connect()
    await remote.does("POST", "/queue", uri=URIS[7])
    await remote.does("POST", "/queue", uri=EPISODE_URI)
    queue = await remote.get("/queue")
    assert queue["currently_playing"]["uri"] == URIS[0]
    assert [item["uri"] for item in queue["queue"]] == [URIS[7], EPISODE_URI, *URIS[1:]]
    for name in (TRACKS[7].name, WORLD.episodes[0].name, TRACKS[1].name):
        await remote.does("POST", "/next")
        assert await remote.heard() == (name, 0)
    await remote.does("POST", "/previous")
    assert await remote.heard() == (TRACKS[0].name, 0)


async def test_a_repeated_context_fills_the_queue_up_to_twenty(connect: Any) -> None:
    remote = await connect()
    await remote.does("PUT", "/repeat", state="context")
    assert len((await remote.get("/queue"))["queue"]) == 20


async def test_a_podcast_is_null_for_a_client_that_does_not_ask_for_it(connect: Any) -> None:
    remote = await connect()
    await remote.does("PUT", "/play", json={"context_uri": SHOW_URI, "offset": {"position": 2}})
    blind, seeing = await remote.get("/currently-playing"), await remote.get(additional_types="track,episode")
    assert (blind["item"], blind["currently_playing_type"]) == (None, "episode")
    assert seeing["item"]["id"] == WORLD.episodes[2].id
    assert seeing["item"]["show"]["id"] == SHOW.id
    assert seeing["item"]["resume_point"].keys() == {"fully_played", "resume_position_ms"}
    assert "device" not in blind


@pytest.mark.parametrize("reason", REASONS)
async def test_every_reason_can_be_ordered_for_one_command(connect: Any, reason: str) -> None:
    remote = await connect()
    assert (await remote.control(user="demo", refuse=reason))[1]["refusals"] == [reason]
    status, _, given = await remote.fails("PUT", "/pause")
    assert (status, given) == (404 if reason == "NO_ACTIVE_DEVICE" else 403, reason)
    await remote.does("PUT", "/pause")


async def test_the_active_device_can_be_taken_away_and_given_back(connect: Any) -> None:
    remote = await connect()
    remote.spotify.now += 7
    assert (await remote.control(user="demo", active=None))[1]["active"] is None
    assert await remote.get() == 204
    assert (await remote.fails("PUT", "/pause"))[2] == "NO_ACTIVE_DEVICE"
    await remote.control(user="demo", active=COMPUTER)
    state = await remote.get()
    assert (state["is_playing"], state["progress_ms"]) == (False, 7_000)


async def test_devices_can_be_switched_off_and_on_again(connect: Any) -> None:
    remote = await connect()
    assert (await remote.control(user="demo", devices=[SPEAKER]))[1]["active"] is None
    assert [one["name"] for one in (await remote.get("/devices"))["devices"]] == [SPEAKER]
    assert (await remote.fails("PUT", json={"device_ids": [DESK]}))[:2] == (404, "Device not found")
    await remote.control(user="demo", devices=[COMPUTER, PHONE])
    await remote.does("PUT", json={"device_ids": [DESK]})
    assert (await remote.get())["device"]["id"] == DESK


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"user": "demo", "devices": ["Toaster"]},
        {"user": "nobody"},
        {"user": "demo", "refuse": "BAD_MOOD"},
        {"user": "demo", "active": "Toaster"},
        ["demo"],
    ],
)
async def test_the_control_route_says_what_it_wants(connect: Any, body: Any) -> None:
    remote = await connect()
    async with remote.spotify.client.post("/_simulator/player", json=body) as response:
        assert response.status == 400
    async with remote.spotify.client.post("/_simulator/player", data=b"{") as response:
        assert response.status == 400


async def test_history_is_paged_backwards_by_time(connect: Any) -> None:
    remote = await connect()
    first = await remote.get("/recently-played", limit=20)
    assert (len(first["items"]), first["limit"]) == (20, 20)
    second = await remote.get("/recently-played", limit=50, before=first["cursors"]["before"])
    assert (len(second["items"]), second["next"]) == (30, None)
    assert first["next"].endswith(f"before={first['cursors']['before']}&limit=20")
    times = [item["played_at"] for item in first["items"] + second["items"]]
    assert times == sorted(times, reverse=True)
    assert len(set(times)) == 50
    assert (await remote.get("/recently-played", after=first["cursors"]["after"]))["items"] == []


async def test_podcasts_and_short_plays_leave_no_trace(connect: Any) -> None:
    remote = await connect()
    before = await remote.get("/recently-played", limit=1)
    remote.spotify.now += 20
    await remote.does("PUT", "/play", json={"uris": [EPISODE_URI]})
    remote.spotify.now += 100_000
    assert await remote.get("/recently-played", limit=1) == before


@pytest.mark.parametrize(
    ("path", "scope"),
    [
        ("", "user-read-playback-state"),
        ("/devices", "user-read-playback-state"),
        ("/currently-playing", "user-read-currently-playing"),
        ("/recently-played", "user-read-recently-played"),
    ],
)
async def test_reads_need_their_scope_and_nothing_else(connect: Any, path: str, scope: str) -> None:
    assert isinstance(await (await connect(scopes=scope)).get(path), dict)
    assert await (await connect(scopes="user-top-read")).get(path) == 403
