"""The TypeScript SDK, of which most clients are made, old and new: its OAuth finds its own way, and stays in."""

import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

import node
from jobs import JOBS
from oauth_house import OAuthHouse, running
from wall import Wall

PROGRAM = Path(__file__).with_name("oauth_client.mjs")
REDIRECT = "http://127.0.0.1:33419/callback"
VERSIONS = ["1", "2"]
WIRES = [("http", "/mcp"), ("sse", "/sse")]
STATUS = JOBS["status"]


class Client:
    """A client under way, whose user is asked as often as it wants."""

    def __init__(self, place: OAuthHouse, program: node.Program) -> None:
        self._place = place
        self._program = program

    async def call(self, tool: str, arguments: Mapping[str, Any]) -> Any:
        """Return what a tool answers."""
        await self._program.type(f"CALL {tool} {json.dumps(arguments)}")
        return json.loads(await self.until("ANSWER"))

    async def until(self, wanted: str) -> str:
        """Go wherever it leads, until it says the word that is wanted; return what comes with it."""
        while True:
            line = await self._program.until(rf"^((?:OPEN|{wanted}) .*)$", within_s=20)
            word, _, rest = line.partition(" ")
            if word == wanted:
                return rest
            await self._program.type(f"BACK {await self._place.visitor.walk(rest)}")

    async def status(self) -> str:
        """Return what the tool says that needs a user."""
        return str((await self.call(STATUS.tool, STATUS.arguments))["content"][0]["text"])


@asynccontextmanager
async def client(place: OAuthHouse, version: str, wire: tuple[str, str], *, home: Path) -> AsyncIterator[Client]:
    """Start a client that has a document."""
    words = [str(node.MODULES), version, wire[0], place.base + wire[1], REDIRECT, place.document]
    async with node.started(PROGRAM, *words, home=home) as program:
        started = Client(place, program)
        await started.until("READY")
        yield started


def twice_spent(place: OAuthHouse) -> int:
    """How many refresh tokens came a second time."""
    found = place.house.gateway.metrics.registry.get_sample_value(
        "fermata_tokens_reused_total", {"what": "refresh_token"}
    )
    return int(found or 0)


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("version", VERSIONS)
async def test_a_client_of_the_typescript_sdk_gets_in_and_stays(
    version: str, wire: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    node.required()
    wall = Wall()
    monkeypatch.setattr(time, "time", wall)
    async with running(FERMATA_ACCESS_TOKEN_S="10") as place, client(place, version, wire, home=tmp_path) as sdk:
        for _ in range(3):
            assert STATUS.says in await sdk.status()
            wall.ahead_s += 11
        # Its call and its stream may find the token over at once, and both renew it with the same refresh token.
        # That looks like a theft and ends the consent, so it asks anew; nothing else makes it ask.
        assert len(place.visitor.questions) == 1 + twice_spent(place)
        place.withdraw()
        assert "The sign-in has ended" in await sdk.status()
        assert STATUS.says in await sdk.status()
        assert len(place.visitor.questions) == 2 + twice_spent(place)


# The first version refreshes its token instead, which gets it no more; and over SSE neither does anything.
async def test_a_client_of_the_typescript_sdk_asks_for_more_when_it_needs_it(tmp_path: Path) -> None:
    node.required()
    async with running() as place:
        place.visitor.less = "user-read-playback-state user-read-currently-playing"
        async with client(place, "2", ("http", "/mcp/full"), home=tmp_path) as sdk:
            assert STATUS.says in await sdk.status()
            result = await sdk.call("get_user_top_items", {"type": "artists"})
            assert not result.get("isError"), result
            assert len(place.visitor.questions) == 2
