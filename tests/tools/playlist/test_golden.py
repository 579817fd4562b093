"""One test per action from each of the two sources, with inputs as that source documents them."""

from typing import Any

import pytest

from gateway.endpoint import Profile
from gateway.transport import Response
from pipeline import answer
from tool_rig import PLAYLISTS, Rig, Spotify, track
from tools.compat import Compat

HITS, FOCUS = "37i9dQZF1DXcBWIGoYBM5M", "4hSGs6Xsyi6bG7iWQKZKQ2"
CRUSH, LUCKY = "4iV5W9uYEdYUVa79Axb7Rh", "1301WleyT98MSxVHPZCA6M"
URIS = [f"spotify:track:{CRUSH}", f"spotify:track:{LUCKY}"]
EPISODE = "512ojhOuo1ktJprKbVcKyQ"
BOTH = pytest.mark.parametrize("compat", list(Compat))


def seeds(compat: Compat = Compat.SEED, **changes: Any) -> Rig:
    return Rig(make=PLAYLISTS.make, compat=compat, **changes)


def playlist(identifier: str, name: str, **more: Any) -> dict[str, Any]:
    return {"id": identifier, "uri": f"spotify:playlist:{identifier}", "name": name, **more}


def whole(identifier: str, name: str) -> dict[str, Any]:
    return playlist(
        identifier,
        name,
        description="To work with",
        public=False,
        collaborative=False,
        snapshot_id="abc",
        owner={"id": "ann", "display_name": "Ann"},
        external_urls={"spotify": f"https://open.spotify.com/playlist/{identifier}"},
        images=[{"url": "small", "width": 64}, {"url": "large", "width": 640}],
        tracks={"total": 10},
    )


SUMMARY = {
    "id": FOCUS,
    "uri": f"spotify:playlist:{FOCUS}",
    "name": "Focus",
    "url": f"https://open.spotify.com/playlist/{FOCUS}",
    "public": False,
    "owner_name": "Ann",
    "images": "large",
    "tracks_total": 10,
}
"""What iceener's code tells of a playlist in a list."""

SLIM = {
    "type": "playlist",
    "id": FOCUS,
    "uri": f"spotify:playlist:{FOCUS}",
    "name": "Focus",
    "owner": "Ann",
    "url": f"https://open.spotify.com/playlist/{FOCUS}",
}


def spotify(document: object, status: int = 200) -> Spotify:
    return Spotify(lambda *_: answer(document, status))


def part(result: dict[str, Any], like: dict[str, Any]) -> dict[str, Any]:
    return {name: result.get(name) for name in like}


@BOTH
def test_the_catalogs_list_of_playlists_is_answered_word_for_word(compat: Compat) -> None:
    world = spotify(
        {"items": [playlist(HITS, "Today's Top Hits"), playlist(FOCUS, "Focus")], "total": 42, "limit": 2}
    )
    result = seeds(compat).ask(world, action="list_user", limit=2)
    documented = {
        "_msg": "Found 2 playlists:\n"
        "- Today's Top Hits — spotify:playlist:37i9dQZF1DXcBWIGoYBM5M\n"
        "- Focus — spotify:playlist:4hSGs6Xsyi6bG7iWQKZKQ2",
        "byId": {
            HITS: {
                "type": "playlist",
                "id": HITS,
                "uri": f"spotify:playlist:{HITS}",
                "name": "Today's Top Hits",
            },
            FOCUS: {"type": "playlist", "id": FOCUS, "uri": f"spotify:playlist:{FOCUS}", "name": "Focus"},
        },
        "ids": [HITS, FOCUS],
        "limit": 2,
        "offset": 0,
        "total": 42,
    }
    assert part(dict(result.structured), documented) == documented
    assert world.asked == [("GET /me/playlists?limit=2", None)]


@BOTH
def test_iceeners_list_of_playlists(compat: Compat) -> None:
    world = spotify({"items": [None, whole(FOCUS, "Focus")], "total": 8})
    result = seeds(compat).ask(world, action="list_user", limit=20, offset=6)
    assert (result.structured["ok"], result.structured["action"]) == (True, "list_user")
    assert result.structured["data"] == {"limit": 20, "offset": 6, "total": 8, "items": [SUMMARY]}
    assert result.structured["byId"] == {FOCUS: SLIM}


@BOTH
def test_get_tells_core_details_and_does_not_read_what_the_playlist_holds(compat: Compat) -> None:
    world = spotify(whole(FOCUS, "Focus"))
    result = seeds(compat).ask(world, action="get", playlist_id=FOCUS, market="US")
    # The catalog's.
    assert (result.structured["byId"], result.structured["ids"]) == ({FOCUS: SLIM}, [FOCUS])
    # Iceener's, and what it leaves out.
    assert result.structured["data"] == SUMMARY | {
        "description": "To work with",
        "collaborative": False,
        "snapshot_id": "abc",
    }
    assert f"'Focus' by Ann, 10 items — spotify:playlist:{FOCUS}" in result.text
    [(asked, _)] = world.asked
    assert asked.startswith(f"GET /playlists/{FOCUS}?fields=id,name,")
    assert asked.endswith("tracks.total&market=US")


PAGE = {
    "total": 12,
    "items": [
        {"item": track(CRUSH, "Instant Crush", "Daft Punk")},
        {"item": {**track("", "A file of one's own"), "id": None}},
        {"item": None},
        {
            "item": {
                "type": "episode",
                "id": EPISODE,
                "uri": f"spotify:episode:{EPISODE}",
                "name": "Episode 1",
                "duration_ms": 1000,
                "show": {"name": "A Show"},
            }
        },
        # Older apps answer in older words on some routes.
        {"track": track(CRUSH, "Instant Crush", "Daft Punk")},
    ],
}


@BOTH
def test_items_are_slim_and_know_their_places(compat: Compat) -> None:
    world = spotify(PAGE)
    result = seeds(compat).ask(world, action="items", playlist_id=FOCUS, limit=5, offset=5)
    crush = {"type": "track", "id": CRUSH, "uri": URIS[0], "name": "Instant Crush", "artists": ["Daft Punk"]}
    episode = {
        "type": "episode",
        "id": EPISODE,
        "uri": f"spotify:episode:{EPISODE}",
        "name": "Episode 1",
        "duration_ms": 1000,
        "show": "A Show",
    }
    # The catalog's.
    assert result.structured["byId"] == {CRUSH: crush, EPISODE: episode}
    assert result.structured["ids"] == [CRUSH, EPISODE, CRUSH]
    # Iceener's.
    assert result.structured["data"] == {
        "playlist_id": FOCUS,
        "playlist_uri": f"spotify:playlist:{FOCUS}",
        "limit": 5,
        "offset": 5,
        "total": 12,
        "items": [crush | {"position": 5}, episode | {"position": 8}, crush | {"position": 9}],
    }
    assert result.text == (
        f"Loaded 3 item(s) of spotify:playlist:{FOCUS}:\n"
        f"- Instant Crush — {URIS[0]}\n"
        f"- Episode 1 — spotify:episode:{EPISODE}\n"
        f"- Instant Crush — {URIS[0]}\n"
        "Left out, since Spotify tells no id or name of them: 2."
    )
    assert world.asked == [(f"GET /playlists/{FOCUS}/items?additional_types=track,episode&limit=5&offset=5", None)]


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("items(track(id,name,uri))", "items(item(id,name,uri)),total"),
        ("total,items(item(id,name))", "total,items(item(id,name))"),
        ("!href", "!href"),
    ],
)
def test_iceeners_filter_goes_to_spotify_in_the_words_of_today(given: str, sent: str) -> None:
    world = spotify(PAGE)
    result = PLAYLISTS.ask(
        world, action="items", playlist_id=FOCUS, fields=given, additional_types="track", market="us"
    )
    assert result.structured["ok"]
    assert world.asked == [(f"GET /playlists/{FOCUS}/items?additional_types=track&fields={sent}&market=US", None)]


@BOTH
def test_create_needs_nothing_but_the_wish(compat: Compat) -> None:
    world = spotify(whole(FOCUS, "New Playlist"), 201)
    result = seeds(compat).ask(world, action="create")
    assert world.asked == [("POST /me/playlists", {"name": "New Playlist"})]
    # The catalog answers the playlist itself.
    documented = SLIM | {"name": "New Playlist"}
    assert part(dict(result.structured), documented) == documented
    # Iceener's.
    assert part(result.structured["data"], SUMMARY) == SUMMARY | {"name": "New Playlist"}
    assert f"Created playlist 'New Playlist' — spotify:playlist:{FOCUS}." in result.text


def test_create_takes_all_details_and_a_collaborative_one_is_made_private() -> None:
    world = spotify(whole(FOCUS, "Focus"), 201)
    result = PLAYLISTS.ask(
        world, action="create", name="Focus", description="To work", collaborative=True, uris=URIS
    )
    details = {"name": "Focus", "description": "To work", "public": False, "collaborative": True}
    assert world.asked == [("POST /me/playlists", details)]
    assert "The uris were not added." in result.text


@BOTH
def test_update_details_says_what_it_changed(compat: Compat) -> None:
    world = Spotify(lambda *_: Response(200, {}, b""))
    result = seeds(compat).ask(
        world, action="update_details", playlist_id=FOCUS, name="Deep Focus", description="", public=True
    )
    assert world.asked == [(f"PUT /playlists/{FOCUS}", {"name": "Deep Focus", "description": "", "public": True})]
    assert result.structured["data"] == {"updated": True}
    assert result.text == f"Updated spotify:playlist:{FOCUS}: name='Deep Focus', description='', public=True."


def test_the_catalogs_addition_is_answered_word_for_word() -> None:
    world = spotify({"snapshot_id": "abc123"}, 201)
    result = PLAYLISTS.ask(world, action="add_items", playlist_id=HITS, uris=URIS)
    assert result.structured == {
        "ok": True,
        "action": "add_items",
        "_msg": "playlist.add_items: 2 added",
        "snapshot_id": "abc123",
        "data": {"snapshot_id": "abc123", "uris": URIS},
        "upstream_calls": 1,
    }
    assert world.asked == [(f"POST /playlists/{HITS}/items", {"uris": URIS})]


NAMES = {"tracks": [track(CRUSH, "Instant Crush"), track(LUCKY, "Get Lucky")]}


def named(method: str, url: str) -> Response:
    if method != "GET":
        return answer({"snapshot_id": "abc123"}, 201)
    return answer(NAMES if "/tracks" in url else {"name": "Focus"})


def test_iceeners_addition_names_playlist_and_tracks_for_two_more_calls() -> None:
    world = Spotify(named)
    result = seeds(Compat.ICEENER).ask(world, action="add_items", playlist_id=FOCUS, uris=URIS)
    assert result.text == "I've added 2 items to 'Focus': Instant Crush, Get Lucky"
    assert result.structured["data"] == {"snapshot_id": "abc123", "uris": URIS}
    assert result.structured["upstream_calls"] == len(world.sent) == 3


def test_an_app_without_batches_names_no_more_than_two_calls_can() -> None:
    world = Spotify(
        lambda method, url: named(method, url) if "/tracks/" not in url else answer(NAMES["tracks"][0])
    )
    rig = seeds(Compat.ICEENER, profile=Profile.DEVELOPMENT)
    result = rig.ask(world, action="add_items", playlist_id=FOCUS, uris=URIS)
    assert result.text == "I've added 2 items to 'Focus': Instant Crush, …"
    assert result.structured["upstream_calls"] == len(world.sent) == 3


def test_names_are_left_out_rather_than_waited_for() -> None:
    world = Spotify(named)
    rig = seeds(Compat.ICEENER, calls=1)
    result = rig.ask(world, action="add_items", playlist_id=FOCUS, uris=URIS)
    assert result.text == f"I've added 2 items to playlist {FOCUS}."
    assert len(world.sent) == 1


@BOTH
@pytest.mark.parametrize("form", [{"uris": URIS}, {"tracks": [{"uri": uri} for uri in URIS]}])
def test_both_forms_of_a_list_are_removed(compat: Compat, form: dict[str, Any]) -> None:
    world = Spotify(named)
    result = seeds(compat).ask(world, action="remove_items", playlist_id=FOCUS, snapshot_id="old", **form)
    assert world.asked[0] == (
        f"DELETE /playlists/{FOCUS}/items",
        {"items": [{"uri": uri} for uri in URIS], "snapshot_id": "old"},
    )
    assert (result.structured["ok"], result.structured["snapshot_id"]) == (True, "abc123")
    assert result.structured["data"] == {"snapshot_id": "abc123"}
    assert result.text == (
        "playlist.remove_items: 2 removed"
        if compat is Compat.SEED
        else "I've removed 2 items from 'Focus': Instant Crush, Get Lucky"
    )


@BOTH
def test_a_span_is_moved(compat: Compat) -> None:
    world = spotify({"snapshot_id": "abc123"})
    result = seeds(compat).ask(
        world,
        action="reorder_items",
        playlist_id=FOCUS,
        range_start=0,
        insert_before=10,
        range_length=2,
        snapshot_id="old",
    )
    span = {"range_start": 0, "insert_before": 10, "range_length": 2, "snapshot_id": "old"}
    assert world.asked == [(f"PUT /playlists/{FOCUS}/items", span)]
    assert (result.structured["ok"], result.structured["snapshot_id"]) == (True, "abc123")
    assert result.structured["data"] == {"snapshot_id": "abc123"}
    assert result.text == "playlist.reorder_items: 2 moved from 0 before 10; snapshot_id abc123"
