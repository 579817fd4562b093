"""The client of FastMCP, which many agents are built on, in every era and over the SSE pair."""

import pytest
from fastmcp import Client

from agents import answer_of
from house import running
from jobs import JOBS

# It knows the pair by the end of the address.
WIRES = [("/mcp", "auto"), ("/mcp", "legacy"), ("/mcp", "2026-07-28"), ("/sse", "legacy")]


@pytest.mark.parametrize(("path", "mode"), WIRES)
async def test_fastmcps_client_calls_every_tool(path: str, mode: str) -> None:
    async with running() as house, Client(f"{house.base}{path}", mode=mode) as connected:
        assert type(connected.transport).__name__.startswith("SSE") is (path == "/sse")
        tools = {tool.name for tool in await connected.list_tools()}
        assert tools == {job.tool for job in JOBS.values()}
        for job in JOBS.values():
            answer = answer_of(await connected.call_tool(job.tool, job.arguments, raise_on_error=False))
            assert not answer.is_error
            assert job.says in answer.text
            answer = answer_of(await connected.call_tool(job.tool, job.wrong, raise_on_error=False))
            assert answer.is_error
            assert job.complaint in answer.text
        await house.spoil("429:retry_after=80000")
        for name in ("control", "create", "save"):
            job = JOBS[name]
            answer = answer_of(await connected.call_tool(job.tool, job.arguments, raise_on_error=False))
            assert answer.failure["retry_after"] == pytest.approx(80_000, abs=5)
