"""What lies with the sign-in is told once in a message, unchanged, however many calls it made fail."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from gateway.client import SpotifyClient
from gateway.principal import LOCAL
from pipeline import CountingTokens, ScriptedTransport, new_client, refused
from tool_rig import many
from tools.compat import Compat
from tools.curated import curated_tools
from tools.tool import ToolCall, ToolResult
from virtual_time import run

PLAYLIST = "37i9dQZF1DXcBWIGoYBM5M"
URIS = [f"spotify:track:{one}" for one in many(500)]
BATCHES: Mapping[str, Mapping[str, Any]] = {
    "spotify_control": {"operations": [{"action": "next"}] * 25},
    "spotify_status": {"include": ["player", "devices", "current_track"]},
    "spotify_library": {"action": "tracks_contains", "ids": many(500)},
    "spotify_playlist": {"action": "add_items", "playlist_id": PLAYLIST, "uris": URIS},
    "spotify_search": {"queries": [f"song {number}" for number in range(20)], "types": ["track"]},
}
CASES = [
    *BATCHES.items(),
    ("spotify_control", {**BATCHES["spotify_control"], "parallel": True}),
    ("spotify_library", {"action": "tracks_add", "ids": many(500)}),
]


def outcome(
    name: str, arguments: Mapping[str, Any], compat: Compat, make: Callable[[], SpotifyClient]
) -> ToolResult:
    async def sleep(_: float) -> None:
        raise AssertionError

    async def main() -> ToolResult:
        client = make()
        tools = {tool.name: tool for tool in curated_tools(client, clock=lambda: 0.0, sleep=sleep, compat=compat)}
        return await tools[name].run(ToolCall(arguments))

    return run(main())


def reasons(told: Any) -> Iterator[str]:
    """Every text that stands under `error` in a result."""
    if isinstance(told, Mapping):
        yield from (value for key, value in told.items() if key == "error")
        for value in told.values():
            yield from reasons(value)
    elif isinstance(told, list):
        for value in told:
            yield from reasons(value)


@pytest.mark.parametrize("compat", Compat)
@pytest.mark.parametrize(("name", "arguments"), CASES)
def test_a_scope_that_is_missing_is_told_once(name: str, arguments: Mapping[str, Any], compat: Compat) -> None:
    def make() -> SpotifyClient:
        network = ScriptedTransport(lambda *_: refused(403, "Insufficient client scope"))
        return new_client(network, users={LOCAL: CountingTokens()})

    result = outcome(name, arguments, compat, make)
    assert result.is_error
    assert result.text.count("Insufficient client scope") == 1


@pytest.mark.parametrize("compat", Compat)
@pytest.mark.parametrize(("name", "arguments"), [case for case in CASES if case[0] != "spotify_search"])
def test_that_nobody_is_signed_in_is_told_once_and_unchanged(
    name: str, arguments: Mapping[str, Any], compat: Compat
) -> None:
    result = outcome(name, arguments, compat, lambda: new_client(ScriptedTransport(lambda *_: refused(500, "no"))))
    assert result.is_error
    (said,) = set(reasons(result.structured))
    assert result.text.count(said) == 1
