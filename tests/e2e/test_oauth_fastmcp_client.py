"""The OAuth of FastMCP's client, which opens a browser, listens on this machine, and remembers its tokens."""

import asyncio
import time
import webbrowser
from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastmcp import Client
from fastmcp.client.auth import OAuth
from key_value.aio.stores.memory import MemoryStore

from agents import answer_of
from jobs import JOBS
from oauth_house import BEFOREHAND, OAuthHouse, running
from oauth_program import WAYS, Known
from wall import Wall

pytestmark = pytest.mark.filterwarnings("ignore:Using in-memory token storage:UserWarning")

WIRES = [("/mcp", "auto"), ("/mcp", "legacy"), ("/mcp", "2026-07-28"), ("/sse", "legacy")]


class Desk:
    """Somebody whose browser opens by itself; stands for `webbrowser.open`."""

    def __init__(self, place: OAuthHouse) -> None:
        self._place = place
        self._visits: list[asyncio.Task[None]] = []

    def __call__(self, address: str) -> bool:
        self._visits.append(asyncio.create_task(self._place.visitor.visit(address)))
        return True

    async def close(self) -> None:
        """Wait until the browser has shown what it was sent to."""
        await asyncio.gather(*self._visits)


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Wall:
    wall = Wall()
    monkeypatch.setattr(time, "time", wall)
    return wall


@pytest.fixture
async def place(monkeypatch: pytest.MonkeyPatch, wall: Wall) -> AsyncIterator[OAuthHouse]:
    del wall  # Has to be there first.
    async with running(FERMATA_REGISTRATION="on", FERMATA_ACCESS_TOKEN_S="10") as started:
        desk = Desk(started)
        monkeypatch.setattr(webbrowser, "open", desk)
        yield started
        await desk.close()


def connected(place: OAuthHouse, path: str, mode: str, *, known: Known, store: MemoryStore) -> Client[Any]:
    ways: dict[Known, dict[str, Any]] = {
        "document": {"client_metadata_url": place.document},
        "beforehand": {"client_id": BEFOREHAND},
        "registration": {},
    }
    return Client(f"{place.base}{path}", mode=mode, auth=OAuth(token_storage=store, **ways[known]))


async def status(client: Client[Any]) -> str:
    job = JOBS["status"]
    return answer_of(await client.call_tool(job.tool, dict(job.arguments), raise_on_error=False)).text


@pytest.mark.parametrize("known", WAYS)
@pytest.mark.parametrize(("path", "mode"), WIRES)
async def test_fastmcps_client_finds_its_way_in(place: OAuthHouse, path: str, mode: str, known: Known) -> None:
    async with connected(place, path, mode, known=known, store=MemoryStore()) as client:
        assert {tool.name for tool in await client.list_tools()} == {job.tool for job in JOBS.values()}
        assert JOBS["status"].says in await status(client)
    assert len(place.visitor.questions) == 1


async def test_fastmcps_client_renews_its_token_after_a_restart(place: OAuthHouse, wall: Wall) -> None:
    store = MemoryStore()
    for _ in range(3):
        async with connected(place, "/mcp", "auto", known="document", store=store) as client:
            assert JOBS["status"].says in await status(client)
        wall.ahead_s += 11
    assert len(place.visitor.questions) == 1
