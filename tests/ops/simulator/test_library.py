"""The library: pages of it, the routes of old per kind, the one route for all kinds, and who may use which."""

from typing import Any

import pytest

from ops.simulator import World
from ops.simulator.people.founders import HARBOUR, playlist_id

WORLD = World.of(1)
UNKNOWN = "0" * 22
KINDS = {
    "tracks": [track.id for track in WORLD.tracks[500:560]],
    "albums": [album.id for album in WORLD.albums[500:560]],
    "shows": [show.id for show in WORLD.shows if "US" in show.markets][-5:],
    "episodes": [episode.id for episode in WORLD.episodes[-5:]],
    "audiobooks": [book.id for book in WORLD.audiobooks if "US" in book.markets][-5:],
}
FRESH = WORLD.tracks[9_000].id


async def signed_in(start: Any, **settings: Any) -> Any:
    spotify = await start(**{"profile": "extended"} | settings)
    await spotify.login("freebie")
    return spotify


@pytest.mark.parametrize("plural", KINDS)
async def test_what_is_saved_is_listed_latest_first_with_its_date(start: Any, plural: str) -> None:
    spotify = await start()
    await spotify.login()
    page = (await spotify.get(f"/v1/me/{plural}", limit=50)).body
    dates = [item["added_at"] for item in page["items"]]
    assert page["items"]
    assert dates == sorted(dates, reverse=True)
    assert all(item[plural[:-1]]["type"] == plural[:-1] for item in page["items"])


async def test_the_first_library_is_the_same_every_time(start: Any) -> None:
    pages = []
    for _ in range(2):
        spotify = await start()
        await spotify.login()
        pages.append((await spotify.get("/v1/me/tracks")).body)
    assert pages[0] == pages[1]
    assert (pages[0]["total"], pages[0]["items"][0]["track"]["name"]) == (60, "Paper Lanterns")


@pytest.mark.parametrize("in_body", [False, True])
@pytest.mark.parametrize("plural", KINDS)
async def test_the_routes_of_old_save_tell_and_drop(start: Any, plural: str, *, in_body: bool) -> None:
    spotify = await signed_in(start)
    ids, path = KINDS[plural][:3], f"/v1/me/{plural}"

    async def send(method: str) -> tuple[int, Any]:
        query = "" if in_body else f"?ids={','.join(ids)}"
        answer = await spotify.send(method, path + query, json={"ids": ids} if in_body else None)
        return answer.status, answer.body

    spotify.now += 90
    assert await send("PUT") == (200, "")
    asked = f"{path}/contains?ids={','.join([*ids, KINDS[plural][3]])}"
    assert (await spotify.get(asked)).body == [True, True, True, False]
    items = (await spotify.get(path)).body["items"][:3]
    assert [item[plural[:-1]]["id"] for item in items] == ids
    assert {item["added_at"] for item in items} == {"2026-11-20T12:01:30Z"}
    assert await send("DELETE") == (200, "")
    assert (await spotify.get(asked)).body == [False] * 4


async def test_saving_again_keeps_the_first_date(start: Any) -> None:
    spotify = await signed_in(start)
    await spotify.send("PUT", f"/v1/me/tracks?ids={FRESH}")
    spotify.now += 600
    await spotify.send("PUT", f"/v1/me/tracks?ids={FRESH}")
    assert (await spotify.get("/v1/me/tracks")).body["items"][0]["added_at"] == "2026-11-20T12:00:00Z"


async def test_tracks_can_be_saved_with_dates(start: Any) -> None:
    spotify = await signed_in(start)
    first, second = KINDS["tracks"][:2]
    rows = [{"id": first, "added_at": "2030-01-01T00:00:00Z"}, {"id": second, "added_at": "2030-01-02T00:00:00Z"}]
    assert (await spotify.send("PUT", "/v1/me/tracks", json={"timestamped_ids": rows})).status == 200
    items = (await spotify.get("/v1/me/tracks", limit=2)).body["items"]
    assert [(item["track"]["id"], item["added_at"][:10]) for item in items] == [
        (second, "2030-01-02"),
        (first, "2030-01-01"),
    ]
    rows[0]["added_at"] = "yesterday"
    assert (await spotify.send("PUT", "/v1/me/tracks", json={"timestamped_ids": rows})).status == 400


@pytest.mark.parametrize(
    ("method", "path", "message"),
    [
        ("PUT", "/v1/me/tracks", "Missing required field: ids"),
        ("DELETE", "/v1/me/albums", "Missing required field: ids"),
        ("PUT", f"/v1/me/tracks?ids={','.join([UNKNOWN] * 51)}", "Too many ids requested"),
        ("PUT", f"/v1/me/albums?ids={','.join([UNKNOWN] * 21)}", "Too many ids requested"),
        ("GET", f"/v1/me/albums/contains?ids={','.join([UNKNOWN] * 21)}", "Too many ids requested"),
        ("PUT", "/v1/me/tracks?ids=short", "Invalid base62 id"),
        ("PUT", f"/v1/me/tracks?ids={FRESH},{UNKNOWN}", "Payload contains a non-existing ID"),
        ("GET", "/v1/me/tracks?limit=51", "Invalid limit"),
        ("PUT", "/v1/me/library", "Missing required field: uris"),
        ("DELETE", "/v1/me/library?uris=", "Missing required field: uris"),
        ("PUT", f"/v1/me/library?uris={','.join(['spotify:user:demo'] * 41)}", "Too many uris requested"),
        ("PUT", "/v1/me/library?uris=spotify:genre:x", "Invalid uri: spotify:genre:x"),
        ("PUT", "/v1/me/library?uris=track", "Invalid uri: track"),
        ("PUT", "/v1/me/library?uris=spotify:track:x", "Invalid base62 id"),
        ("PUT", f"/v1/me/library?uris=spotify:album:{UNKNOWN}", "Payload contains a non-existing ID"),
    ],
)
async def test_a_wrong_wish_is_refused_in_these_words(start: Any, method: str, path: str, message: str) -> None:
    spotify = await signed_in(start)
    answer = await spotify.send(method, path)
    assert (answer.status, answer.message) == (400, message)
    assert (await spotify.get(f"/v1/me/tracks/contains?ids={FRESH}")).body == [False]


@pytest.mark.parametrize("profile", ["extended", "development"])
async def test_the_new_library_takes_any_mix_of_kinds_in_order(start: Any, profile: str) -> None:
    spotify = await signed_in(start, profile=profile)
    uris = [
        f"spotify:track:{FRESH}",
        f"spotify:album:{KINDS['albums'][0]}",
        f"spotify:artist:{WORLD.artists[7].id}",
        "spotify:user:demo",
        f"spotify:playlist:{playlist_id('friend', HARBOUR)}",
        f"spotify:show:{KINDS['shows'][0]}",
    ]
    joined = ",".join(uris)
    assert (await spotify.get(f"/v1/me/library/contains?uris={joined}")).body == [False] * 6
    saved = await spotify.send("PUT", f"/v1/me/library?uris={joined}")
    assert (saved.status, saved.body) == (200, "")
    assert (await spotify.get(f"/v1/me/library/contains?uris={joined}")).body == [True] * 6
    await spotify.send("DELETE", f"/v1/me/library?uris={uris[0]},{uris[3]}")
    left = (await spotify.get(f"/v1/me/library/contains?uris={joined}")).body
    assert left == [False, True, True, False, True, True]


async def test_the_new_library_reads_no_body(start: Any) -> None:
    spotify = await signed_in(start)
    answer = await spotify.send("PUT", "/v1/me/library", json={"uris": [f"spotify:track:{FRESH}"]})
    assert (answer.status, answer.message) == (400, "Missing required field: uris")


async def test_each_uri_needs_the_scope_of_its_kind_and_none_is_kept_without(start: Any) -> None:
    spotify = await start()
    await spotify.login("freebie", "user-library-modify user-library-read")
    refused = await spotify.send("PUT", f"/v1/me/library?uris=spotify:track:{FRESH},spotify:user:demo")
    assert (refused.status, refused.message) == (403, "Insufficient client scope")
    assert (await spotify.get(f"/v1/me/library/contains?uris=spotify:track:{FRESH}")).body == [False]


async def test_the_routes_of_old_are_gone_from_new_development_applications(start: Any) -> None:
    spotify = await signed_in(start, profile="development")
    for plural, ids in KINDS.items():
        for method, path in (("PUT", plural), ("DELETE", plural), ("GET", f"{plural}/contains")):
            answer = await spotify.send(method, f"/v1/me/{path}?ids={ids[0]}")
            assert (answer.status, answer.message) == (403, "Forbidden"), (method, path)
        assert (await spotify.get(f"/v1/me/{plural}")).status == 200


async def test_a_user_hears_as_the_account_does_whatever_the_market_asked_for(start: Any) -> None:
    spotify = await start(profile="extended")
    await spotify.login()
    track = (await spotify.get("/v1/me/tracks", market="CN")).body["items"][0]["track"]
    assert track["is_playable"] is True
    assert (await spotify.get("/v1/me/tracks", market="xx")).message == "Invalid market"


async def test_libraries_of_two_users_and_two_simulators_are_apart(start: Any) -> None:
    one, other = await signed_in(start), await signed_in(start)
    await one.send("PUT", f"/v1/me/tracks?ids={FRESH}")
    assert (await other.get(f"/v1/me/tracks/contains?ids={FRESH}")).body == [False]
    await one.login("friend")
    assert (await one.get(f"/v1/me/tracks/contains?ids={FRESH}")).body == [False]


async def test_reading_and_writing_the_library_have_quotas_of_their_own(start: Any) -> None:
    spotify = await start(quota_per_day=1)
    await spotify.login()
    assert (await spotify.get("/v1/me/tracks")).status == 200
    assert (await spotify.get("/v1/me/albums")).status == 429
    assert (await spotify.send("PUT", "/v1/me/library?uris=spotify:user:friend")).status == 200
    assert (await spotify.get("/v1/me/playlists")).status == 200


@pytest.mark.parametrize("profile", ["extended_legacy", "extended", "development_legacy"])
async def test_both_ways_are_one_library_wherever_both_exist(start: Any, profile: str) -> None:
    spotify = await signed_in(start, profile=profile)
    assert (await spotify.send("PUT", f"/v1/me/tracks?ids={FRESH}")).status == 200
    assert (await spotify.get(f"/v1/me/library/contains?uris=spotify:track:{FRESH}")).body == [True]
    assert (await spotify.send("DELETE", f"/v1/me/library?uris=spotify:track:{FRESH}")).status == 200
    assert (await spotify.get(f"/v1/me/tracks/contains?ids={FRESH}")).body == [False]
