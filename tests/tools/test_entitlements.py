"""Which scopes the tools and resources need is known before anything is sent; what may work is never stopped."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest
from mcp_types import JSONRPCRequest

from bare_tools import OneView, bare_tool
from gateway.auth.scopes import SCOPES
from gateway.catalogue import CATALOGUE
from gateway.principal import LOCAL
from pipeline import ScriptedTransport, answer, new_client
from tools.compat import Compat
from tools.curated import curated_tools
from tools.entitlements import ToolEntitlements
from tools.generated.tool import generate
from tools.least import least_scopes, useful_scopes
from tools.selection import CORE, FULL, Selection
from tools.views import ToolViews
from virtual_time import run

ID = "4iV5W9uYEdYUVa79Axb7Rh"
CONTROL, STATE = "user-modify-playback-state", "user-read-playback-state"
EITHER = ["playlist-modify-private", "playlist-modify-public"]
SHOWN = {"user-library-read", "user-library-modify"}


@cache
def views(compat: Compat = Compat.SEED) -> ToolViews:
    async def main() -> ToolViews:
        client = new_client(ScriptedTransport(lambda *_: answer({})))

        async def sleep(_: float) -> None:
            raise AssertionError

        curated = curated_tools(client, clock=lambda: 0.0, sleep=sleep, compat=compat)
        default = Selection(frozenset({FULL}))
        return ToolViews(curated, generate(CATALOGUE.values(), client, served=lambda _: True), default=default)

    return run(main())


ENTITLEMENTS = {compat: ToolEntitlements(views(compat), CATALOGUE) for compat in Compat}


def told(selection: str) -> frozenset[str]:
    """Return the scopes that the tools themselves say that they can use."""
    return useful_scopes(kind for tool in views().view(selection).tools for kind in tool.kinds)


def lacking(
    method: str, params: Any, *granted: str, selection: str = "", compat: Compat = Compat.SEED
) -> list[str]:
    message = JSONRPCRequest(jsonrpc="2.0", id=1, method=method, params=params)
    principal = LOCAL._replace(scopes=frozenset(granted))
    return [*ENTITLEMENTS[compat].lacking(message, selection, principal=principal)]


def called(name: str, arguments: Mapping[str, Any], *granted: str, **options: Any) -> list[str]:
    return lacking("tools/call", {"name": name, "arguments": arguments}, *granted, **options)


@pytest.mark.parametrize(
    ("tool", "arguments", "wanted"),
    [
        ("spotify_search", {"queries": ["a"], "types": ["track"]}, []),
        ("spotify_status", {}, [STATE]),
        ("player_status", {"include": ["devices"]}, [STATE]),
        ("spotify_status", {"include": ["queue"]}, ["user-read-currently-playing", STATE]),
        (
            "spotify_control",
            {"operations": [{"action": "pause"}, {"action": "volume", "volume_percent": 5}]},
            [CONTROL],
        ),
        ("spotify_control", {"operations": [{"action": "dance"}, {"action": "pause"}]}, [CONTROL]),
        ("spotify_library", {"action": "tracks_get"}, ["user-library-read"]),
        ("spotify_library", {"action": "tracks_contains", "ids": [ID]}, ["user-library-read"]),
        ("spotify_library", {"action": "tracks_add", "ids": [ID] * 100}, ["user-library-modify"]),
        ("spotify_library", {"action": "tracks_remove", "ids": [ID]}, ["user-library-modify"]),
        ("spotify_playlist", {"action": "add_items", "playlist_id": ID, "uris": [f"spotify:track:{ID}"]}, EITHER),
        ("spotify_playlist", {"action": "update_details", "playlist_id": ID, "name": "a"}, EITHER),
        # A public playlist needs nothing, and nobody knows yet whether it is one.
        ("spotify_playlist", {"action": "get", "playlist_id": ID}, []),
        ("spotify_playlist", {"action": "items", "playlist_id": ID}, []),
        ("get_saved_tracks", {}, ["user-library-read"]),
        ("get_track", {"id": ID}, []),
        ("save_library_items", {"uris": [f"spotify:track:{ID}"]}, ["user-library-modify"]),
        ("save_library_items", {"uris": [f"spotify:artist:{ID}"]}, ["user-follow-modify"]),
    ],
)
@pytest.mark.parametrize("compat", Compat)
def test_a_call_without_its_scopes_is_known_by_its_arguments(
    tool: str, arguments: Mapping[str, Any], wanted: list[str], compat: Compat
) -> None:
    if compat is Compat.ICEENER and "dance" in str(arguments):
        wanted = []
    assert called(tool, arguments, compat=compat) == wanted
    assert called(tool, arguments, *wanted, compat=compat) == []


def test_one_of_two_scopes_is_enough_where_either_may_do() -> None:
    arguments = {"action": "add_items", "playlist_id": ID, "uris": [f"spotify:track:{ID}"]}
    for one in EITHER:
        assert called("spotify_playlist", arguments, one) == []


def test_all_that_an_operation_needs_is_asked_for_with_what_is_there() -> None:
    assert called("spotify_status", {"include": ["queue"]}, STATE) == ["user-read-currently-playing", STATE]


def test_a_call_of_which_a_part_may_work_is_not_stopped() -> None:
    assert called("spotify_status", {"include": ["queue", "player"]}, STATE) == []


@pytest.mark.parametrize(
    "params",
    [
        {"name": "spotify_library", "arguments": {"action": "tracks_contains"}},
        {"name": "spotify_library", "arguments": {"action": ["tracks_get"]}},
        {"name": "spotify_library", "arguments": {"action": "tracks_get", "limit": 1000}},
        {"name": "spotify_library", "arguments": ["tracks_get"]},
        {"name": "spotify_library", "arguments": None},
        {"name": "spotify_library"},
        {"name": "spotify_control", "arguments": {"operations": [{"action": "dance"}, 7]}},
        {"name": "spotify_control", "arguments": {"operations": []}},
        {"name": "save_library_items", "arguments": {"uris": 7}},
        {"name": "save_library_items", "arguments": {}},
        {"name": "save_library_items", "arguments": {"else": 1}},
        {"name": "nothing", "arguments": {}},
        {"name": ["spotify_library"], "arguments": {}},
        {},
        None,
    ],
)
def test_what_is_wrong_for_another_reason_is_left_to_the_tool(params: Any) -> None:
    assert lacking("tools/call", params) == []


def test_a_tool_is_looked_for_where_it_was_called() -> None:
    saved = {"action": "tracks_add", "ids": [ID]}
    assert called("spotify_library", saved, selection="core") == ["user-library-modify"]
    for selection in ("core/readonly", "x/albums", "nowhere/at/all"):
        assert called("spotify_library", saved, selection=selection) == []


@pytest.mark.parametrize(
    ("uri", "wanted"),
    [
        ("spotify://me/tracks", ["user-library-read"]),
        ("spotify://me/tracks?limit=5", ["user-library-read"]),
        ("spotify://me/tracks?limit=five", []),
        ("spotify://me/player", [STATE]),
        ("spotify://me", []),
        (f"spotify://tracks/{ID}", []),
        ("spotify://nothing", []),
        (7, []),
    ],
)
def test_resources_need_what_their_read_needs(uri: Any, wanted: list[str]) -> None:
    assert lacking("resources/read", {"uri": uri}) == wanted
    assert lacking("resources/read", {"uri": uri}, *wanted) == []


@pytest.mark.parametrize("method", ["tools/list", "resources/subscribe", "ping", "prompts/get"])
def test_other_requests_need_nothing(method: str) -> None:
    assert lacking(method, {"name": "spotify_library", "uri": "spotify://me/tracks", "arguments": {}}) == []


def test_a_credential_without_limits_lacks_nothing() -> None:
    message = JSONRPCRequest(jsonrpc="2.0", id=1, method="tools/call", params={"name": "spotify_status"})
    assert not ENTITLEMENTS[Compat.SEED].lacking(message, "", principal=LOCAL)


def test_a_tool_that_cannot_say_what_it_asks_may_run_and_fail() -> None:
    def crash(_: Mapping[str, Any]) -> Any:
        raise RecursionError

    entitlements = ToolEntitlements(OneView([bare_tool("bad", calls=crash)]), CATALOGUE)
    message = JSONRPCRequest(jsonrpc="2.0", id=1, method="tools/call", params={"name": "bad"})
    assert not entitlements.lacking(message, "", principal=LOCAL._replace(scopes=frozenset()))


@pytest.mark.parametrize(
    ("selection", "scopes"),
    [
        ("x/search", set()),
        ("x/library,search/readonly", {"user-library-read", "user-read-playback-position", "user-follow-read"}),
        ("core/readonly", {"user-library-read", "user-read-currently-playing", STATE, "playlist-read-private"}),
        ("core", SHOWN | {CONTROL, *EITHER, "playlist-read-private", "playlist-read-collaborative"}),
    ],
)
def test_the_scopes_of_a_selection_are_those_that_its_tools_can_use(selection: str, scopes: set[str]) -> None:
    found = told(selection)
    assert scopes <= found
    if "readonly" in selection:
        assert not [scope for scope in found if "modify" in scope]
    if selection == "core":
        # Whom somebody follows is none of the tools' business, though a route that they use could ask it.
        assert not [scope for scope in found if "follow" in scope]


def test_all_tools_together_can_use_every_scope_of_the_catalogue() -> None:
    assert told(FULL) == SCOPES


@pytest.mark.parametrize("compat", Compat)
def test_every_tool_names_calls_that_there_are(compat: Compat) -> None:
    for tool in views(compat).view(FULL).tools:
        assert tool.kinds or tool.name == "spotify_search", tool.name
        for endpoint_id, _ in tool.kinds:
            assert endpoint_id in CATALOGUE


@pytest.mark.parametrize("tools", [CORE, FULL, "player", "playlists", "library", "users", "search"])
@pytest.mark.parametrize("read_only", [False, True])
def test_a_login_asks_for_what_the_tools_can_use(tools: str, *, read_only: bool) -> None:
    address = {CORE: CORE, FULL: FULL}.get(tools, f"x/{tools}") + ("/readonly" if read_only else "")
    assert told(address) == least_scopes(Selection(frozenset({tools}), read_only))
