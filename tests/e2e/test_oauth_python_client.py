"""The official client finds its own way in: its OAuth does everything but press the buttons."""

import pytest

from agents import HTTP
from jobs import JOBS
from oauth_house import running
from oauth_program import WAYS, Known, Program


@pytest.mark.parametrize("wire", HTTP)
@pytest.mark.parametrize("known", WAYS)
async def test_the_official_client_finds_its_way_in(known: Known, wire: str) -> None:
    async with running(FERMATA_REGISTRATION="on") as place:
        program = Program(place, known=known)
        async with program.connected(wire) as agent:
            assert set(await agent.tools()) == {job.tool for job in JOBS.values()}
            for job in JOBS.values():
                answer = await agent.call(job.tool, job.arguments)
                assert not answer.is_error, answer.text
                assert job.says in answer.text
        assert len(program.asked) == 1
        assert len(place.visitor.questions) == 1
