"""Answers that hang on nothing but cached reads may be given again; whatever hangs on more is made anew."""

from dataclasses import replace
from typing import Any

import pytest

from gateway.options import CallOptions
from gateway.transport import Response
from pipeline import answer, refused
from tool_rig import SEARCH, Spotify, called
from tools.compat import Compat
from virtual_time import run

ASKED: dict[str, Any] = {"queries": ["a", "b"], "types": ["track"], "limit": 5}


def found(_: str, url: str) -> Response:
    if "q=gone" in url:
        return refused(404, "gone")
    return answer({"tracks": {"href": url, "items": [{"id": "1", "name": "A"}], "total": 1}})


@pytest.mark.parametrize("compat", list(Compat))
def test_an_answer_from_the_cache_names_a_read_for_each_query_and_one_from_spotify_none(compat: Compat) -> None:
    async def main() -> None:
        rig, spotify = replace(SEARCH, compat=compat), Spotify(found)
        tool = rig.tool(spotify)
        assert (await called(tool, rig, **ASKED)).reads() == ()
        again = await called(tool, rig, **ASKED)
        assert again.structured["upstream_calls"] == 0
        assert len(again.reads()) == 2
        # One part that is new is enough.
        assert (await called(tool, rig, **{**ASKED, "queries": ["a", "c"]})).reads() == ()

    run(main())


@pytest.mark.parametrize(
    "more",
    [
        # Ages tick.
        {"cache": True},
        # An error is for the ordinary way.
        {"queries": ["a", "gone"]},
        {"queries": ["gone"]},
        # Budget and cache decide, which are others for the next who asks.
        {"dry_run": True},
    ],
)
@pytest.mark.parametrize("compat", list(Compat))
def test_what_hangs_on_more_than_its_reads_is_never_given_again(more: dict[str, Any], compat: Compat) -> None:
    async def main() -> None:
        rig = replace(SEARCH, compat=compat)
        tool = rig.tool(Spotify(found))
        await called(tool, rig, **ASKED)
        for _ in range(3):
            assert (await called(tool, rig, **{**ASKED, **more})).reads() == ()

    run(main())


def test_a_dry_run_by_header_is_never_given_again() -> None:
    async def main() -> None:
        tool = SEARCH.tool(Spotify(found))
        await called(tool, SEARCH, **ASKED)
        dry = await called(tool, replace(SEARCH, options=CallOptions(dry_run=True)), **ASKED)
        assert "estimate" in dry.structured
        assert dry.reads() == ()

    run(main())
