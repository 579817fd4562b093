import asyncio
from typing import Any

import pytest

from pipeline import answer
from tool_rig import LIBRARY, PLAYLISTS, Rig, Spotify, called, many
from virtual_time import run

ID = "37i9dQZF1DXcBWIGoYBM5M"
PLAYLIST = {"id": ID, "name": "Focus", "items": [], "total": 0}


@pytest.mark.parametrize(
    ("rig", "arguments", "answered"),
    [
        (PLAYLISTS, {"action": "list_user"}, PLAYLIST),
        (PLAYLISTS, {"action": "get", "playlist_id": ID}, PLAYLIST),
        (PLAYLISTS, {"action": "items", "playlist_id": ID}, PLAYLIST),
        (LIBRARY, {"action": "tracks_get"}, PLAYLIST),
        (LIBRARY, {"action": "tracks_contains", "ids": many(2)}, [False, False]),
    ],
)
def test_a_read_from_the_cache_names_what_it_hangs_on_and_one_from_spotify_does_not(
    rig: Rig, arguments: dict[str, Any], answered: object
) -> None:
    async def main() -> None:
        spotify = Spotify(lambda *_: answer(answered))
        tool = rig.tool(spotify)
        first = await called(tool, rig, **arguments)
        assert (first.structured["upstream_calls"], first.reads()) == (1, ())
        again = await called(tool, rig, **arguments)
        assert again.structured == {**first.structured, "upstream_calls": 0}
        assert len(again.reads()) == len(spotify.sent) == 1

    run(main())


def test_names_that_the_budget_decided_about_are_not_remembered() -> None:
    async def main() -> None:
        spotify = Spotify(lambda _, url: answer([True]) if "contains" in url else answer({"id": "1", "name": "A"}))
        tool = LIBRARY.tool(spotify)
        for _ in range(2):
            result = await called(tool, LIBRARY, action="tracks_contains", ids=many(1))
            assert result.text == "Already saved: 1/1. Saved: A"
            assert result.reads() == ()

    run(main())


def test_a_write_is_never_remembered_and_is_seen_by_the_next_read() -> None:
    async def main() -> None:
        spotify = Spotify(lambda *_: answer({**PLAYLIST, "snapshot_id": "s"}))
        tool = PLAYLISTS.tool(spotify)
        for _ in range(2):
            await called(tool, PLAYLISTS, action="items", playlist_id=ID)
            written = await called(tool, PLAYLISTS, action="add_items", playlist_id=ID, uris=many(1))
            assert written.reads() == ()
            await asyncio.sleep(1)
        assert len(spotify.sent) == 4

    run(main())
