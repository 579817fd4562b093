"""Player commands do what they say, or are refused in Spotify's words and change nothing."""

from typing import Any

import pytest

from ops.simulator import World
from ops.simulator.player.devices import COMPUTER, PHONE, SPEAKER, device_id

WORLD = World.of(1)
ALBUM = WORLD.albums[0]
TRACKS = [WORLD.tracks[number] for number in ALBUM.tracks]
URIS = [f"spotify:track:{track.id}" for track in TRACKS]
ALBUM_URI = f"spotify:album:{ALBUM.id}"
SHOW = WORLD.shows[0]
SHOW_URI = f"spotify:show:{SHOW.id}"
DESK, POCKET = device_id("demo", COMPUTER), device_id("demo", PHONE)


@pytest.mark.parametrize(
    ("body", "name", "progress_ms"),
    [
        ({"context_uri": ALBUM_URI}, TRACKS[0].name, 0),
        ({"context_uri": ALBUM_URI, "offset": {"position": 4}}, TRACKS[4].name, 0),
        ({"context_uri": ALBUM_URI, "offset": {"uri": URIS[5]}, "position_ms": 1500}, TRACKS[5].name, 1500),
        ({"uris": URIS[2:4]}, TRACKS[2].name, 0),
        ({"uris": URIS[2:4], "offset": {"uri": URIS[3]}}, TRACKS[3].name, 0),
        ({"uris": ["spotify:track:" + "0" * 22, URIS[6]], "offset": {"position": 1}}, TRACKS[6].name, 0),
        ({"context_uri": f"spotify:artist:{WORLD.artists[0].id}"}, TRACKS[0].name, 0),
        ({"context_uri": "spotify:user:demo:collection", "offset": {"position": 0}}, TRACKS[0].name, 0),
        ({"position_ms": 9000}, TRACKS[0].name, 9000),
        ({"context_uri": None, "uris": None, "position_ms": 70}, TRACKS[0].name, 70),
    ],
)
async def test_play_starts_where_it_is_told(
    connect: Any, body: dict[str, Any], *, name: str, progress_ms: int
) -> None:
    remote = await connect()
    await remote.does("PUT", "/play", json=body)
    assert await remote.heard() == (name, progress_ms)


async def test_a_playlist_can_be_played(connect: Any) -> None:
    remote = await connect()
    playlist = next(one for one in WORLD.playlists if not one.hidden)
    await remote.does("PUT", "/play", json={"context_uri": f"spotify:playlist:{playlist.id}"})
    state = await remote.get()
    assert (state["context"]["type"], state["item"]["type"]) == ("playlist", "track")


async def test_a_bare_list_has_no_context(connect: Any) -> None:
    remote = await connect()
    await remote.does("PUT", "/play", json={"uris": URIS[:1]})
    assert (await remote.get())["context"] is None
    assert await remote.fails("PUT", "/repeat", state="context") == (
        403,
        "Not playing a context",
        "NOT_PLAYING_CONTEXT",
    )
    assert await remote.fails("POST", "/next") == (403, "No next track", "NO_NEXT_TRACK")


async def test_shuffle_mixes_what_follows_and_can_be_undone(connect: Any) -> None:
    remote = await connect()
    await remote.does("PUT", "/shuffle", state="true")
    mixed = [item["uri"] for item in (await remote.get("/queue"))["queue"]]
    assert mixed != URIS[1:]
    assert sorted(mixed) == sorted(URIS[1:])
    assert (await remote.get())["shuffle_state"]
    await remote.does("PUT", "/shuffle", state="false")
    assert [item["uri"] for item in (await remote.get("/queue"))["queue"]] == URIS[1:]


async def test_seeking_beyond_the_end_is_the_next_item(connect: Any) -> None:
    remote = await connect()
    await remote.does("PUT", "/seek", position_ms=42_000)
    assert await remote.heard() == (TRACKS[0].name, 42_000)
    await remote.does("PUT", "/seek", position_ms=TRACKS[0].duration_ms)
    assert await remote.heard() == (TRACKS[1].name, 0)


async def test_a_transfer_takes_the_music_along(connect: Any) -> None:
    remote = await connect()
    remote.spotify.now += 10
    await remote.does("PUT", json={"device_ids": [POCKET]})
    remote.spotify.now += 5
    state = await remote.get()
    assert (state["device"]["id"], state["is_playing"], state["progress_ms"]) == (POCKET, True, 15_000)
    await remote.does("PUT", "/pause")
    await remote.does("PUT", json={"device_ids": [DESK]})
    assert not (await remote.get())["is_playing"]
    await remote.does("PUT", json={"device_ids": [POCKET], "play": True})
    assert (await remote.get())["is_playing"]


async def test_play_wakes_an_inactive_device_but_no_other_command_does(connect: Any) -> None:
    remote = await connect("friend")
    phone = device_id("friend", PHONE)
    assert await remote.fails("PUT", "/pause", device_id=phone) == (403, "Restriction violated", "UNKNOWN")
    await remote.does("PUT", "/play", json={"context_uri": ALBUM_URI}, device_id=phone)
    assert (await remote.get())["device"]["name"] == PHONE


async def test_volume_is_a_matter_of_the_device(connect: Any) -> None:
    remote = await connect()
    await remote.does("PUT", "/volume", volume_percent=0)
    assert (await remote.get())["device"]["volume_percent"] == 0
    await remote.does("PUT", json={"device_ids": [POCKET]})
    assert await remote.fails("PUT", "/volume", volume_percent=30) == (
        403,
        "Cannot control device volume",
        "VOLUME_CONTROL_DISALLOW",
    )


WRITES: tuple[tuple[str, str, object, dict[str, str | int]], ...] = (
    ("PUT", "/play", None, {}),
    ("PUT", "/pause", None, {}),
    ("PUT", "/seek", None, {"position_ms": 1}),
    ("PUT", "/repeat", None, {"state": "off"}),
    ("PUT", "/shuffle", None, {"state": "false"}),
    ("PUT", "/volume", None, {"volume_percent": 1}),
    ("POST", "/next", None, {}),
    ("POST", "/previous", None, {}),
    ("POST", "/queue", None, {"uri": URIS[0]}),
)


@pytest.mark.parametrize(("method", "path", "body", "query"), WRITES)
async def test_every_command_needs_a_device_that_can_be_had(
    connect: Any, method: str, path: str, *, body: object, query: dict[str, Any]
) -> None:
    remote = await connect("friend")
    no_device = (404, "No active device found", "NO_ACTIVE_DEVICE")
    assert await remote.fails(method, path, json=body, **query) == no_device
    assert await remote.fails(method, path, device_id="f" * 40, **query) == (404, "Device not found", None)
    speaker = device_id("friend", SPEAKER)
    assert await remote.fails(method, path, device_id=speaker, **query) == (
        403,
        "Device cannot be controlled",
        "DEVICE_NOT_CONTROLLABLE",
    )


@pytest.mark.parametrize(
    ("method", "path", "body", "query"), [*WRITES, ("PUT", "", {"device_ids": [device_id("freebie", PHONE)]}, {})]
)
async def test_commands_are_for_premium_users(
    connect: Any, method: str, path: str, *, body: object, query: dict[str, Any]
) -> None:
    remote = await connect("freebie")
    assert await remote.fails(method, path, json=body, **query) == (403, "Premium required", "PREMIUM_REQUIRED")
    assert not (await remote.get())["is_playing"]


async def test_what_already_is_so_is_a_restriction(connect: Any) -> None:
    remote = await connect()
    restricted = (403, "Restriction violated", "UNKNOWN")
    assert await remote.fails("PUT", "/play") == restricted
    assert await remote.fails("PUT", "/play", json={}) == restricted
    await remote.does("PUT", "/pause")
    assert await remote.fails("PUT", "/pause") == restricted


async def test_states_bring_their_own_refusals(connect: Any) -> None:
    remote = await connect()
    assert (await remote.fails("POST", "/previous"))[2] == "NO_PREV_TRACK"
    last = {"context_uri": ALBUM_URI, "offset": {"position": len(URIS) - 1}}
    await remote.does("PUT", "/play", json=last)
    assert (await remote.fails("POST", "/next"))[2] == "NO_NEXT_TRACK"
    outside = {"context_uri": ALBUM_URI, "offset": {"position": len(URIS)}}
    assert (await remote.fails("PUT", "/play", json=outside))[2] == "NO_SPECIFIC_TRACK"
    unknown = {"uris": ["spotify:track:" + "0" * 22]}
    assert (await remote.fails("PUT", "/play", json=unknown))[2] == "UNKNOWN"
    assert (await remote.heard())[0] == TRACKS[-1].name
    await remote.does("PUT", "/play", json={"context_uri": SHOW_URI})
    assert (await remote.fails("PUT", "/shuffle", state="true"))[2] == "CONTEXT_DISALLOW"


async def test_a_device_without_anything_loaded_plays_no_track(connect: Any) -> None:
    remote = await connect("friend")
    await remote.does("PUT", json={"device_ids": [device_id("friend", COMPUTER)], "play": True})
    assert await remote.get("/currently-playing") == 204
    assert (await remote.get())["item"] is None
    assert (await remote.fails("POST", "/next"))[2] == "NOT_PLAYING_TRACK"
    assert (await remote.fails("PUT", "/play"))[2] == "UNKNOWN"


@pytest.mark.parametrize(
    ("method", "path", "body", "query", "message"),
    [
        ("PUT", "", {}, {}, "Exactly one device id must be provided"),
        ("PUT", "", {"device_ids": []}, {}, "Exactly one device id must be provided"),
        ("PUT", "", {"device_ids": [DESK, POCKET]}, {}, "Exactly one device id must be provided"),
        ("PUT", "", {"device_ids": [DESK], "play": "yes"}, {}, "Invalid play"),
        ("PUT", "/play", {"context_uri": ALBUM_URI, "uris": URIS}, {}, "Can't have both context_uri and uris"),
        ("PUT", "/play", {"context_uri": "spotify:track:1"}, {}, "Invalid context uri"),
        ("PUT", "/play", {"uris": []}, {}, "Invalid uris"),
        ("PUT", "/play", {"uris": ["spotify:album:1"]}, {}, "Invalid track uri: spotify:album:1"),
        ("PUT", "/play", {"position_ms": -1}, {}, "Invalid position_ms"),
        ("PUT", "/play", {"context_uri": ALBUM_URI, "offset": {"position": -1}}, {}, "Invalid offset"),
        ("PUT", "/play", {"context_uri": ALBUM_URI, "offset": 3}, {}, "Invalid offset"),
        ("PUT", "/seek", None, {}, "Missing required field: position_ms"),
        ("PUT", "/seek", None, {"position_ms": -5}, "Invalid position_ms"),
        ("PUT", "/volume", None, {"volume_percent": 101}, "Invalid volume_percent"),
        ("PUT", "/repeat", None, {"state": "all"}, "Invalid state"),
        ("PUT", "/shuffle", None, {"state": "yes"}, "Invalid state"),
        ("POST", "/queue", None, {"uri": "spotify:track:short"}, "Invalid track uri: spotify:track:short"),
        (
            "GET",
            "/recently-played",
            None,
            {"after": 1, "before": 2},
            "Only one of before or after may be specified",
        ),
        ("GET", "/recently-played", None, {"after": "noon"}, "Invalid after"),
        ("GET", "/recently-played", None, {"limit": 51}, "Invalid limit"),
        ("GET", "", None, {"market": "us"}, "Invalid market"),
    ],
)
async def test_a_wrong_argument_is_a_400_in_these_words(
    connect: Any, method: str, path: str, *, body: object, query: dict[str, Any], message: str
) -> None:
    remote = await connect()
    assert await remote.fails(method, path, json=body, **query) == (400, message, None)


async def test_rare_ways_to_fail_to_play(connect: Any) -> None:
    remote = await connect()
    artist = {"context_uri": f"spotify:artist:{WORLD.artists[0].id}", "offset": {"position": 1}}
    assert (await remote.fails("PUT", "/play", json=artist))[:2] == (
        400,
        "Can't have offset for context type: ARTIST",
    )
    nowhere = {"context_uri": "spotify:album:" + "0" * 22}
    assert (await remote.fails("PUT", "/play", json=nowhere))[:2] == (404, "Resource not found")
    assert (await remote.fails("PUT", "/play", json={"uris": URIS[:1] * 229}))[0] == 500


async def test_a_refused_play_leaves_everything_as_it_was(connect: Any) -> None:
    remote = await connect()
    await remote.does("PUT", "/play", json={"uris": URIS[:1]})
    beyond = {"position_ms": 10_000_000}
    assert (await remote.fails("PUT", "/play", json=beyond, device_id=POCKET))[2] == "NO_NEXT_TRACK"
    assert (await remote.get())["device"]["id"] == DESK
    assert await remote.heard() == (TRACKS[0].name, 0)


async def test_commands_need_their_scope_and_a_user(connect: Any) -> None:
    remote = await connect(scopes="user-read-playback-state")
    assert await remote.fails("PUT", "/pause") == (403, "Insufficient client scope", None)
    app = await remote.spotify.ask_token(grant_type="client_credentials")
    remote.token = app.body["access_token"]
    assert (await remote.call("GET"))[0] == 401
