"""Which tools an address shows: the curated ones first, in one order, and none that changes what must stay."""

from dataclasses import replace
from typing import cast

import pytest

from bare_tools import bare_tool
from gateway.catalogue import CATALOGUE
from gateway.client import SpotifyClient
from tools.generated.names import NAMES
from tools.generated.tool import generate
from tools.generated.toolsets import TOOLSETS
from tools.selection import Selection
from tools.tool import Tool
from tools.view import UnknownSelectionError
from tools.views import ToolViews

NOBODY = cast(SpotifyClient, None)


def curated(name: str, *, read_only: bool = True, reader: Tool | None = None) -> Tool:
    return bare_tool(name, read_only=read_only, aliases=(f"{name}_too",), reader=reader)


READER = curated("mixed")
CURATED = (
    curated("look"),
    curated("change", read_only=False),
    replace(curated("mixed", read_only=False), reader=READER),
)


def views(setting: str = "core", *, lacking: str = "") -> ToolViews:
    made = generate(CATALOGUE.values(), NOBODY, served=lambda endpoint: endpoint.id != lacking)
    return ToolViews(CURATED, made, default=Selection.of_setting(setting, TOOLSETS))


def names(views: ToolViews, selection: str = "") -> list[str]:
    return [tool.name for tool in views.view(selection).tools]


def test_the_default_shows_the_curated_tools_in_their_order() -> None:
    assert names(views()) == names(views(), "core") == ["look", "change", "mixed"]


def test_everything_is_the_curated_tools_and_one_for_each_operation_in_the_catalogues_order() -> None:
    assert names(views(), "full") == ["look", "change", "mixed", *NAMES.values()]


def test_a_toolset_shows_its_own_tools_only() -> None:
    assert names(views(), "x/markets") == ["get_available_markets"]
    assert names(views(), "x/artists,markets,core") == [
        "look", "change", "mixed",
        "get_artist", "get_multiple_artists", "get_artist_albums", "get_artist_top_tracks", "get_related_artists",
        "get_available_markets",
    ]  # fmt: skip


def test_a_tool_of_two_toolsets_is_shown_once() -> None:
    assert names(views(), "x/recommendations,browse").count("get_recommendation_genres") == 1


def test_what_changes_nothing_stays_where_only_reading_is_wanted() -> None:
    assert names(views(), "readonly") == ["look", "mixed"]
    assert views().view("readonly").find("mixed") is READER
    assert views().view("readonly").find("mixed_too") is READER
    assert views().view("readonly").find("change") is None
    for selection in ("full/readonly", "x/player,library,playlists/readonly"):
        shown = views().view(selection).tools
        assert shown
        assert all(tool.read_only for tool in shown)
    assert names(views(), "x/player/readonly") == [
        "get_playback_state", "get_devices", "get_currently_playing", "get_queue", "get_recently_played",
    ]  # fmt: skip


def test_a_setting_that_changes_nothing_is_not_got_around_by_an_address() -> None:
    careful = views("full,readonly")
    for selection in ("", "full", "core", "x/player"):
        assert all(tool.read_only for tool in careful.view(selection).tools)


def test_the_setting_is_what_an_address_shows_that_names_nothing() -> None:
    assert names(views("markets")) == ["get_available_markets"]
    assert names(views("full")) == names(views(), "full")
    assert names(views("markets"), "core") == ["look", "change", "mixed"]


def test_what_the_app_cannot_do_is_not_shown() -> None:
    assert names(views(lacking="get-available-markets"), "x/markets,search") == ["search_spotify"]
    assert views(lacking="search").view("full").find("search_tracks") is None


def test_a_tool_that_some_clients_know_answers_without_being_listed() -> None:
    full = views().view("full")
    for name in ("search_tracks", "get_user_top_artists", "get_user_top_tracks"):
        found = full.find(name)
        assert found is not None
        assert found.name == name
        assert name not in {tool.name for tool in full.listed.tools}
    assert views().view("core").find("search_tracks") is None


def test_two_spellings_of_a_selection_are_one_view() -> None:
    shown = views()
    assert shown.view("x/albums,tracks") is shown.view("x/tracks,albums/")
    assert shown.view("") is shown.view("core")


def test_many_selections_are_not_all_kept() -> None:
    shown = views()
    first = shown.view("x/albums")
    for left in TOOLSETS:
        for right in TOOLSETS:
            shown.view(f"x/{left},{right}")
    again = shown.view("x/albums")
    assert again is not first
    assert [tool.name for tool in again.tools] == [tool.name for tool in first.tools]


def test_an_unknown_selection_is_told_what_there_is() -> None:
    shown = views()
    assert shown.objection("x/albums") == shown.objection("") == ""
    assert "'nope'; there are core, full, albums, artists" in shown.objection("x/nope")
    assert "/mcp/x/NAME,NAME" in shown.objection("x/nope")
    with pytest.raises(UnknownSelectionError, match="nope"):
        shown.view("x/nope")


def test_tools_of_one_name_are_refused_at_the_start() -> None:
    made = generate(CATALOGUE.values(), NOBODY, served=lambda _: True)
    with pytest.raises(ValueError, match="two tools are named get_track"):
        ToolViews([curated("get_track")], made, default=Selection(frozenset({"core"})))
