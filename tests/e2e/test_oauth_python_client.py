"""The official client finds its own way in: its OAuth does everything but press the buttons."""

import time
from dataclasses import replace

import pytest
from mcp.client.auth import OAuthFlowError

from agents import HTTP
from jobs import JOBS
from oauth_house import running
from oauth_program import WAYS, Known, Program
from wall import Wall


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


@pytest.mark.parametrize("wire", HTTP)
async def test_an_expired_token_is_renewed_without_a_question(wire: str, monkeypatch: pytest.MonkeyPatch) -> None:
    wall = Wall()
    monkeypatch.setattr(time, "time", wall)
    async with running(FERMATA_ACCESS_TOKEN_S="10") as place:
        program = Program(place)
        async with program.connected(wire) as agent:
            tokens = []
            for _ in range(3):
                answer = await agent.call("spotify_status", JOBS["status"].arguments)
                assert JOBS["status"].says in answer.text
                tokens.append(program.token)
                wall.ahead_s += 11
        assert len(set(tokens)) == 3
        assert len(program.asked) == 1


@pytest.mark.parametrize("wire", HTTP)
async def test_a_tool_that_needs_more_makes_the_client_ask_for_more(wire: str) -> None:
    async with running() as place:
        program = Program(place)
        place.visitor.less = "user-read-playback-state user-read-currently-playing"
        async with program.connected(wire, "/full") as agent:
            assert not (await agent.call("spotify_status", JOBS["status"].arguments)).is_error
            answer = await agent.call("get_user_top_items", {"type": "artists"})
            assert not answer.is_error, answer.text
            assert "user-top-read" in program.asked[1]["scope"].split()
            assert len(place.visitor.questions) == 2
            assert not (await agent.call("spotify_status", JOBS["status"].arguments)).is_error
        assert len(program.asked) == 2


@pytest.mark.parametrize("wire", HTTP)
async def test_a_revoked_token_is_worth_nothing_at_once(wire: str) -> None:
    async with running() as place:
        program = Program(place)
        async with program.connected(wire) as agent:
            assert not (await agent.call("spotify_status", JOBS["status"].arguments)).is_error
            async with place.visitor.http.post(
                f"{place.base}/oauth/revoke", data={"token": program.token}
            ) as response:
                assert response.status == 200
            assert not (await agent.call("spotify_status", JOBS["status"].arguments)).is_error
            assert len(place.visitor.questions) == 2


@pytest.mark.parametrize("wire", HTTP)
async def test_whose_sign_in_ended_at_spotify_is_led_through_it_again(wire: str) -> None:
    async with running() as place:
        program = Program(place)
        async with program.connected(wire) as agent:
            assert not (await agent.call("spotify_status", JOBS["status"].arguments)).is_error
            place.withdraw()
            answer = await agent.call("spotify_status", JOBS["status"].arguments)
            assert "The sign-in has ended" in answer.text
            # As that answer says: repeat the call.
            assert not (await agent.call("spotify_status", JOBS["status"].arguments)).is_error
        assert len(place.visitor.questions) == 2


@pytest.mark.parametrize("only", ["user-library-read", "user-library-read user-top-read"])
async def test_programs_that_need_different_things_take_nothing_from_each_other(only: str) -> None:
    async with running() as place:
        first, second = Program(place), Program(place, known="beforehand", only=only)
        async with first.connected("auto") as agent, second.connected("auto") as other:
            for _ in range(2):
                assert not (await agent.call("spotify_status", JOBS["status"].arguments)).is_error
                assert not (await other.call("spotify_library", JOBS["library"].arguments)).is_error
        assert (len(first.asked), len(second.asked)) == (1, 1)
        assert second.kept.tokens is not None
        assert second.kept.tokens.scope == only


@pytest.mark.parametrize(("decision", "answer"), [("deny", "agree"), ("allow", "cancel")])
async def test_a_program_whose_user_says_no_hears_the_protocols_word_for_that(decision: str, answer: str) -> None:
    async with running() as place:
        program = Program(place, browse=replace(place.visitor, decision=decision, answer=answer).walk)
        no_code = pytest.RaisesExc(OAuthFlowError, match="No authorization code")
        with pytest.RaisesGroup(no_code, flatten_subgroups=True):
            async with program.connected("auto"):
                pass
    assert program.told["error"] == "access_denied"
