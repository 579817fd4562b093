"""The Inspector finds its own way into a gateway in the mode `oauth`; only the buttons are pressed for it."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

import node
from jobs import JOBS
from oauth_house import BEFOREHAND, OAuthHouse, running
from ports import free_port
from test_inspector import INSPECTOR, WIRES

STATUS = ("spotify_status", JOBS["status"].arguments)


def introduced(place: OAuthHouse, known: str) -> Sequence[str]:
    """Return how it says who it is."""
    ways = {
        "document": ("--client-metadata-url", place.document),
        "beforehand": ("--client-id", BEFOREHAND),
        "registration": (),
    }
    return [*ways[known], "--callback-url", f"http://127.0.0.1:{free_port()}/oauth/callback"]


async def call(
    place: OAuthHouse,
    wire: tuple[str, str, str],
    tool: tuple[str, Mapping[str, Any]],
    *,
    known: str,
    home: Path,
    questions: int = 1,
) -> Any:
    """Return what `tool` answers, after so many questions to the user."""
    transport, path, era = wire
    options = ["--server-url", place.base + path, "--transport", transport, "--protocol-era", era]
    named = ["--method", "tools/call", "--tool-name", tool[0], "--tool-args-json", json.dumps(tool[1])]
    words = [*options, *introduced(place, known), *named, "--format", "json", "-q"]
    async with node.started(INSPECTOR, *words, home=home) as inspector:
        for number in range(questions):
            if number:
                # It wants to be allowed to ask for more.
                await inspector.type("y")
            await place.visitor.visit(await inspector.until(r"(http://\S+/oauth/authorize\S+)", within_s=20))
        finished = await inspector.end(within_s=20)
    assert finished.code == 0, finished.output
    assert len(place.visitor.questions) == questions
    return json.loads(finished.output.splitlines()[-1])["result"]


@pytest.mark.parametrize("wire", WIRES)
async def test_the_inspector_finds_its_way_in_on_every_wire(wire: tuple[str, str, str], tmp_path: Path) -> None:
    node.required()
    async with running() as place:
        result = await call(place, wire, STATUS, known="document", home=tmp_path)
    assert JOBS["status"].says in result["content"][0]["text"]


@pytest.mark.parametrize("known", ["registration", "beforehand"])
async def test_the_inspector_is_known_in_other_ways_too(known: str, tmp_path: Path) -> None:
    node.required()
    async with running(FERMATA_REGISTRATION="on" if known == "registration" else "off") as place:
        result = await call(place, ("http", "/mcp", "auto"), STATUS, known=known, home=tmp_path)
        assert JOBS["status"].says in result["content"][0]["text"]
        (asked,) = place.visitor.questions
        # It asks for all that the description lists.
        assert "ugc-image-upload" not in asked.words


@pytest.mark.parametrize("wire", [(kind, f"{path}/full", era) for kind, path, era in WIRES])
async def test_the_inspector_asks_for_more_when_a_tool_needs_it(
    wire: tuple[str, str, str], tmp_path: Path
) -> None:
    node.required()
    tool = ("get_user_top_items", {"type": "artists"})
    async with running() as place:
        place.visitor.less = "user-read-playback-state"
        result = await call(place, wire, tool, known="document", home=tmp_path, questions=2)
    assert not result.get("isError"), result
